//! Incrementing the shared counter: which functions a program needs for it, and what they are called.

use super::Form;
use crate::scenario::{Guard, Scenario, Step};

/// What keeps the increments of a program apart.
pub(super) struct Bumps<'a> {
    form: &'a Form,
    /// Each kind once.
    guards: Vec<Guard>,
}

impl<'a> Bumps<'a> {
    pub(super) fn of(scenario: &Scenario, form: &'a Form) -> Self {
        let mut bumps = Self { form, guards: Vec::new() };
        for step in scenario.steps() {
            if let Step::Bump(bump) = step
                && !bumps.guards.contains(&bumps.kept(bump.guard))
            {
                bumps.guards.push(bumps.kept(bump.guard));
            }
        }
        bumps
    }

    /// What stands in for a guard: where there is no interpreter lock, one of the counter's own.
    fn kept(&self, guard: Guard) -> Guard {
        if guard == Guard::Gil && !self.form.gil { Guard::Lock } else { guard }
    }

    /// Whether the counter can lie in its lock, because nothing changes it without.
    pub(super) fn is_inside_lock(&self) -> bool {
        self.guards == [Guard::Lock]
    }

    /// The function that increments under this guard.
    pub(super) fn function(&self, guard: Guard) -> &'static str {
        match self.kept(guard) {
            _ if self.guards.len() == 1 => "bump",
            Guard::None => "bump_unguarded",
            Guard::Gil => "bump_with_gil",
            Guard::Lock => "bump_locked",
            Guard::Atomic => "bump_atomic",
        }
    }

    /// The sections of that function and its counter.
    pub(super) fn sections(&self, guard: Guard) -> &'static str {
        match self.kept(guard) {
            Guard::None => "counter-atomic, bump-none",
            Guard::Gil => "counter-atomic, bump-gil",
            Guard::Lock if self.is_inside_lock() => "counter-mutex, bump-mutex",
            Guard::Lock => "counter-atomic, bump-lock",
            Guard::Atomic => "counter-atomic, bump-atomic",
        }
    }

    /// The words that stand for the functions' names in those sections.
    pub(super) fn words(&self) -> [(&'static str, String); 4] {
        [
            ("bump_none", Guard::None),
            ("bump_gil", Guard::Gil),
            ("bump_lock", Guard::Lock),
            ("bump_atomic", Guard::Atomic),
        ]
        .map(|(word, guard)| (word, self.function(guard).to_owned()))
    }
}

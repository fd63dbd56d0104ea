//! Incrementing the shared counter: which functions a program needs for it, and what they are called.

use super::{super::parts::Facts, form::Form};
use crate::scenario::{Bump, Guard, Scenario, Step};

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

    /// What the parts have to know of the functions that are needed: which they are, and their names.
    pub(super) fn describe(&self, scenario: &Scenario, facts: &mut Facts) {
        // The counter can lie in its lock if nothing changes it without.
        let is_inside_lock = self.guards == [Guard::Lock];
        let by_gil = |step: &Step| matches!(step, Step::Bump(Bump { guard: Guard::Gil, .. }));
        facts.set("mutex", is_inside_lock);
        facts.set("no_gil", !self.form.gil && scenario.steps().any(by_gil));
        facts.put("counter", if is_inside_lock { "COUNTER.lock().unwrap()" } else { "COUNTER.load(Relaxed)" });
        for (fact, word, guard) in [
            ("bumps_none", "bump_none", Guard::None),
            ("bumps_gil", "bump_gil", Guard::Gil),
            ("bumps_lock", "bump_lock", Guard::Lock),
            ("bumps_atomic", "bump_atomic", Guard::Atomic),
        ] {
            facts.set(fact, self.guards.contains(&guard));
            facts.put(word, self.function(guard));
        }
    }
}

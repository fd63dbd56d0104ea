//! What a scenario says about the interpreter lock (`holds_lock`, `keeps_lock`) where a lane cannot do it, or where it makes
//! no difference.

use super::number::list;
use crate::scenario::{Fetch, Scenario, Step};

/// What to say of a lane whose threads share no interpreter lock; nothing of a scenario that does not mention one.
#[must_use]
pub fn without_lock(scenario: &Scenario) -> Option<String> {
    let holds = scenario.steps().any(|step| matches!(step, Step::Compute(compute) if compute.holds_lock.is_some()));
    let keeps = scenario.steps().any(|step| matches!(step, Step::Fetch(Fetch { keeps_lock: true, .. })));
    let said = [(holds, "holds_lock changes nothing"), (keeps, "keeps_lock only makes the call block")];
    let said: Vec<&str> = said.into_iter().filter_map(|(is_said, what)| is_said.then_some(what)).collect();
    (!said.is_empty()).then(|| format!("no threads share an interpreter lock here: {}", list(&said)))
}

/// What CPython's threads do differently from what the scenario says, as the rest of a sentence that begins with the lane.
#[must_use]
pub fn unlike_scenario(scenario: &Scenario) -> Option<String> {
    scenario.steps().find_map(|step| match step {
        Step::Compute(compute) if compute.lock_share() < compute.python_lock_share() => Some(format!(
            "held the lock for all of {}, where the scenario says {:.0} % of it (holds_lock): CPython cannot let go of it \
             within Python code. The modelled lock can (native/gil, browser/gil), and so can SHA-256 in CPython",
            compute.kernel.about().title,
            compute.lock_share() * 100.0
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(steps: &str) -> Scenario {
        Scenario::from_json(&format!(r#"{{"lanes_scenario":2,"groups":[{{"steps":[{steps}]}}]}}"#)).expect("valid")
    }

    #[test]
    fn only_what_is_said_is_talked_about() {
        let plain = scenario(r#"{"fetch":{}},{"compute":{}},{"compute":{"kernel":"sha256"}}"#);
        assert_eq!((without_lock(&plain), unlike_scenario(&plain)), (None, None));
        let both = scenario(r#"{"fetch":{"keeps_lock":true}},{"compute":{"kernel":"sha256","holds_lock":0.3}}"#);
        assert_eq!(
            without_lock(&both).as_deref(),
            Some(
                "no threads share an interpreter lock here: holds_lock changes nothing and keeps_lock only makes the call \
                 block"
            )
        );
        assert_eq!(unlike_scenario(&both), None, "CPython's hashlib lets go as it is told");
        let said = unlike_scenario(&scenario(r#"{"compute":{"holds_lock":0.3}}"#)).expect("it cannot");
        assert!(said.starts_with("held the lock for all of Primes, where the scenario says 30 % of it"), "{said}");
    }
}

//! The functions of the user's own that the backend was started with, and whether it calls the one that a scenario names.

use lanes_core::{
    api::Offered,
    scenario::{Call, NotCalled, Place, Scenario},
};

use super::state::BackendState;

/// A function that the backend offers.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnFunction {
    /// What its file is called.
    pub file: String,
    /// How many items it has.
    pub items: u32,
    /// The scenario that calls it; or why it cannot be run, and what to do.
    pub scenario: Result<Scenario, String>,
}

impl OwnFunction {
    fn of(offered: &Offered) -> Self {
        let scenario = match (&offered.scenario, &offered.problem) {
            (Some(scenario), _) => Scenario::from_value(scenario).map_err(|_| "reload the page".to_owned()),
            (None, why) => Err(why.clone().unwrap_or_default()),
        };
        Self { file: offered.file.clone(), items: offered.items, scenario }
    }

    /// How its scenario calls it.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        self.scenario.as_ref().ok()?.call()
    }
}

impl BackendState {
    /// What it offers.
    #[must_use]
    pub fn functions(&self) -> Vec<OwnFunction> {
        let offered = self.found().map(|found| found.hello.functions.as_slice()).unwrap_or_default();
        offered.iter().map(OwnFunction::of).collect()
    }

    /// Why the function of a scenario's own would not be called, if it has one. Code that it brings is called in the page's
    /// CPython, a sandbox, alone.
    #[must_use]
    pub fn why_not_called(&self, scenario: &Scenario) -> Option<NotCalled> {
        let call = scenario.call()?;
        let is_sandboxed = || scenario.lanes.iter().any(|lane| lane.place == Place::Pyodide);
        if call.source().is_some() && is_sandboxed() {
            return None;
        }
        let functions = self.functions();
        let named = functions.iter().map(|function| (function.file.as_str(), function.call()));
        call.why_not_among(named)
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{Group, Step};

    use super::*;

    fn scenario(call: Call) -> Scenario {
        let group = Group { tasks: 3, steps: vec![Step::Call(call)], ..Group::default() };
        Scenario { groups: vec![group], ..Scenario::default() }
    }

    #[test]
    fn what_the_backend_offers_is_called_and_nothing_else() {
        let named = scenario(Call::default().named("job.py"));
        let offer = |scenario: &Scenario| Offered {
            file: "job.py".into(),
            items: 3,
            scenario: serde_json::to_value(scenario).ok(),
            problem: None,
        };
        let state = BackendState::of_functions(vec![offer(&named)]);
        assert_eq!(state.functions()[0].scenario, Ok(named.clone()));
        assert_eq!(state.why_not_called(&named), None);
        assert_eq!(state.why_not_called(&Scenario::default()), None, "it calls nothing");
        assert!(matches!(state.why_not_called(&scenario(Call::default())), Some(NotCalled::Brought(_))));
        let nobody = BackendState::None.why_not_called(&named);
        assert!(matches!(nobody, Some(NotCalled::Elsewhere { .. })), "{nobody:?}");

        let broken = Offered { file: "job.py".into(), items: 0, scenario: None, problem: Some("it broke".into()) };
        let state = BackendState::of_functions(vec![broken]);
        assert_eq!(state.functions()[0].scenario, Err("it broke".to_owned()));
        assert!(matches!(state.why_not_called(&named), Some(NotCalled::Changed { .. })));
    }
}

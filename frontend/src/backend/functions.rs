//! The functions of the user's own that the backend was started with, and whether it calls the one that a scenario names.

use lanes_core::{
    api::Offered,
    scenario::{Call, Code, NotCalled, Place, Scenario, Step},
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

    /// A scenario whose function has changed, with the one of the same name as it is offered now, for all of its items; what
    /// else is set stays. `None` where there is none of this name.
    #[must_use]
    pub fn as_offered_now(&self, scenario: &Scenario) -> Option<Scenario> {
        let call = scenario.call()?;
        let file = |call: &Call| match &call.python {
            Code::Named(named) => Some(named.file.clone()),
            Code::Source(_) => None,
        };
        let is_it = |now: &&Call| file(now).is_some() && file(now) == file(call) && now.function == call.function;
        let functions = self.functions();
        let mut found = functions
            .iter()
            .filter_map(|function| Some((function.call().filter(is_it)?, function.scenario.as_ref().ok()?.tasks())));
        let (now, tasks) = found.next()?;
        let mut scenario = scenario.clone();
        for group in &mut scenario.groups {
            (group.tasks, group.steps) = (tasks, vec![Step::Call(now.clone())]);
        }
        Some(scenario)
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{Group, Lane, Model};

    use super::*;

    fn scenario(call: Call) -> Scenario {
        let group = Group { tasks: 3, steps: vec![Step::Call(call)], ..Group::default() };
        Scenario { groups: vec![group], ..Scenario::default() }
    }

    #[test]
    fn a_function_that_changed_takes_its_place_and_leaves_the_rest() {
        let call = |items: &str| Call { items: items.into(), ..Call::default() };
        let edited = Scenario { workers: 7, ..scenario(call("range(3)").named("job.py")) };
        let now = |file: &str| Offered {
            file: file.into(),
            items: 3,
            scenario: serde_json::to_value(scenario(call("range(5)").named(file))).ok(),
            problem: None,
        };
        assert_eq!(BackendState::of_functions(vec![now("other.py")]).as_offered_now(&edited), None);
        let state = BackendState::of_functions(vec![now("other.py"), now("job.py")]);
        let taken = state.as_offered_now(&edited).expect("it is there");
        assert_eq!((taken.workers, taken.call()), (7, Some(&call("range(5)").named("job.py"))));
        assert_eq!(state.as_offered_now(&scenario(call(""))), None, "it brings its code");
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
        let with = |place| Scenario { lanes: vec![Lane::new(place, Model::Threads)], ..scenario(Call::default()) };
        assert_eq!(state.why_not_called(&with(Place::Pyodide)), None, "the sandbox runs what the scenario brings");
        assert!(state.why_not_called(&with(Place::Python)).is_some(), "the machine does not");
        let nobody = BackendState::None.why_not_called(&named);
        assert!(matches!(nobody, Some(NotCalled::Elsewhere { .. })), "{nobody:?}");

        let broken = Offered { file: "job.py".into(), items: 0, scenario: None, problem: Some("it broke".into()) };
        let state = BackendState::of_functions(vec![broken]);
        assert_eq!(state.functions()[0].scenario, Err("it broke".to_owned()));
        assert!(matches!(state.why_not_called(&named), Some(NotCalled::Changed { .. })));
    }
}

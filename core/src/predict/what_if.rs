//! What if the job or the machine were another one: the changes that a prediction is asked about.

use serde::{Deserialize, Serialize};

use crate::{
    present::{list, of},
    scenario::{Problem, Scenario, Step, ValidScenario},
    sweep::Axis,
};

/// Changes; what is none stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Cores of the machine.
    pub cores: Option<u32>,
    /// Workers of every lane.
    pub workers: Option<u32>,
    /// Tasks in flight in every lane.
    pub concurrency: Option<u32>,
    /// All tasks, in the same proportions where there are several groups.
    pub tasks: Option<u32>,
    /// The size of every kernel.
    pub size: Option<u64>,
    /// How long every fetch takes, in milliseconds.
    pub latency_ms: Option<f64>,
}

impl WhatIf {
    /// In words, for a sentence that begins with `With`: `16 cores and 1,000 tasks`; `None` where nothing is changed.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let Self { cores, workers, concurrency, tasks, size, latency_ms } = *self;
        let amount = |axis: Axis, value: Option<u32>| value.map(|value| axis.amount(value.into()));
        let words: Vec<String> = [
            cores.map(|cores| of(cores.into(), "core", "cores")),
            amount(Axis::Workers, workers),
            amount(Axis::Concurrency, concurrency),
            amount(Axis::Tasks, tasks),
            size.map(|size| Axis::Size.amount(size)),
            latency_ms.map(|ms| format!("{ms} ms until an answer")),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!words.is_empty()).then(|| list(&words))
    }

    /// The scenario as it is asked about.
    ///
    /// # Errors
    /// What of it no scenario can have.
    pub fn apply(&self, scenario: &Scenario) -> Result<ValidScenario, Vec<Problem>> {
        let Self { cores: _, workers, concurrency, tasks, size, latency_ms } = *self;
        let mut asked = scenario.clone();
        let changes = [
            (Axis::Workers, workers.map(u64::from)),
            (Axis::Concurrency, concurrency.map(u64::from)),
            (Axis::Tasks, tasks.map(u64::from)),
            (Axis::Size, size),
        ];
        for (axis, value) in changes {
            value.into_iter().for_each(|value| axis.set(&mut asked, value));
        }
        for step in asked.groups.iter_mut().flat_map(|group| &mut group.steps) {
            if let Step::Fetch(fetch) = step {
                fetch.latency_ms = latency_ms.unwrap_or(fetch.latency_ms);
            }
        }
        asked.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_changed_and_nothing_else() {
        let job = r#"{"lanes_scenario":2,"workers":4,"groups":[
            {"tasks":10,"steps":[{"fetch":{"latency_ms":20}}]},
            {"tasks":30,"steps":[{"compute":{"kernel":"pi","size":1000}}]}]}"#;
        let scenario = ValidScenario::from_json(job).expect("valid");
        assert_eq!(WhatIf::default().apply(&scenario).expect("valid"), scenario);
        let asked =
            WhatIf { tasks: Some(400), latency_ms: Some(0.5), size: Some(7), workers: Some(9), ..WhatIf::default() };
        let changed = asked.apply(&scenario).expect("valid");
        assert_eq!(changed.groups.iter().map(|group| group.tasks).collect::<Vec<_>>(), [100, 300]);
        assert_eq!((changed.workers, changed.concurrency), (9, scenario.concurrency));
        assert!(format!("{changed:?}").contains("latency_ms: 0.5"));
        let words = WhatIf { cores: Some(16), tasks: Some(12_000), latency_ms: Some(0.5), ..WhatIf::default() }.words();
        assert_eq!(words.as_deref(), Some("16 cores, 12,000 tasks and 0.5 ms until an answer"));
        assert_eq!(WhatIf::default().words(), None);
        let none = WhatIf { workers: Some(0), ..WhatIf::default() };
        assert!(none.apply(&scenario).is_err_and(|problems| problems[0].to_string().contains("workers")));
    }
}

//! One trial of a kernel: three tasks in the sequential lane of a place, of which the fastest counts.

use crate::{
    report::Ending,
    scenario::{Compute, Group, Kernel, Lane, Problem, Repeats, Scenario, Step, ValidScenario},
    trace::State,
    wire::Frame,
};

/// Tasks of one trial.
const TASKS: u32 = 3;

/// A kernel of one size, tried out.
#[derive(Clone, Debug)]
pub struct Trial {
    scenario: ValidScenario,
    /// How long each task has computed so far, in nanoseconds.
    times: [u64; TASKS as usize],
}

impl Trial {
    /// A trial that has not been run, in a sequential lane.
    ///
    /// # Errors
    /// When the kernel has no such size.
    pub fn new(kernel: Kernel, size: u64, lane: Lane) -> Result<Self, Vec<Problem>> {
        let compute = Compute { size, ..Compute::of(kernel) };
        let scenario = Scenario {
            title: "trial".into(),
            groups: vec![Group { tasks: TASKS, steps: vec![Step::Compute(compute)], ..Group::default() }],
            lanes: vec![lane],
            workers: 1,
            // What is seen is added up, so it is run once.
            repeats: Repeats::Fixed(1),
            warmup: 0,
            ..Scenario::default()
        };
        Ok(Self { scenario: scenario.validate()?, times: [0; TASKS as usize] })
    }

    /// The scenario to be run, once.
    #[must_use]
    pub fn scenario(&self) -> &ValidScenario {
        &self.scenario
    }

    /// Its only lane.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.scenario.lanes[0]
    }

    /// Something was recorded while it ran.
    pub fn saw(&mut self, frame: &Frame) {
        for span in frame.spans.iter().filter(|span| span.state == State::Compute) {
            if let Some(ns) = self.times.get_mut(span.task as usize) {
                *ns += span.duration_ns();
            }
        }
    }

    /// How long the kernel took at its fastest, in nanoseconds, after a run that ended so.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn took_ns(&self, ending: &Ending) -> Result<f64, String> {
        self.sorted(ending).map(|times| times[0] as f64)
    }

    /// The same of the middle one.
    ///
    /// # Errors
    /// As above.
    pub fn typical_ns(&self, ending: &Ending) -> Result<f64, String> {
        self.sorted(ending).map(|times| times[times.len() / 2] as f64)
    }

    /// The times that were seen, the fastest first: one at least.
    fn sorted(&self, ending: &Ending) -> Result<Vec<u64>, String> {
        match ending {
            Ending::Complete => {}
            Ending::Cancelled => return Err("it was cancelled".to_owned()),
            Ending::Broken(why) => return Err(why.clone()),
        }
        let mut times: Vec<u64> = self.times.iter().copied().filter(|ns| *ns > 0).collect();
        times.sort_unstable();
        if times.is_empty() { Err(format!("{} computed nothing", self.lane())) } else { Ok(times) }
    }
}

//! What a scenario must come to: done here, natively, one task after another, with core's own work loop.

use std::cell::Cell;

use lanes_core::{
    body,
    fetch::{FetchError, Simulated},
    gil::Gil,
    plan::{FetchAction, Origin, Plan},
    run::{
        blocking::do_task,
        worker::Worker,
        world::{BlockingWorld, SharedCounter, StepError, World},
    },
    scenario::Scenario,
    trace::{Tally, recorder},
};

/// A world without time and network: answers are made on the spot.
#[derive(Debug, Default)]
struct Desk<'a> {
    clock: Cell<u64>,
    counter: SharedCounter,
    plan: Option<&'a Plan>,
    file: &'a [u8],
}

impl World for Desk<'_> {
    fn now_ns(&self) -> u64 {
        self.clock.set(self.clock.get() + 1);
        self.clock.get()
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn gil(&self) -> Option<&Gil> {
        None
    }
    fn counter(&self) -> &SharedCounter {
        &self.counter
    }
}

impl BlockingWorld for Desk<'_> {
    fn fetch(&self, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Result<(), StepError> {
        match action.origin {
            Origin::Simulated(answer) => Ok(Simulated::new(answer, action.timeout_ms).end(into)?),
            Origin::Server(answer) | Origin::Page(answer) => {
                into.resize(answer.bytes as usize, 0);
                body::fill(answer.seed, into);
                Ok(())
            }
            Origin::Url(url) => Err(FetchError::NotAnAddress(url.to_owned()).into()),
        }
    }
    fn block_for(&self, ns: u64) {
        self.clock.set(self.clock.get() + ns);
    }
    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        let share = self.plan.ok_or(StepError::NoShare)?.file_share(task, self.file.len() as u64);
        bytes.extend_from_slice(&self.file[share.start as usize..share.end as usize]);
        Ok(())
    }
}

/// The totals of a scenario over a file, done sequentially.
#[must_use]
pub fn totals(scenario: &Scenario, file: &[u8]) -> Tally {
    let plan = Plan::new(scenario.clone().validate().expect("a valid scenario"));
    let desk = Desk { plan: Some(&plan), file, ..Desk::default() };
    let (recorder, _drain) = recorder(0, 1);
    let mut worker = Worker::new(recorder);
    let (mut bytes, mut made) = (Vec::new(), Vec::new());
    for task in 0..plan.tasks() {
        do_task(&desk, &plan, task, &mut worker, &mut bytes, &mut made).expect("nobody cancels");
        made.drain(..).for_each(|made| worker.recorder.tally().received(made.data()));
    }
    worker.recorder.take_tally()
}

/// The checksum of a scenario over a file, as a result file writes it.
#[must_use]
pub fn checksum(scenario: &Scenario, file: &[u8]) -> String {
    format!("{:016x}", totals(scenario, file).checksum)
}

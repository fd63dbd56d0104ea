//! One task, step by step.
//!
//! A [`Task`] says what comes [next](Task::next); the loop that does it decides how (block, await, offload) and tells the
//! task how it went:
//!
//! ```text
//!            ┌── Fetch ───────────────── block, await or offload ───▶ fetched() ─────────────┐
//! next() ────┼── Compute that lacks_share() ── block or await ──────▶ read() ────────────────┼──▶ next() … None ──▶ finish()
//!            └── Compute, Bump ── compute(), bump() or offload ─────▶ computed(), stepped() ─┘
//! ```

pub use super::work::{Computed, Work, Worked};
use super::{
    attempts::fetch_blocking,
    work::Done,
    worker::{Cancelled, Worker},
    world::{BlockingWorld, StepError, World},
};
use crate::{
    body,
    memory::Held,
    payload::Made,
    plan::{Action, ComputeAction, Plan, fold_digest, task_digest},
    scenario::{NotInPlace, Source},
    trace::{State, Tally},
};

/// A task being done.
#[derive(Debug)]
pub struct Task<'p> {
    plan: &'p Plan,
    number: u32,
    step: usize,
    steps: usize,
    digest: u64,
    started_ns: u64,
    failure: Option<StepError>,
    has_share: bool,
    /// The body of the last fetch.
    body: Vec<u8>,
    /// The share of the user's file.
    share: Vec<u8>,
    /// What it gives back.
    made: Vec<Made>,
    /// The memory that it takes up.
    held: Option<Held>,
    /// Where what is fetched or read arrives.
    pub bytes: Vec<u8>,
}

impl<'p> Task<'p> {
    /// Starts a task. `bytes` is a buffer to be used again, so that nothing is allocated for each task.
    #[must_use]
    pub fn start(plan: &'p Plan, number: u32, now_ns: u64, bytes: Vec<u8>) -> Self {
        Self {
            plan,
            number,
            step: 0,
            steps: plan.steps(number),
            digest: task_digest(number),
            started_ns: now_ns,
            failure: None,
            has_share: false,
            body: Vec::new(),
            share: Vec::new(),
            made: Vec::new(),
            held: None,
            bytes,
        }
    }

    /// Takes up its memory, recorded as computing; what there is none for has failed.
    pub(super) fn take_memory(&mut self, world: &impl World, slot: u16, worker: &mut Worker) {
        let Some((bytes, in_use)) = self.plan.memory(self.number) else { return };
        worker.take_gil(world, slot, self.number);
        let start = world.now_ns();
        match Held::take(bytes, in_use) {
            Ok(held) => self.held = Some(held),
            Err(error) => self.failure = Some(error.into()),
        }
        worker.recorder.span(slot, self.number, State::Compute, start, world.now_ns());
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What comes next: a fetch, into [`Task::bytes`] and then to be [`fetched`](Self::fetched); a kernel over
    /// [`Task::input`] or over data of its own; or increments. `None` where it is to be [finished](Self::finish).
    ///
    /// It hands on what the plan deals, untouched: taking it apart and together again costs as much as a tiny task.
    #[must_use]
    pub fn next(&self) -> Option<Action<'p>> {
        if self.failure.is_some() || self.step >= self.steps {
            return None;
        }
        Some(self.plan.action(self.number, self.step))
    }

    /// Whether its share of the user's file has to come first, into [`Task::bytes`] and then to be [`read`](Self::read).
    #[must_use]
    pub fn lacks_share(&self, compute: &ComputeAction) -> bool {
        compute.input == Source::File && !self.has_share
    }

    /// The fetch ended: its body is in [`Task::bytes`], or it failed for this reason.
    pub fn fetched(&mut self, tally: &mut Tally, ended: Result<(), StepError>) {
        match ended {
            Ok(()) => {
                std::mem::swap(&mut self.bytes, &mut self.body);
                tally.fetched_bytes += self.body.len() as u64;
                self.stepped(body::digest(&self.body));
            }
            Err(why) => self.failure = Some(why),
        }
    }

    /// The share of the file is in [`Task::bytes`], or could not be read for this reason.
    pub fn read(&mut self, ended: Result<(), StepError>) {
        match ended {
            Ok(()) => {
                std::mem::swap(&mut self.bytes, &mut self.share);
                self.has_share = true;
            }
            Err(why) => self.failure = Some(why),
        }
    }

    /// What a kernel with this input works on. Free to be lent to another thread, and to be put back.
    pub fn input(&mut self, source: Source) -> &mut Vec<u8> {
        match source {
            Source::File => &mut self.share,
            Source::Body | Source::Size => &mut self.body,
        }
    }

    /// The kernel ended like this.
    pub fn computed(&mut self, computed: Computed) {
        self.stepped(computed.digest);
        if let Some(stamp) = computed.stamp {
            self.digest = fold_digest(self.digest, stamp);
        }
        // Looked at where it is: most give nothing back.
        if computed.made.is_some() {
            self.made.extend(computed.made);
        }
    }

    /// The step ended with this digest (0 for increments).
    pub fn stepped(&mut self, digest: u64) {
        self.digest = fold_digest(self.digest, digest);
        self.step += 1;
    }

    /// The task has ended: adds it to the tally, and what it gives back to `made`, for whoever handed it out to
    /// [receive](Tally::received); nothing where it failed. Returns the buffer, to be used again.
    pub fn finish(&mut self, tally: &mut Tally, now_ns: u64, made: &mut Vec<Made>) -> Vec<u8> {
        let latency_ns = self.plan.latency_ns(self.number, self.started_ns, now_ns);
        tally.came(self.plan.is_behind(self.number, self.started_ns));
        // Whoever runs tasks refuses a scenario that calls Python before; nobody is to take such a task for done.
        let is_short = self.step < self.steps;
        match self.failure.take().or_else(|| is_short.then(|| NotInPlace::Call.into())) {
            None => {
                tally.task_done(self.digest, latency_ns);
                made.append(&mut self.made);
            }
            Some(error) => {
                let why = error.to_string();
                if matches!(error, StepError::Unreadable(_)) {
                    tally.unreadable.get_or_insert_with(|| why.clone());
                }
                tally.task_failed(self.number, why, latency_ns);
            }
        }
        self.held = None;
        // The one that was used most.
        let most = [&mut self.bytes, &mut self.body, &mut self.share].into_iter().max_by_key(|bytes| bytes.capacity());
        most.map(std::mem::take).unwrap_or_default()
    }
}

impl Work {
    /// Does the step with blocking calls, on the thread that `worker` is.
    #[must_use]
    pub fn run(self, plan: &Plan, world: &impl BlockingWorld, worker: &mut Worker) -> Worked {
        let Self { task, step, mut bytes } = self;
        if let Err(cancelled) = worker.set_up(world, plan) {
            return Worked { started_ns: world.now_ns(), done: Err(cancelled), bytes };
        }
        let started_ns = world.now_ns();
        let done = match plan.action(task, step) {
            Action::Fetch(action) => Ok(Done::Fetch(fetch_blocking(world, action, &mut bytes, (0, task), worker))),
            Action::Compute(ref action) => worker.compute(world, 0, task, action, (plan, &bytes)).map(Done::Step),
            Action::Bump { times, guard } => {
                worker.bump(world, 0, task, times, guard).map(|()| Done::Step(Computed::default()))
            }
            Action::Call => Ok(Done::Fetch(Err(NotInPlace::Call.into()))),
        };
        Worked { started_ns, done, bytes }
    }
}

impl Task<'_> {
    /// The step that comes next as something to be offloaded; the buffers it needs go with it.
    pub(super) fn offload(&mut self) -> Work {
        let bytes = match self.plan.action(self.number, self.step) {
            Action::Compute(action) => std::mem::take(self.input(action.input)),
            Action::Fetch(_) => std::mem::take(&mut self.bytes),
            Action::Bump { .. } | Action::Call => Vec::new(),
        };
        Work { task: self.number, step: self.step, bytes }
    }

    /// What came out of it, with the buffers back.
    pub(super) fn offloaded(&mut self, tally: &mut Tally, worked: Worked) -> Result<(), Cancelled> {
        let Worked { done, bytes, .. } = worked;
        match self.plan.action(self.number, self.step) {
            Action::Compute(action) => *self.input(action.input) = bytes,
            Action::Fetch(_) => self.bytes = bytes,
            Action::Bump { .. } | Action::Call => {}
        }
        match done? {
            Done::Step(computed) => self.computed(computed),
            Done::Fetch(ended) => self.fetched(tally, ended),
        }
        Ok(())
    }
}

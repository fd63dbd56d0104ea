//! The world as the native lanes see it: clock, cancel button, locks, network and the user's file.

use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Duration};

use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    scenario::{Model, Source, Step},
    work::{BlockingWorld, SharedCounter, World},
};

use super::{
    cancel::CancelToken,
    clock::Clock,
    net::{BlockingClient, Network},
};

/// One run's world, shared by all its threads.
#[derive(Debug)]
pub(crate) struct NativeWorld {
    pub(crate) clock: Clock,
    pub(crate) cancel: CancelToken,
    pub(crate) network: Network,
    pub(crate) file: Option<UserFile>,
    client: BlockingClient,
    gil: Option<Gil>,
    counter: SharedCounter,
}

impl NativeWorld {
    /// A world for a lane of this model. Its t = 0 is set later, when the work begins.
    pub(crate) fn new(
        network: Network,
        file: Option<UserFile>,
        cancel: CancelToken,
        model: Model,
        plan: &Plan,
    ) -> Self {
        let interval = Duration::from_secs_f64(plan.scenario().gil_switch_ms / 1000.0);
        Self {
            clock: Clock::start(),
            cancel,
            client: BlockingClient::new(network.clone(), plan.scenario().workers as usize),
            network,
            file,
            gil: (model == Model::Gil).then(|| Gil::new(interval)),
            counter: SharedCounter::default(),
        }
    }
}

impl World for NativeWorld {
    fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref()
    }

    fn counter(&self) -> &SharedCounter {
        &self.counter
    }
}

impl BlockingWorld for NativeWorld {
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), String> {
        self.client.fetch(action, body, &self.cancel).map_err(|error| error.to_string())
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.file.as_ref().ok_or_else(no_file)?.read(task, bytes)
    }
}

/// What to say where a scenario wants a file and there is none.
pub(crate) fn no_file() -> String {
    "the scenario works on a file, and none was given: name one with --file".into()
}

/// The user's file, cut into shares.
#[derive(Debug)]
pub(crate) struct UserFile {
    file: File,
    plan: Plan,
    bytes: u64,
}

impl UserFile {
    /// Opens the file.
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self, String> {
        let trouble = |error| format!("{} could not be opened: {error}", path.display());
        let file = File::open(path).map_err(trouble)?;
        let about = file.metadata().map_err(trouble)?;
        if !about.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        Ok(Self { file, plan: plan.clone(), bytes: about.len() })
    }

    /// The length of a task's share, in bytes; 0 for tasks that want none.
    pub(crate) fn share_bytes(&self, task: u32) -> u64 {
        let range = self.share(task);
        range.end - range.start
    }

    fn share(&self, task: u32) -> std::ops::Range<u64> {
        let (group, _) = self.plan.place(task);
        let steps = &self.plan.scenario().groups[group].steps;
        let wants = steps.iter().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File));
        if wants { self.plan.file_share(task, self.bytes) } else { 0..0 }
    }

    /// Reads a task's share to the end of `bytes`.
    pub(crate) fn read(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
        let range = self.share(task);
        let at = bytes.len();
        bytes.resize(at + (range.end - range.start) as usize, 0);
        self.file.read_exact_at(&mut bytes[at..], range.start).map_err(|error| {
            format!("the file could not be read ({error}): it may have been changed since the run began")
        })
    }
}

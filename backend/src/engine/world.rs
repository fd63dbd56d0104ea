//! The world as the native lanes see it: clock, cancel token, locks, network and the user's file.

use std::{fs::File, os::unix::fs::FileExt, path::Path, sync::Arc, time::Duration};

use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    run::{
        isolated::IsolatedPlace,
        world::{BlockingWorld, SharedCounter, StepError, World},
    },
    scenario::Model,
    server::Simulation,
};

use super::{
    cancel::CancelToken,
    clock::{self, Clock},
    net::{BlockingClient, Network, ServerState},
    run_delay,
};

/// One run's world, shared by all its threads.
#[derive(Debug)]
pub(crate) struct NativeWorld {
    pub(crate) clock: Clock,
    pub(crate) cancel: CancelToken,
    pub(crate) network: Network,
    pub(crate) file: Option<UserFile>,
    /// The server that simulated answers come from, as all threads of this process meet it.
    pub(crate) server: Arc<Simulation<ServerState>>,
    client: BlockingClient,
    gil: Option<Gil>,
    counter: SharedCounter,
}

impl NativeWorld {
    /// A world for a lane of this model, whose simulated server other processes share where its state is in a file. Its
    /// t = 0 is set later, when the work begins.
    pub(crate) fn new(
        network: Network,
        file: Option<UserFile>,
        cancel: CancelToken,
        model: Model,
        plan: &Plan,
        server_file: Option<&Path>,
    ) -> Self {
        let server = Arc::new(Simulation::new(plan.scenario().server, ServerState::open(server_file)));
        let interval = Duration::from_secs_f64(plan.scenario().gil_switch_ms / 1000.0);
        Self {
            clock: Clock::start(),
            cancel,
            client: BlockingClient::new(network.clone(), Arc::clone(&server), plan.scenario().workers as usize),
            server,
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
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), StepError> {
        self.client.fetch(action, body, self.clock, &self.cancel).map_err(StepError::Fetch)
    }

    fn block_for(&self, ns: u64) {
        let _ = self.cancel.sleep(Duration::from_nanos(ns));
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        self.file.as_ref().ok_or(NO_FILE)?.read(task, bytes)
    }
}

impl IsolatedPlace for NativeWorld {
    fn kept_waiting_ns(&self) -> Option<u64> {
        run_delay::of_this_process_ns()
    }

    fn processor_ns(&self) -> Option<u64> {
        Some(clock::processor_ns())
    }
}

/// The scenario works on a file and none was given.
pub(crate) const NO_FILE: StepError = StepError::NoFile("name one with --file");

/// Why a file cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{path} could not be opened: {error}")]
    NotOpened { path: String, error: std::io::Error },
    #[error("{0} is not a file")]
    NoFile(String),
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
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self, FileError> {
        let name = || path.display().to_string();
        let not_opened = |error| FileError::NotOpened { path: name(), error };
        let file = File::open(path).map_err(not_opened)?;
        let about = file.metadata().map_err(not_opened)?;
        if !about.is_file() {
            return Err(FileError::NoFile(name()));
        }
        Ok(Self { file, plan: plan.clone(), bytes: about.len() })
    }

    /// Its length, in bytes, when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads a task's share to the end of `bytes`.
    pub(crate) fn read(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        let range = self.plan.share_of(task, self.bytes);
        let at = bytes.len();
        bytes.resize(at + (range.end - range.start) as usize, 0);
        self.file.read_exact_at(&mut bytes[at..], range.start).map_err(|error| StepError::Unreadable(error.to_string()))
    }
}

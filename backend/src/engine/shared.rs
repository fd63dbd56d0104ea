//! What the threads of a run share. It does not know which model they run.

use lanes_core::{plan::Plan, run::blocking::TaskQueue};

use super::{net::ServerFile, progress::Progress, world::NativeWorld};

/// What the threads of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) world: NativeWorld,
    pub(crate) queue: TaskQueue,
    pub(crate) progress: Progress,
    pub(crate) recording: bool,
    /// The state of the simulated server, where processes share it.
    pub(crate) server_file: Option<ServerFile>,
}

//! What a run is asked for, and who is told what happens in it. It does not know how a lane is run.

use std::path::Path;

use lanes_core::{plan::Plan, scenario::Lane, wire::Frame};

use super::net::Network;
use crate::pool::Settings;

/// One run to be made.
pub(crate) struct Order<'a> {
    pub(crate) run: u32,
    pub(crate) lane: Lane,
    pub(crate) plan: Plan,
    pub(crate) file: Option<&'a Path>,
    pub(crate) network: Network,
    pub(crate) recording: bool,
    pub(crate) settings: Settings,
    pub(crate) clock_resolution_ns: u64,
}

/// Who is told what happens in a run.
pub trait Listener {
    /// t = 0 is now: in nanoseconds of the Unix epoch, and with so many workers.
    fn started(&self, epoch_ns: u64, workers: u16);
    /// Something was recorded.
    fn frame(&self, frame: Frame);
}

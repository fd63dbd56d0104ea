//! One run of a lane: what it is given, what its threads share, and its report. It does not know how a model does its tasks.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::Ordering::Relaxed,
};

use futures::channel::mpsc::UnboundedReceiver;
use lanes_core::{
    plan::Plan,
    report::RunReport,
    run::{
        blocking::TaskQueue,
        outcome::{self, Circumstances, LaneEnd},
        rows,
    },
    scenario::{Lane, Model},
    trace::Recorder,
    wire::Command,
};

use super::{
    clock::Clock,
    net::ServerState,
    reporter::{RINGS, Reporter},
    settings::Settings,
    world::{BrowserWorld, CANCEL, FileShares},
};

/// What arrives from the page: commands, a run's with the user's file. The engine listens to it, and a lane meanwhile.
pub(super) type Commands = Rc<RefCell<UnboundedReceiver<(Command, Option<web_sys::File>)>>>;

/// One run: everything a lane needs.
pub(super) struct Run {
    pub(super) number: u32,
    pub(super) lane: Lane,
    /// Whether spans are wanted.
    pub(super) is_watched: bool,
    pub(super) plan: Plan,
    pub(super) workers: u16,
    pub(super) file: Option<web_sys::File>,
    pub(super) settings: Settings,
    /// Addresses to be given back when the run is over.
    pub(super) blobs: RefCell<Vec<String>>,
    /// What the lane knows at its end besides what it came to: spans dropped, and what the counter says.
    pub(super) known: Cell<(u64, u64)>,
}

/// What all threads of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) world: BrowserWorld,
    pub(super) queue: TaskQueue,
    pub(super) rows: u16,
}

impl Shared {
    /// t = 0 is now, when the work begins, and not when the rings were being made.
    pub(super) fn start(&mut self, reporter: &mut Reporter) {
        self.world.clock = Clock::start();
        reporter.started(self.world.clock, self.rows);
    }
}

impl Run {
    /// What a lane begins with: what its threads share, the recorders of its rows, and their reporter.
    pub(super) fn begin(&self) -> (Box<Shared>, Vec<Recorder>, Reporter) {
        let (recorders, drains) = rows::recorders(self.lane.model, self.workers, &self.plan, RINGS, self.is_watched);
        // What tasks are given lies ready before the work begins.
        self.plan.stock_up();
        // Isolated workers get the bytes with their messages.
        let file = if self.lane.model == Model::Processes { FileShares::default() } else { self.file_urls() };
        let network = self.settings.network.clone();
        let shared = Shared {
            world: BrowserWorld::new(Clock::start(), (network, ServerState::here()), file, self.lane.model, &self.plan),
            plan: self.plan.clone(),
            queue: TaskQueue::new(&self.plan),
            rows: rows::count(self.lane.model, self.workers),
        };
        (Box::new(shared), recorders, Reporter::new(self.number, drains, self.is_watched))
    }

    /// One `blob:` address for each task's share of the file: any thread can read such an address, whereas the
    /// file's handle belongs to one.
    fn file_urls(&self) -> FileShares {
        let Some(file) = &self.file else { return FileShares::default() };
        let url = |task| {
            let share = self.plan.share_of(task, file.size() as u64);
            if share.is_empty() {
                return String::new();
            }
            let blob = file.slice_with_f64_and_f64(share.start as f64, share.end as f64);
            blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob)).unwrap_or_default()
        };
        let urls: Vec<String> = (0..self.plan.tasks()).map(url).collect();
        self.blobs.replace(urls.clone());
        FileShares { urls }
    }

    /// The lane is over: every frame is sent, and the shared counter says so much.
    pub(super) fn over(&self, reporter: &Reporter, counted: u64) {
        self.known.set((reporter.dropped(), counted));
    }

    /// The report of what a lane came to.
    pub(super) fn report(&self, end: LaneEnd, clock_resolution_ns: u64, span_ns: f64) -> RunReport {
        let (dropped, counted) = self.known.get();
        let known = Circumstances {
            cancelled: CANCEL.load(Relaxed),
            recording: self.is_watched,
            span_ns,
            dropped,
            counted,
            clock_resolution_ns,
        };
        outcome::report(self.lane, &self.plan, end, known)
    }
}

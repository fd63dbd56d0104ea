//! From the first item of a function of the user's own to how it is run: how many at once, in which chunks, how long that
//! takes, and what whoever waits should know of it before it begins.

use std::time::Duration;

use lanes_core::{
    present::{count, duration, of},
    scenario::{Chunk, Model, Scenario},
};

use super::{arguments::Arguments, file::Own};
use crate::python::{self, InspectError, Tried};

/// The longest that the first item is waited for, unless it is said.
const TRIAL: Duration = Duration::from_secs(30);
/// How many items are in progress at once where they mostly wait.
const AT_ONCE_WAITING: u32 = 32;
/// From this share of its time on that an item has no processor, it counts as waiting.
const WAITS: f64 = 0.5;
/// Items that are shorter, in nanoseconds, may be measured again without being watched.
const SHORT_NS: u64 = 200_000;
const SHORT: &str = "Watching takes a part of the time of items as short as this: lanes in which it is more than 5 % are run as often again \
                     without being watched.";
/// What a message between processes costs is little beside an item, or a chunk of items, that takes so long, in nanoseconds.
const WORTH_A_MESSAGE_NS: u64 = 1_000_000;

/// How many times as long as expected a lane may take, unless it is said.
const TIMES_AS_EXPECTED: u32 = 4;

/// The longest that a lane may take of which one item after another takes so long: what is expected may happen, and a good
/// deal more; what never ends is ended all the same.
pub(crate) fn longest(one_by_one: Duration) -> Duration {
    one_by_one.saturating_mul(TIMES_AS_EXPECTED)
}

/// What is decided by the user, so that the first item does not decide it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    /// Whether the number of workers was given.
    pub(crate) has_workers: bool,
    /// Whether the number of items in flight was given.
    pub(crate) has_concurrency: bool,
    /// Whether the items of a chunk were given.
    pub(crate) has_chunk: bool,
    /// Who says otherwise about all of that, for people.
    pub(crate) otherwise: &'static str,
}

impl Own {
    /// What has to be known before anything is called.
    pub(crate) fn warning(&self, scenario: &Scenario, arguments: &Arguments) -> String {
        let tasks = scenario.tasks();
        let rounds = scenario.most_rounds();
        let lanes = scenario.lanes.len() as u64;
        let of_all = if tasks < self.items { format!(" of {}", count(self.items.into())) } else { String::new() };
        let times = of(u64::from(rounds) * lanes, "time", "times");
        let most = if matches!(scenario.repeats, lanes_core::scenario::Repeats::Auto) { "up to " } else { "" };
        let try_less = if arguments.first.is_some() { "" } else { "; --first 20 tries a part of them, and" };
        format!(
            "What your function changes it changes anew in every lane and repeat: it is called for {}{of_all}, {most}{times} \
             over ({} in {}), and once before for the first item alone{try_less} --repeats 1 and --lanes do less.",
            of(tasks.into(), "item", "items"),
            of(rounds.into(), "round", "rounds"),
            of(lanes, "lane", "lanes"),
        )
    }

    /// Calls the function for the first item, and lets that decide what the user has not. Sentences for whoever waits, and how
    /// long one item after another would take, if that is known.
    pub(crate) fn try_first(
        &self,
        scenario: &mut Scenario,
        given: Plan,
        task_deadline: Option<Duration>,
    ) -> (Vec<String>, Option<Duration>) {
        let most = task_deadline.unwrap_or(TRIAL);
        let tried = python::try_out(&self.python, &self.path, &self.asked, (most, self.importing));
        match tried {
            Ok(tried) => {
                let mut said = vec![at_once(scenario, given, &tried)];
                said.extend(tried.failed.as_ref().map(|why| format!("The first item failed: {why}.")));
                said.extend((tried.wall_ns < SHORT_NS).then(|| SHORT.to_owned()));
                said.push(estimate(scenario, &tried));
                let one_by_one = Duration::from_nanos(tried.wall_ns).saturating_mul(scenario.tasks());
                (said, Some(one_by_one))
            }
            Err(why @ InspectError::Silent { .. }) if task_deadline.is_none() => {
                let said = format!(
                    "{why}. How long a lane will take is not known: Ctrl-C ends it and shows what there was, and \
                     --task-deadline 60 ends a lane whose item takes longer than 60 s."
                );
                (vec![said], None)
            }
            Err(why) => (vec![format!("The first item could not be tried: {why}.")], None),
        }
    }
}

/// Decides how many items are in progress at once, the same for all models, and how many are handed to a process at a time.
fn at_once(scenario: &mut Scenario, given: Plan, tried: &Tried) -> String {
    let waits = 1.0 - (tried.cpu_ns as f64 / tried.wall_ns.max(1) as f64).min(1.0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    let at_once = if waits >= WAITS { AT_ONCE_WAITING.max(cores) } else { cores.max(2) };
    let at_once = at_once.min(scenario.tasks().max(1));
    if !given.has_workers {
        scenario.workers = at_once;
    }
    if !given.has_concurrency {
        scenario.concurrency = if given.has_workers { scenario.workers } else { at_once };
    }
    if !given.has_chunk {
        let each =
            (WORTH_A_MESSAGE_NS / tried.wall_ns.max(1)).min(u64::from(scenario.tasks() / (scenario.workers * 4)));
        scenario.chunk = if each > 1 { Chunk::Fixed(each as u32) } else { Chunk::Auto };
    }
    let why = if waits >= WAITS { "it mostly waits" } else { "it mostly computes" };
    let decided = match (given.has_workers, given.has_concurrency) {
        (true, true) => String::new(),
        (false, false) => format!(", so {at_once} at once in every model ({})", given.otherwise),
        (true, false) => format!(", and {} at once on an event loop (--concurrency)", scenario.concurrency),
        (false, true) => format!(", so {at_once} workers (--workers)"),
    };
    format!(
        "The first item took {}, {:.0} % of it computing: {why}{decided}.",
        duration(tried.wall_ns),
        (1.0 - waits) * 100.0
    )
}

/// How long each lane will take at the most, about, and all of them together.
fn estimate(scenario: &Scenario, tried: &Tried) -> String {
    let one_ns = tried.wall_ns * u64::from(scenario.tasks());
    let rounds = u64::from(scenario.most_rounds());
    let waits = 1.0 - (tried.cpu_ns as f64 / tried.wall_ns.max(1) as f64).min(1.0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let of_lane = |lane: &lanes_core::scenario::Lane| {
        let at_once = match lane.model {
            Model::Sequential => 1.0,
            Model::Async => f64::from(scenario.concurrency_of(*lane)),
            _ => f64::from(scenario.workers_of(*lane)),
        };
        // Whoever waits makes room for others; computing in threads makes room for nobody, as far as is known.
        let cores = if lane.model == Model::Processes { cores } else { 1.0 };
        one_ns as f64 * (waits / at_once + (1.0 - waits) / at_once.min(cores))
    };
    let all: f64 = scenario.lanes.iter().map(of_lane).sum::<f64>() * rounds as f64;
    let lanes = of(scenario.lanes.len() as u64, "lane", "lanes");
    format!(
        "If all are like it, one after another takes about {} a round, and {lanes} with {} about {} in all.",
        duration(one_ns),
        of(rounds, "round", "rounds"),
        duration(all as u64),
    )
}

//! What can be asked of a scenario: how much it is in all, what it needs, where it can run.

use std::time::Duration;

use super::{
    call::Call,
    chunk::Chunk,
    data::{Compute, Fetch, From, Group, Scenario, Shape, Source, Step},
    limits,
    model::Place,
};

/// Data of this many bytes take far longer to be sent than a message costs.
const WORTH_A_MESSAGE: u64 = 1 << 20;
/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

impl Scenario {
    /// Tasks over all groups.
    #[must_use]
    pub fn tasks(&self) -> u32 {
        self.groups.iter().map(|group| group.tasks).sum()
    }

    /// The longest that one run of a lane may take; `None` where there is no limit.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        (self.deadline_s > 0.0).then(|| Duration::from_secs_f64(self.deadline_s))
    }

    /// All rounds that there may be, those of the warm-up among them.
    #[must_use]
    pub fn most_rounds(&self) -> u32 {
        self.warmup + self.repeats.most()
    }

    /// Every step of every group.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.groups.iter().flat_map(|group| &group.steps)
    }

    /// Whether it wants a file of the user's, which no link can carry.
    #[must_use]
    pub fn wants_file(&self) -> bool {
        self.steps().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File))
    }

    /// Whether its bodies come from addresses that may answer differently each time.
    #[must_use]
    pub fn wants_addresses(&self) -> bool {
        self.steps().any(|step| matches!(step, Step::Fetch(f) if matches!(f.from, From::Urls(_))))
    }

    /// The addresses that it names.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let named = self.steps().filter_map(|step| match step {
            Step::Fetch(Fetch { from: From::Urls(urls), .. }) => Some(urls),
            _ => None,
        });
        named.flatten().map(|url| url.as_ref())
    }

    /// Whether some fetch asks the backend's endpoint.
    #[must_use]
    pub fn wants_server(&self) -> bool {
        self.steps().any(|step| matches!(step, Step::Fetch(f) if f.from == From::Server))
    }

    /// Whether some fetch asks the page itself, which only a browser can.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        self.steps().any(|step| matches!(step, Step::Fetch(f) if f.from == From::Page))
    }

    /// The most memory that a lane may take, in bytes; `None` where there is no limit.
    #[must_use]
    pub fn memory_limit(&self) -> Option<u64> {
        (self.memory_limit_mb > 0.0).then_some((self.memory_limit_mb * MIB) as u64)
    }

    /// Whether some task takes up memory.
    #[must_use]
    pub fn takes_memory(&self) -> bool {
        self.groups.iter().any(|group| group.memory_mb > 0.0)
    }

    /// Whether threads beside an event loop have something to do: a step that computes, or a call that blocks.
    #[must_use]
    pub fn needs_pool(&self) -> bool {
        self.steps().any(|step| match step {
            Step::Fetch(fetch) => fetch.blocks(),
            Step::Compute(_) | Step::Bump(_) | Step::Call(_) => true,
        })
    }

    /// Every step that runs a kernel.
    pub fn computes(&self) -> impl Iterator<Item = &Compute> + Clone {
        self.groups.iter().flat_map(Group::computes).map(|(_, compute)| compute)
    }

    /// Whether some task is given data or gives some back.
    #[must_use]
    pub fn has_payload(&self) -> bool {
        self.computes().any(|compute| compute.bytes_in + compute.bytes_out > 0)
    }

    /// Whether some task is given data of this shape, or gives some back.
    #[must_use]
    pub fn has_data_of(&self, shape: Shape) -> bool {
        self.computes().any(|compute| compute.shape == shape && compute.bytes_in + compute.bytes_out > 0)
    }

    /// The most tasks in one message, by the data that they are given or give back: as much as one task may have, or, where
    /// nobody says how many, little enough that a message is not long under way; all where they have none.
    #[must_use]
    pub fn most_in_message(&self, chunk: Chunk) -> u32 {
        let most_bytes = match chunk {
            Chunk::Auto => WORTH_A_MESSAGE,
            Chunk::Fixed(_) => limits::MAX_PAYLOAD_BYTES,
        };
        let of_group = |group: &Group| {
            let sum = |(taken, given): (u64, u64), c: &Compute| {
                (taken + u64::from(c.bytes_in), given + u64::from(c.bytes_out))
            };
            let (taken, given) = group.computes().map(|(_, compute)| compute).fold((0, 0), sum);
            taken.max(given)
        };
        let most = self.groups.iter().map(of_group).max().unwrap_or(0);
        most_bytes.checked_div(most).map_or(u32::MAX, |tasks| tasks.max(1) as u32)
    }

    /// Why no lane of a place can run it, and what would help.
    ///
    /// # Errors
    /// [`NotInPlace`], where that is so.
    pub fn check_place(&self, place: Place) -> Result<(), NotInPlace> {
        match place {
            Place::Browser | Place::Native if self.call().is_some() => Err(NotInPlace::Call),
            Place::Native | Place::Python if self.wants_page() => Err(NotInPlace::Page),
            Place::Pyodide if self.wants_page() || self.wants_server() => Err(NotInPlace::Requests),
            Place::Pyodide if self.wants_file() => Err(NotInPlace::File),
            _ => Ok(()),
        }
    }

    /// The function of the user's own that it calls, if that is what it does.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        self.steps().find_map(|step| if let Step::Call(call) = step { Some(call) } else { None })
    }
}

impl Group {
    /// Every step that runs a kernel, by its number.
    pub fn computes(&self) -> impl Iterator<Item = (usize, &Compute)> + Clone {
        let steps = self.steps.iter().enumerate();
        steps
            .filter_map(|(number, step)| if let Step::Compute(compute) = step { Some((number, compute)) } else { None })
    }

    /// Memory that each task takes up, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        (self.memory_mb * MIB) as usize
    }
}

/// Why no lane of a place can run a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInPlace {
    /// There is no page here.
    #[error(
        "the scenario asks the page itself for its answers (\"from\": \"page\"), which only a browser's lanes can: run it \
         there, or use simulated answers, which mean the same in every place"
    )]
    Page,
    /// No program in the page may ask the page's own host.
    #[error(
        "the scenario asks the page's own host for its answers, which no program in the page may: use simulated answers or \
         addresses there, or run python/async"
    )]
    Requests,
    /// The frame has no files.
    #[error("the scenario reads a file, which CPython in the page is not given yet: run the lane in python/…")]
    File,
    /// It is a function of Python's.
    #[error(
        "the scenario calls a function of its own (a call step), which is Python: only lanes of CPython can run it, such as \
         python/threads"
    )]
    Call,
}

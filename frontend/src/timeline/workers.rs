//! What the workers of a lane are called: by the timeline, its descriptions and the results alike.

use std::fmt;

use lanes_core::scenario::{Lane, Model};

/// What a worker is in its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The thread of the event loop.
    EventLoop,
    /// The process that starts the others, and makes and reads the messages.
    MainProcess,
    /// One of the workers, by its number.
    Worker(u16),
}

impl Role {
    /// The role of one of the `workers` that a lane has altogether.
    #[must_use]
    pub fn of(lane: Lane, worker: u16, workers: usize) -> Self {
        let is_last = usize::from(worker) + 1 == workers;
        match lane.model {
            Model::Async | Model::Hybrid if worker == 0 => Self::EventLoop,
            Model::Processes if is_last && worker > 0 => Self::MainProcess,
            _ => Self::Worker(worker),
        }
    }

    /// Its name where there is little room: "loop", "main", "3".
    #[must_use]
    pub fn short(self) -> String {
        match self {
            Self::EventLoop => "loop".into(),
            Self::MainProcess => "main".into(),
            Self::Worker(number) => number.to_string(),
        }
    }
}

/// Its name: "event loop", "main process", "worker 3".
impl fmt::Display for Role {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventLoop => to.write_str("event loop"),
            Self::MainProcess => to.write_str("main process"),
            Self::Worker(number) => write!(to, "worker {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_have_one_name_everywhere() {
        let name = |lane: &str, worker, workers| Role::of(lane.parse().unwrap(), worker, workers).to_string();
        assert_eq!(name("browser/processes", 4, 5), "main process");
        assert_eq!(name("browser/processes", 3, 5), "worker 3");
        assert_eq!(name("browser/processes", 0, 1), "worker 0", "the only one that is known is not the parent");
        assert_eq!(name("native/async", 0, 1), "event loop");
        assert_eq!(
            (name("python/hybrid", 0, 5), name("python/hybrid", 1, 5)),
            ("event loop".into(), "worker 1".into())
        );
        assert_eq!(name("python/threads", 4, 5), "worker 4");
    }
}

//! The lanes of CPython: the program that a lane is exported as, run by a real interpreter on this machine.
//!
//! ```text
//! search ─▶ probe ─▶ find ─▶ interpreters ─choose─▶ one of them ─prepare, estimate─▶ too long? refused
//!                                                        │
//! program, lanes_trace.py ─▶ run directory ─▶ execution: python lanes_run.py ──┬── its threads, its processes
//!                                                 ▲                             │   each writes a thread log
//!                  frames ◀─ trace collector ◀────┴── thread logs ◀─────────────┘
//!                  report ◀──────┘
//! ```
//!
//! The program that runs is, to the letter, the one that is shown: `lanes_trace.py` replaces its functions `task`,
//! `fetch`, `read_share`, `compute` and `bump` by ones that read the clock before and after.

mod options;

mod interpreter;
mod search;

mod probe;
mod process_group;

mod find;

mod choose;

mod answers;

mod looks;
mod planned;
mod sampler;

mod alone;
mod run_directory;
mod thread_log;

mod own;

mod collector;

mod events;
mod order;

mod notes;
mod report;

mod own_watch;

mod inspect;

mod execution;

mod estimate;
mod prepare;

mod run;

pub(crate) use alone::Known;
pub use choose::{Missing, lanes, missing};
pub(crate) use choose::{choose, quoted};
pub(crate) use estimate::sample;
pub use find::find;
pub(crate) use inspect::{Asked, InspectError, Seen, Tried, inspect, try_out};
pub use interpreter::{Candidate, Module, Origin, Python, Unusable};
pub use options::{Options, OwnCode};
pub(crate) use order::{Kill, Order};
pub(crate) use run::run;

//! A pool of processes that survives whatever happens to them.
//!
//! It knows nothing of what its workers do: a [`Job`] turns ranges of tasks into bytes and answers into results, and
//! [`serve`] is the other end, in the worker. What it promises:
//!
//! - a worker that dies, is killed, stops, floods its pipe, writes nonsense or leaves early is noticed (a death at
//!   once, by the end of its pipe; silence after [`Settings::silence`]), ended and replaced;
//! - only the tasks in its hands are done again, a task that kills every worker is set aside and named, and the rest
//!   completes (who does what is decided by [`lanes_core::run::dispatch`], which has no I/O);
//! - nothing is sent that a worker has no room for, so a million tasks need no more memory than a thousand;
//! - a cancel asks first, and then ends and replaces those workers only that did not listen;
//! - no process outlives the pool, nor the parent, however that ends: a worker reads its pipe on a thread of its own
//!   and leaves when it ends, even in the middle of a computation. Every process is waited for.
//!
//! ```text
//! Pool::run (one thread) ── dispatcher: who does what
//!      └── worker set: poll ┬── pipe pair ── worker process: serve ── its own thread reads, the main one works
//!                       └── pipe pair ── worker process
//! ```

mod command;
mod terms;

mod killer;
mod process_pool;
mod run;

pub mod frame;
mod process;
mod protocol;
mod serve;
mod waker;
mod worker_set;

pub use command::WorkerCommand;
pub use killer::Killer;
pub use process_pool::Pool;
pub use serve::{Chunk, Handler, ServeError, serve, take_stdout};
pub use terms::{Ending, Job, NoAnswer, Outcome, Settings};
pub use waker::Waker;

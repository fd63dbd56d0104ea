//! How a lane is run: every loop of every model, once, for every place.
//!
//! A place (the browser's engine, the native one) supplies its *world*: a clock, a cancel flag, requests, reads, threads or
//! messages. What is done with them stands here and nowhere else, so that no place can drift from the others.
//!
//! ```text
//! rounds      which lane runs next; what the lanes came to so far
//!   └─ one run of one lane
//!        rows        the rows it has, their recorders; frames: what they recorded, for the viewer
//!        ├─ blocking    sequential, threads, gil: a thread takes one task after another
//!        ├─ event_loop  async, hybrid: slots on a loop, its lag, work offloaded to a pool (sleepers: for its timer)
//!        └─ parent      processes: chunks to isolated workers, their answers, their deaths
//!             ├─ dispatch (supervisor, chunking)  who does what, and what happens when one dies
//!             └─ isolated                         the worker's end: its loop and its messages
//!        gate           which tasks may begin: what is due, and stages
//!        task, worker   one task step by step; the worker that does and records it
//!        work, error    a step on its way to a pool; why a step did not come to its end
//!        outcome        what a lane came to → the report
//! world       what all of it needs from outside
//! ```
//!
//! `async fn` needs no runtime: nothing here starts, sleeps, sends or reads a clock.

pub(crate) mod attempts;
mod error;
pub mod gate;
mod lock_turns;
mod work;
pub mod world;

pub mod task;
pub mod worker;

pub mod blocking;
pub mod event_loop;
mod seats;
pub mod sleepers;

pub mod chunking;
pub mod dispatch;
pub mod isolated;
pub mod parent;
pub mod supervisor;

pub mod frames;
pub mod outcome;
pub mod rounds;
pub mod rows;

#[cfg(any(test, feature = "contract"))]
pub mod contract;

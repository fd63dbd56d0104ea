//! The server: the page and the API of the native lanes on one origin, for this machine only.
//!
//! ```text
//! connection ─▶ guard ─┬─▶ pages                        the built page, with the headers that isolate it
//!                      └─▶ api ─┬─▶ runs ─▶ run queue ─▶ runner     one run at a time, its frames streamed
//!                               ├─▶ endpoint                      answers for real requests
//!                               ├─▶ files                         the user's file for native lanes
//!                               └─▶ offers                        functions of the user's own, named on the command line
//! ```
//!
//! What is said and in which form is in [`lanes_core::api`]; it runs nothing itself.

mod command;

mod app;
mod content_security_policy;
mod guard;
mod listen;
mod pages;
mod refusal;
mod token;

mod endpoint;
mod files;
mod run_requests;

mod event_queue;
mod follow_run;
mod limits;
mod offers;
mod run_queue;
mod runs;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    command::{Arguments, ServeError, command},
    limits::LIMITS,
};

//! `lanes run job.py`, `lanes serve job.py`: a file of the user's own becomes a scenario.
//!
//! ```text
//! thumbs.py:task ─▶ inspect (an interpreter imports it) ─▶ scenario ─▶ first item, tried ─▶ how many at once, chunks, estimate
//! ```

mod arguments;
mod file;
mod plan;

pub(crate) use self::{
    arguments::Arguments,
    file::{Own, OwnError, OwnFile},
    plan::{Plan, longest},
};

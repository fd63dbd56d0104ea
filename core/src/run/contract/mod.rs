//! What every lane of every place has to do: a table of cases, and what must be true of the report of each.
//!
//! The cases are run against a place made of nothing (here, in the tests of core), against the native lanes, in CPython and
//! in the page. What a case must come to is worked out from the plan alone, without any of the loops that are judged.

mod case;
mod cases;
#[cfg(test)]
mod fake;
mod times;

pub use case::{Also, Case, Expected, Observed};
pub use cases::cases;
pub use times::Timed;

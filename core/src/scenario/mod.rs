//! The scenario: everything needed to repeat an experiment, as plain versioned data that fits in a link.
//!
//! It says *what* to run and under which models; it knows nothing of how an engine does it, nor of time.

mod arrive;
mod data;
mod lane;
pub mod limits;
pub mod presets;
mod problem;
mod read;
mod repeats;
mod spread;
mod stages;
mod tree;
pub mod upgrade;
mod valid;

pub use arrive::{Arrive, Pace};
pub use data::{Bump, Chunk, Compute, Fetch, From, Group, Guard, NotInPlace, Scenario, Source, Step, VERSION};
pub use lane::{Interpreter, Label, Lane, LaneError, Model, Place};
pub use problem::Problem;
pub use repeats::Repeats;
pub use spread::Spread;
pub use valid::ValidScenario;

pub use crate::kernels::Kernel;

//! The scenario: everything needed to repeat an experiment, as plain versioned data that fits in a link.
//!
//! It says *what* to run and under which models; it knows nothing of how an engine does it, nor of time.

mod arrive;
mod call;
mod chunk;
mod data;
#[cfg(test)]
mod examples;
mod lane;
pub mod limits;
mod model;
pub mod path;
pub mod presets;
mod problem;
mod read;
mod repeats;
mod settings;
mod spread;
mod stages;
mod tree;
pub mod upgrade;
mod valid;
pub mod variants;

pub use arrive::{Arrive, Pace};
pub use call::{Call, is_identifier};
pub use chunk::Chunk;
pub use data::{Bump, Compute, Fetch, From, Group, Guard, NotInPlace, Scenario, Shape, Source, Step, VERSION};
pub use lane::{Interpreter, Label, Lane, LaneError};
pub use model::{Model, Place};
pub use problem::Problem;
pub use repeats::Repeats;
pub use settings::{Name, PoolStart, Setting, Settings, StartMethod};
pub use spread::Spread;
pub use valid::ValidScenario;

pub use crate::kernels::Kernel;

//! The scenario: everything needed to repeat an experiment, as plain versioned data that fits in a link.
//!
//! It says *what* to run and under which models; it knows nothing of how an engine does it, nor of time.

mod arrive;
pub mod articles;
mod call;
mod chunk;
mod data;
#[cfg(test)]
mod examples;
mod goal;
mod lane;
pub mod limits;
mod model;
pub mod path;
mod preset;
pub mod presets;
mod problem;
mod questions;
mod read;
mod repeats;
mod server;
mod settings;
mod setup;
mod spread;
mod stages;
mod time_out;
mod tree;
pub mod upgrade;
mod valid;
pub mod variants;

pub use arrive::{Arrive, Pace};
pub use call::{Call, Code, Named, NotCalled, is_identifier};
pub use chunk::Chunk;
pub use data::{Bump, Compute, Fetch, From, Group, Guard, Scenario, Shape, Source, Step, VERSION};
pub use goal::Goal;
pub use lane::{Interpreter, Label, Lane, LaneError};
pub use model::{Model, Place};
pub use problem::Problem;
pub use questions::NotInPlace;
pub use repeats::Repeats;
pub use server::{Full, Server};
pub use settings::{Name, PoolStart, Setting, Settings, StartMethod};
pub use setup::{Setup, SetupKernel};
pub use spread::Spread;
pub use valid::ValidScenario;

pub use crate::kernels::Kernel;

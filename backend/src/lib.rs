//! The same jobs natively, for whoever asks: the command line or the server.

pub mod pool;

mod temporary;

pub mod engine;
pub mod worker;

mod answers;

pub mod python;

pub mod runner;

mod cache;
mod calibration;
mod trial;

mod arguments;
mod here;
mod limits;
pub mod machine;
pub mod other_work;
mod own;
mod signals;
mod terminal;
mod threads;

pub mod cli;
mod server;

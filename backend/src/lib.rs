//! The same jobs natively, for whoever asks: the command line or the server.

pub mod pool;

pub mod engine;
pub mod worker;

pub mod python;

pub mod runner;

mod arguments;
mod here;
mod limits;
pub mod machine;
mod other_work;
mod signals;
mod temporary;
mod terminal;
mod threads;

pub mod cli;
mod server;

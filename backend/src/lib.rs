//! The same jobs natively, for whoever asks: the command line or the server.

pub mod pool;

mod temporary;

pub mod engine;
pub mod worker;

pub mod python;

pub mod runner;

pub mod cli;
pub mod server;

//! What other programs read: a module for each format.
//!
//! The result file, which is Lanes' own format, is in [`crate::result`].

pub mod chrome;

pub mod program;

pub mod listing;

mod language;
mod parts;
mod python;
mod rust;
mod server;

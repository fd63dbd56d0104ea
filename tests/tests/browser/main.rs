//! The built page in a real browser.
//!
//! Every test has a tab and hosts of its own, and the tests of a file share a browser. They wait on what the page says of
//! itself, never for a time; how fast something is belongs in `benches/page.rs`.

mod agreement;
mod code;
mod code_editor;
mod command_line;
mod console;
mod contract;
mod faults;
mod firefox;
mod harness;
mod hosting;
mod links;
mod mishaps;
mod native_lanes;
mod own_code;
mod page_python;
mod page_requests;
mod prediction;
mod quiz;
mod use_by_hand;

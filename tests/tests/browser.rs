//! The built page in a real browser.
//!
//! Every test has a browser and hosts of its own. They wait on what the page says of itself, never for a time; how
//! fast something is belongs in `benches/page.rs`.

#[path = "browser/agreement.rs"]
mod agreement;
#[path = "browser/code.rs"]
mod code;
#[path = "browser/command_line.rs"]
mod command_line;
#[path = "browser/console.rs"]
mod console;
#[path = "browser/faults.rs"]
mod faults;
#[path = "browser/hosting.rs"]
mod hosting;
#[path = "browser/links.rs"]
mod links;
#[path = "browser/mishaps.rs"]
mod mishaps;
#[path = "browser/native_lanes.rs"]
mod native_lanes;
#[path = "browser/use_by_hand.rs"]
mod use_by_hand;

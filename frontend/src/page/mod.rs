//! The page behind its components: what it knows, and everything a person or a script can make it do.
//!
//! ```text
//! boot ──▶ scripting ──▶ run ──▶ observer ──▶ state      the signals, at the bottom
//!   └──▶ environment    ▲ ├──▶ share ─▶ address ─▶ │
//! prediction, quiz, trial ┘ └──▶ files ──────────────┘
//! ```
//!
//! `ui/` reads the signals of [`Page`] and calls its methods and those of [`Runner`]; both are contexts.

mod address;
mod boot;
mod environment;
mod field_names;
mod files;
mod observer;
mod prediction;
mod quiz;
mod run;
mod scripting;
mod share;
mod state;
mod trial;

pub use boot::{open, start};
pub use environment::mount_point;
pub use field_names::{field_label, field_name};
pub use prediction::{Predictions, Said, Standing};
pub use quiz::{Quiz, Stage};
pub use run::Runner;
pub use state::{ChosenFile, LaneProgress, LaneStatus, Notice, NoticeKind, Outcome, Page, Phase};

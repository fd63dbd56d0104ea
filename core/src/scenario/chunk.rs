//! How tasks are dealt to processes.

use serde::{Serialize, Serializer};

/// How many tasks are handed to a process at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Chunk {
    /// As many as take a few milliseconds, fewer towards the end.
    #[default]
    Auto,
    /// Always this many.
    Fixed(u32),
}

impl Serialize for Chunk {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Fixed(tasks) => to.serialize_u32(*tasks),
        }
    }
}

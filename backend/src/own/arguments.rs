//! What `run` and `serve` ask in the same words about a function of the user's own.

use std::{num::NonZeroU32, path::PathBuf};

/// Which items, and what may be done with them.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// The items of your own function, as an expression in the words of its file, such as 'range(200)'
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "items_from")]
    pub(crate) items: Option<String>,
    /// A file with the items of your own function: a JSON value in each line, or else a text
    #[arg(long, value_name = "FILE")]
    pub(crate) items_from: Option<PathBuf>,
    /// Call your own function for so many of its items only, the first ones
    #[arg(long, value_name = "N")]
    pub(crate) first: Option<NonZeroU32>,
    /// End a lane whose processes, calling your own function, hold more memory than this, in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) memory_limit: Option<NonZeroU32>,
}

impl Arguments {
    /// The most memory that a lane may have, in bytes.
    pub(crate) fn memory_limit_bytes(&self) -> Option<u64> {
        self.memory_limit.map(|mib| u64::from(mib.get()) << 20)
    }

    /// Those that were given and choose items, for whoever runs no file.
    pub(crate) fn given_for_items(&self) -> Vec<&'static str> {
        let given = [
            ("--items", self.items.is_some()),
            ("--items-from", self.items_from.is_some()),
            ("--first", self.first.is_some()),
        ];
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
    }
}

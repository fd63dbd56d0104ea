//! The arguments of `lanes run` that are for a function of the user's own.

use std::{num::NonZeroU32, path::PathBuf};

/// Which items, and what may be done with them.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// The items of your own function, as an expression in the words of its file, such as 'range(200)'
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "items_from")]
    pub(in crate::cli) items: Option<String>,
    /// A file with the items of your own function: a JSON value in each line, or else a text
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) items_from: Option<PathBuf>,
    /// Call your own function for so many of its items only, the first ones
    #[arg(long, value_name = "N")]
    pub(in crate::cli) first: Option<NonZeroU32>,
    /// Run the Python code that a link, a scenario or a result file brings along
    #[arg(long)]
    pub(in crate::cli) run_code: bool,
    /// End a lane whose processes, calling your own function, hold more memory than this, in MiB
    #[arg(long, value_name = "MIB")]
    pub(in crate::cli) memory_limit: Option<NonZeroU32>,
}

impl Arguments {
    /// Those that were given and choose items, for whoever runs no file.
    pub(in crate::cli) fn given_for_items(&self) -> Vec<&'static str> {
        let given = [
            ("--items", self.items.is_some()),
            ("--items-from", self.items_from.is_some()),
            ("--first", self.first.is_some()),
        ];
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
    }
}

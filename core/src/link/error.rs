//! Why a link cannot be opened, in sentences for whoever clicked it.

use super::limits::MAX_TEXT_BYTES;
use crate::scenario::{Problem, VERSION};

/// Why a link holds no scenario that can be opened. Its text says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing after `#`.
    #[error("there is no scenario in this link: nothing follows its #. Ask for the whole link, or start from a preset")]
    Empty,
    /// Something, but not ours.
    #[error(
        "this is not a link to a scenario: what follows # should start with a version, such as “{VERSION}.” or \
         “{VERSION}z.”. Check that you copied it from Share, or start from a preset"
    )]
    Foreign,
    /// A version that this build does not know.
    #[error(
        "this link was made by a newer Lanes (version {0} of the format; this one reads up to {VERSION}). Reload the \
         page or update, then open the link again"
    )]
    Newer(u64),
    /// It stops too early.
    #[error(
        "this link has been cut short, as mail and chat programs do with long ones. Copy it again from where it is \
         whole, or ask for the scenario as a file"
    )]
    Truncated,
    /// It is whole and does not fit its check, or is not what its head says.
    #[error(
        "this link has been damaged on its way: what it holds does not fit its check. Copy it again or ask for it anew"
    )]
    Damaged,
    /// It is readable and does not fit its check: damaged, or edited by hand.
    #[error(
        "this link does not fit its check: it was damaged on its way, or edited. Copy it again, or, if you edited it, \
         remove “~{check}” from its end"
    )]
    Edited {
        /// The check that does not fit.
        check: String,
    },
    /// It has no check and is not written as a link is.
    #[error("this link is damaged or mistyped: expected {wanted} at “{near}”. Correct that, or copy it again")]
    Garbled {
        /// What belongs there.
        wanted: &'static str,
        /// What is there.
        near: String,
    },
    /// More than a link may hold.
    #[error(
        "this scenario is too large for a link (the most is {} KiB of text). Pass it on as a file instead",
        MAX_TEXT_BYTES / 1024
    )]
    TooLarge,
    /// It was read, and describes a scenario that is not valid.
    #[error("this link was read, but its scenario is not valid: {}. Correct it in the link, or ask for it anew", listed(.0))]
    Invalid(Vec<Problem>),
}

impl LinkError {
    /// A [`LinkError::Garbled`] that shows the start of what is there.
    pub(super) fn garbled(wanted: &'static str, rest: &str) -> Self {
        const SHOWN: usize = 24;
        let mut near: String = rest.chars().take(SHOWN).collect();
        if rest.chars().nth(SHOWN).is_some() {
            near.push('…');
        }
        Self::Garbled { wanted, near }
    }
}

/// The first few problems, and how many more there are.
fn listed(problems: &[Problem]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<_> = problems.iter().take(SHOWN).map(ToString::to_string).collect();
    if problems.len() > SHOWN {
        shown.push(format!("and {} more", problems.len() - SHOWN));
    }
    shown.join("; ")
}

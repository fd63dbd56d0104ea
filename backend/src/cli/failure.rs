//! Why a command did not succeed: what happened, where, and what to do.

use lanes_core::{link::LinkError, scenario::Problem};

use super::style;

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The scenario is not valid.
    #[error("{from} is not a valid scenario; correct {}", if problems.len() == 1 { "this field" } else { "these fields" })]
    Invalid {
        /// Where it came from.
        from: String,
        /// What is wrong, by field.
        problems: Vec<Problem>,
    },
    /// The text is a link, and not a good one.
    #[error("{0}")]
    Link(LinkError),
    /// Somebody pressed Ctrl-C.
    #[error("ended by Ctrl-C; what is above is what there was until then")]
    Interrupted,
    /// It ran, and some lane is not right; the table says which.
    #[error("{0}")]
    NotRight(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub(super) fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Invalid { .. } | Self::Link(_) => 2,
            Self::Interrupted => 130,
            Self::NotRight(_) | Self::Other(_) => 1,
        }
    }

    /// Says it on standard error.
    pub(super) fn report(&self) {
        let (bad, field) = (style::BAD, style::STRONG);
        let mut text = format!("{bad}error:{bad:#} {self}\n");
        if let Self::Invalid { problems, .. } = self {
            for problem in problems {
                text.push_str(&match problem.field.as_str() {
                    "" => format!("  {}\n", problem.message),
                    name => format!("  {field}{name}{field:#}: {}\n", problem.message),
                });
            }
        }
        style::print_aside(&text);
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(format!("{error:#}"))
    }
}

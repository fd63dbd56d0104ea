//! What the lanes of a session know of a function of the user's own.

use lanes_core::collector::Alone;

use super::answers::Answers;

/// What the lanes of a session know of a function of the user's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(super) alone: Alone,
    pub(super) answers: Answers,
}

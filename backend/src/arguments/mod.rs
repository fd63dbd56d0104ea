//! Arguments that `lanes run` and `lanes serve` share, in the same words. They know neither command.

pub(crate) mod deadlines;
pub(crate) mod python;

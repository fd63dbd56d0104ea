//! How long a link may be. It knows nothing of what is in one.

/// Longest readable text of a scenario in a link, in bytes, before it is packed and after it is unpacked.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;

/// Longest link that is looked at, in bytes: a text with every byte percent-encoded twice still fits.
pub const MAX_LINK_BYTES: usize = 8 * MAX_TEXT_BYTES;

//! What the server takes at most, as it is listed for people and told to the page.

use super::{files, listen, run_queue, run_requests};
use crate::limits::Limit;

/// The limits of the server.
pub(crate) const LIMITS: [Limit; 7] = [
    ("request", run_requests::MAX_REQUEST as u64, "bytes of a request to the server"),
    ("head", listen::MAX_HEAD as u64, "bytes of a request's head"),
    ("head_s", listen::HEAD_TIMEOUT.as_secs(), "seconds until a request's head must be there"),
    ("waiting", run_queue::MAX_WAITING as u64, "runs that wait in the server"),
    ("connections", listen::MAX_CONNECTIONS as u64, "connections to the server at once"),
    ("file", files::MAX_BYTES, "bytes of a file handed to the server"),
    ("files", files::MAX_FILES as u64, "files that the server keeps"),
];

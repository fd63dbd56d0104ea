//! What happened: spans, the recorder that writes them, and the frames they travel in.
//!
//! Recording must not change what it records: a span is one write into a ring of fixed size that belongs to one
//! worker, and when the ring is full the span is dropped and counted. The totals do not depend on the ring: they are
//! added up as the spans are recorded, so a report is exact even where the picture has gaps.

pub mod python;
mod recorder;
mod span;
mod tally;

pub use recorder::{Drain, Recorder, recorder, span_cost_ns};
pub use span::{NO_TASK, Span, State};
pub use tally::{Counter, FailedAt, Failure, Latency, Met, Tally};

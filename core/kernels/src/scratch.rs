//! A worker's buffers: kept from task to task, because std's allocator is one spin lock in the
//! threaded wasm build.

use std::ops::ControlFlow;

/// Buffers for kernels to work in, one set per worker. They grow to what is needed and stay; what
/// they hold between runs means nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    /// `sha256`: the block to hash. `wordcount`: the text of one part.
    pub(super) text: Vec<u8>,
    /// `sort`: the values.
    pub(super) values: Vec<u32>,
    /// `sort`: a copy of the left run during a merge.
    pub(super) left: Vec<u32>,
    /// `matmul`: the right-hand matrix, row by row.
    pub(super) matrix: Vec<f64>,
    /// `matmul`: one row of the left-hand matrix.
    pub(super) row: Vec<f64>,
    /// `matmul`: one row of the result.
    pub(super) sums: Vec<f64>,
}

impl Scratch {
    /// Empty buffers; nothing is allocated yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Memory held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.capacity()
            + (self.values.capacity() + self.left.capacity()) * size_of::<u32>()
            + (self.matrix.capacity() + self.row.capacity() + self.sums.capacity()) * size_of::<f64>()
    }
}

/// Makes `buffer` at least `length` long. The content is lost when it grows; zeroing pauses every
/// 256 Ki elements.
pub(super) fn grow<T: Copy + Default>(
    buffer: &mut Vec<T>,
    length: usize,
    between: &mut dyn FnMut() -> ControlFlow<()>,
) -> ControlFlow<()> {
    const STEP: usize = 1 << 18;
    if buffer.len() >= length {
        return ControlFlow::Continue(());
    }
    if buffer.capacity() < length {
        // Free first: the old buffer is worthless, and both at once would double the peak.
        *buffer = Vec::new();
        buffer.reserve_exact(length);
    }
    while buffer.len() + STEP < length {
        buffer.resize(buffer.len() + STEP, T::default());
        between()?;
    }
    buffer.resize(length, T::default());
    ControlFlow::Continue(())
}

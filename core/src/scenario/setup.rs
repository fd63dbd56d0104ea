//! What each worker does once, before its first task, as plain data. It does not know who the workers are.

use serde::Serialize;

use crate::kernels::Kernel;

/// Work at a worker's start: what it loads, opens or works out before it can do its first task. It belongs to no task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Setup {
    /// It waits so many milliseconds, as for a connection; an interpreter's lock is let go meanwhile.
    Ms(f64),
    /// It computes, as whoever loads a model.
    Compute(SetupKernel),
}

/// A kernel that is run at a worker's start, over data made from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SetupKernel {
    /// Which one.
    pub kernel: Kernel,
    /// How much, in the kernel's own unit.
    pub size: u64,
}

//! A kernel introduced: to people, to validation, and to programs that do the same without Lanes. Data only.

/// A kernel introduced to people and to validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name in scenarios, links and on the command line.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What `size` counts.
    pub unit: &'static str,
    /// What is computed, in one sentence.
    pub what: &'static str,
    /// A size, in `unit`s, that keeps one native core busy for 5 to 10 ms.
    pub default_size: u64,
    /// The largest size, in `unit`s: under a minute and under 64 MiB of scratch per task.
    pub max_size: u64,
    /// Whether CPython lets go of its global lock while its standard library does this.
    pub releases_gil: bool,
    /// Whether [`super::Input::Bytes`] means anything to it.
    pub takes_bytes: bool,
    /// How many of those bytes are one `unit`, where they mean anything.
    pub unit_bytes: u32,
}

impl About {
    /// The share of its computing, 0 or 1, that CPython does under its global lock.
    #[must_use]
    pub fn own_lock_share(&self) -> f64 {
        if self.releases_gil { 0.0 } else { 1.0 }
    }
}

/// A kernel as part of a program of its own, which comes to the same digest: its text in each language, and how it is
/// called. `core/src/export/parts.rs` says how such texts are written and what they may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Functions of Python.
    pub python: &'static str,
    /// Functions of Rust.
    pub rust: &'static str,
    /// How it computes with data made from a seed. Rust is given `size` and `seed`.
    pub on_generated: Call,
    /// How it computes with `data`, if [`About::takes_bytes`].
    pub on_bytes: Option<Call>,
}

/// How a kernel is called, as it would stand in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// A statement of Python, `result = function(size)` or `result = function(size, seed)`: what the size and the
    /// result are called in a task is up to the kernel.
    pub python: &'static str,
    /// An expression of Rust.
    pub rust: &'static str,
}

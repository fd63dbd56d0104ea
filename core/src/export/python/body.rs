//! The body of a function of a Python program while it is being written.

/// A function being written.
#[derive(Default)]
pub(super) struct Body {
    pub(super) lines: Vec<String>,
    taken: Vec<String>,
    /// Variables that hold the last answer and the share of the file.
    pub(super) fetched: Option<String>,
    pub(super) share: Option<String>,
}

impl Body {
    /// A name that has not been used yet.
    pub(super) fn name(&mut self, name: &str) -> String {
        let again = self.taken.iter().filter(|taken| *taken == name).count();
        self.taken.push(name.to_owned());
        if again == 0 { name.to_owned() } else { format!("{name}_{}", again + 1) }
    }
}

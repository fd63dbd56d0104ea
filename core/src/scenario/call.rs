//! A step that calls a function of the user's own: Python source, and which function of it does one item.

use serde::Serialize;

/// Calling a function of the user's own, once for each of its items. It is the only step of its scenario, whose tasks are
/// the first of the items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The source that the function is in: a whole file.
    pub python: String,
    /// The function that does one item, and blocks until it has.
    pub function: String,
    /// The coroutine function that does one item on an event loop; the same as `function` where there is no other. Not
    /// written, and empty, where there is none: then a loop hands `function` to threads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub coroutine: String,
    /// An expression, in the words of the file, whose values are the items. Not written, and empty, where the file says
    /// them itself, by `ITEMS` or by `items()`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub items: String,
    /// What the file is called without its `.py`, and so what the module is.
    pub module: String,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            python: String::new(),
            function: "task".to_owned(),
            coroutine: String::new(),
            items: String::new(),
            module: "job".to_owned(),
        }
    }
}

impl Call {
    /// Whether there is nothing but a coroutine function, which other lanes than those of a loop run each time on a loop
    /// of its own.
    #[must_use]
    pub fn is_coroutine_only(&self) -> bool {
        self.coroutine == self.function
    }

    /// Whether the file has something to be done once in each worker, before its first item.
    #[must_use]
    pub fn has_setup(&self) -> bool {
        self.python.lines().any(|line| line.starts_with("def setup("))
    }

    /// Lines of the source.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.python.lines().count()
    }
}

/// Whether a text can be the name of a function or a module in Python, of ASCII alone.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(is_word) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

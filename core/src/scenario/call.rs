//! A step that calls a function of the user's own: Python source, or the name of it, and which function of it does one item.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::present::number::of;

/// Hexadecimal digits of a digest: 128 bits, which nobody meets twice by chance.
pub(super) const DIGEST_CHARS: usize = 32;

/// Calling a function of the user's own, once for each of its items. It is the only step of its scenario, whose tasks are
/// the first of the items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// What the function is in.
    pub python: Code,
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

/// What a function of the user's own is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Code {
    /// The source itself: a whole file.
    Source(String),
    /// A file that only its owner has, and runs by `lanes serve`.
    Named(Named),
}

/// Names a function without bringing its code. Whoever was started with its file knows it again by the digest, and calls
/// what is in that file: nothing of what is written here is ever run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// [`Call::digest`] of the function with its source.
    pub digest: String,
    /// What its file is called, for people.
    pub file: String,
    /// Whether the file has something to be done once in each worker. Not written where it has not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub setup: bool,
}

/// Why a function of the user's own is not called by whoever is asked to, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCalled {
    /// Its code came with the scenario, so anybody may have written it. Holds the number of its lines.
    #[error(
        "the scenario brings {} of Python code of its own, and code that comes with a link or a request is never run from \
         here: read it, and run the scenario on the command line, with “lanes run --run-code”; or save the code as a file, \
         and start “lanes serve FILE.py”",
        of(*.0 as u64, "line", "lines")
    )]
    Brought(usize),
    /// It is named, and whoever is asked was not started with its file.
    #[error(
        "the scenario names {function}() of {file} and does not bring its code: start “lanes serve {}” in the folder of \
         that file, and open the link that it prints", argument(.file, .function)
    )]
    Elsewhere {
        /// The function.
        function: String,
        /// Its file.
        file: String,
    },
    /// It is named, and its file holds something else by now.
    #[error(
        "the file {file} is not what it was when this scenario named {function}(): choose the function again, as it is now"
    )]
    Changed {
        /// The function.
        function: String,
        /// Its file.
        file: String,
    },
}

/// `thumbs.py`, or `thumbs.py:shrink` where the function has to be said.
fn argument(file: &str, function: &str) -> String {
    if ["task", "task_async"].contains(&function) { file.to_owned() } else { format!("{file}:{function}") }
}

impl Default for Call {
    fn default() -> Self {
        Self {
            python: Code::Source(String::new()),
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
        match &self.python {
            Code::Source(text) => text.lines().any(|line| line.starts_with("def setup(")),
            Code::Named(named) => named.setup,
        }
    }

    /// The source that it brings; `None` where it only names it.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        match &self.python {
            Code::Source(text) => Some(text),
            Code::Named(_) => None,
        }
    }

    /// Lines of the source that it brings.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.source().map_or(0, |text| text.lines().count())
    }

    /// What proves that somebody means this very function, with this source and these items.
    #[must_use]
    pub fn digest(&self) -> String {
        let Self { python, function, coroutine, items, module } = self;
        let python = match python {
            Code::Source(text) => text,
            Code::Named(named) => return named.digest.clone(),
        };
        let mut hash = Sha256::new();
        for text in [python, function, coroutine, items, module] {
            // With their lengths, so that nothing passes for another by being cut elsewhere.
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.finalize().iter().take(DIGEST_CHARS / 2).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The same, named by its digest as a function of this file.
    #[must_use]
    pub fn named(&self, file: &str) -> Self {
        let named = Named { digest: self.digest(), file: file.to_owned(), setup: self.has_setup() };
        Self { python: Code::Named(named), ..self.clone() }
    }

    /// Why nobody calls it who was not started with its file.
    #[must_use]
    pub fn not_called(&self) -> NotCalled {
        match &self.python {
            Code::Source(_) => NotCalled::Brought(self.lines()),
            Code::Named(named) => NotCalled::Elsewhere { function: self.function.clone(), file: named.file.clone() },
        }
    }

    /// Why it is not called where these functions are offered, each [named](Self::named) as a function of this file, or
    /// `None` where that cannot be run as it is now; `None` when it is called.
    #[must_use]
    pub fn why_not_among<'a>(
        &self,
        offered: impl IntoIterator<Item = (&'a str, Option<&'a Self>)>,
    ) -> Option<NotCalled> {
        match self.not_called() {
            NotCalled::Elsewhere { function, file } => {
                let mut is_changed = false;
                for (_, known) in offered.into_iter().filter(|(other, _)| *other == file) {
                    if known == Some(self) {
                        return None;
                    }
                    is_changed |= known.is_none_or(|known| known.function == function);
                }
                Some(if is_changed {
                    NotCalled::Changed { function, file }
                } else {
                    NotCalled::Elsewhere { function, file }
                })
            }
            why => Some(why),
        }
    }
}

/// Whether a text can be the name of a function or a module in Python, of ASCII alone.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(is_word) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_everything_that_would_be_run() {
        let call = || Call { python: Code::Source("def task(n): ...\n".into()), ..Call::default() };
        let others = [
            Call { python: Code::Source("def task(n): ..\n".into()), ..call() },
            Call { function: "other".into(), ..call() },
            Call { coroutine: "task_async".into(), ..call() },
            Call { items: "task_async".into(), ..call() },
            Call { module: "jo".into(), ..call() },
        ];
        let digest = call().digest();
        assert_eq!((digest.len(), &digest), (DIGEST_CHARS, &call().digest()));
        for other in others {
            assert_ne!(other.digest(), digest, "{other:?}");
        }
        let named = call().named("job.py");
        assert_eq!((named.digest(), named.source()), (digest, None));
        assert_eq!(named.named("job.py"), named);
    }

    #[test]
    fn only_what_is_offered_is_called_and_only_as_it_was_named() {
        let call = Call { items: "range(3)".into(), ..Call::default() };
        let named = call.named("job.py");
        let why = |call: &Call, file, known: Option<&Call>| call.why_not_among([(file, known)]);
        assert_eq!(why(&named, "job.py", Some(&named)), None);
        assert!(matches!(why(&call, "job.py", Some(&call)), Some(NotCalled::Brought(0))));
        assert!(matches!(named.why_not_among([]), Some(NotCalled::Elsewhere { .. })));
        let is_changed = |call: &Call, known| matches!(why(call, "job.py", known), Some(NotCalled::Changed { .. }));
        assert!(is_changed(&named, None), "it cannot be imported any more");
        assert!(is_changed(&Call { items: "exit()".into(), ..named.clone() }, Some(&named)), "the same digest");
        let other = Call { function: "other".into(), ..named.clone() };
        assert!(matches!(why(&other, "job.py", Some(&named)), Some(NotCalled::Elsewhere { .. })));
    }

    #[test]
    fn who_has_not_the_file_says_how_to_get_there() {
        let call = Call { function: "shrink".into(), ..Call::default() };
        let said = call.named("thumbs.py").not_called().to_string();
        assert!(said.contains("shrink() of thumbs.py") && said.contains("“lanes serve thumbs.py:shrink”"), "{said}");
        assert!(call.not_called().to_string().contains("--run-code"), "{}", call.not_called());
    }
}

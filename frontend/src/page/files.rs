//! The user's own file: chosen or dropped, whether it is text, and whether a scenario can work on it. It is never read as a
//! whole here.

use lanes_core::scenario::{Kernel, Scenario, Source, Step, limits::MAX_FILE_CHUNK_BYTES};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::DragEvent;

use super::state::{ChosenFile, NoticeKind, Page};

/// Bytes at the beginning of a file that are looked at to tell whether it is text.
const SNIFF_BYTES: f64 = 65_536.0;

/// Why a scenario cannot work on the file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// None was chosen.
    #[error("This scenario works on a file of yours: choose one first. It stays on this machine.")]
    Missing,
    /// Words are to be counted in something else than text.
    #[error(
        "{0} does not look like text, so its words cannot be counted. Choose a text file, or the kernel sha256 or sort."
    )]
    NotText(String),
    /// A task's share would not fit into memory.
    #[error(
        "Each task would hold {share_mib} MiB of {name} in memory; the most is {} MiB. Use at least {tasks} tasks.",
        MAX_FILE_CHUNK_BYTES >> 20
    )]
    ShareTooLarge {
        /// The file's name.
        name: String,
        /// A task's share, in MiB.
        share_mib: u64,
        /// So many tasks would do.
        tasks: u64,
    },
}

impl Page {
    /// Takes a file to work on.
    pub fn choose_file(self, handle: web_sys::File) {
        spawn_local(async move {
            let bytes = handle.size() as u64;
            let name = handle.name();
            if bytes == 0 {
                return self.notify(NoticeKind::Error, format!("{name} is empty; choose a file with something in it."));
            }
            match sniff(&handle).await {
                Some(is_text) => self.file.set(Some(ChosenFile { handle, name, bytes, is_text })),
                None => self.notify(
                    NoticeKind::Error,
                    format!(
                        "{name} could not be read. If it is a folder, choose a file; if it was moved, choose it again."
                    ),
                ),
            }
        });
    }

    /// Lets go of the file.
    pub fn forget_file(self) {
        self.file.set(None);
    }
}

/// Takes a file that is dropped anywhere: next to the drop zone the browser would leave the page to show it.
pub(super) fn take_dropped_files(page: Page) {
    let on_drag = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| event.prevent_default());
    let on_drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
        if event.default_prevented() {
            return;
        }
        event.prevent_default();
        let files = event.data_transfer().and_then(|transfer| transfer.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            page.choose_file(file);
        }
    });
    if let Some(window) = web_sys::window() {
        // Both are names of events that every browser has.
        let _ = window.add_event_listener_with_callback("dragover", on_drag.as_ref().unchecked_ref());
        let _ = window.add_event_listener_with_callback("drop", on_drop.as_ref().unchecked_ref());
    }
    on_drag.forget();
    on_drop.forget();
}

/// Whether a scenario that wants a file has one it can work on.
pub(super) fn check_file(scenario: &Scenario, file: Option<&ChosenFile>) -> Result<(), FileError> {
    if !scenario.wants_file() {
        return Ok(());
    }
    let file = file.ok_or(FileError::Missing)?;
    check(scenario, &file.name, file.bytes, file.is_text)
}

/// Whether a scenario can work on a file of this name, length and kind.
fn check(scenario: &Scenario, name: &str, bytes: u64, is_text: bool) -> Result<(), FileError> {
    for group in &scenario.groups {
        for step in &group.steps {
            let Step::Compute(compute) = step else { continue };
            if compute.input != Source::File {
                continue;
            }
            if compute.kernel == Kernel::Wordcount && !is_text {
                return Err(FileError::NotText(name.to_owned()));
            }
            let share = bytes / u64::from(group.tasks);
            if share > MAX_FILE_CHUNK_BYTES {
                let tasks = bytes.div_ceil(MAX_FILE_CHUNK_BYTES);
                return Err(FileError::ShareTooLarge { name: name.to_owned(), share_mib: share >> 20, tasks });
            }
        }
    }
    Ok(())
}

/// Whether the beginning of a file is text; `None` when it cannot be read.
async fn sniff(file: &web_sys::File) -> Option<bool> {
    let head = file.slice_with_f64_and_f64(0.0, SNIFF_BYTES).ok()?;
    let buffer = JsFuture::from(head.array_buffer()).await.ok()?;
    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
    Some(looks_like_text(&bytes))
}

/// Text is UTF-8 without control characters other than white space; a character cut at the end does not matter.
fn looks_like_text(bytes: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !bytes.iter().any(|byte| *byte < 0x20 && !byte.is_ascii_whitespace() && *byte != 0x1b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_that_will_not_do_is_refused_with_what_would_do() {
        let over_file = |kernel| {
            let step = json!({ "compute": { "kernel": kernel, "input": "file" } });
            let value = json!({ "lanes_scenario": 1, "groups": [{ "name": "", "tasks": 2, "steps": [step] }] });
            Scenario::from_value(&value).expect("valid")
        };
        assert_eq!(check(&over_file("wordcount"), "a.txt", 1_000, true), Ok(()));
        assert_eq!(check(&over_file("wordcount"), "a.png", 1_000, false), Err(FileError::NotText("a.png".into())));
        assert_eq!(check(&over_file("sha256"), "a.png", 1_000, false), Ok(()));
        let why = check(&over_file("sha256"), "a.iso", 1 << 30, false).expect_err("512 MiB each").to_string();
        assert!(why.contains("512 MiB of a.iso") && why.contains("at least 16 tasks"), "{why}");
        assert_eq!(check_file(&over_file("sha256"), None), Err(FileError::Missing));
    }

    #[test]
    fn text_is_told_from_binary() {
        assert!(looks_like_text("Grüße, \u{4e16}\u{754c}\n\tand more".as_bytes()));
        assert!(looks_like_text(&"ü".as_bytes()[..1]), "cut in the middle of a character");
        assert!(!looks_like_text(b"\x89PNG\r\n\x1a\n\0\0"));
        assert!(!looks_like_text(&[0xff, 0xfe, 0x41, 0x00]));
    }
}

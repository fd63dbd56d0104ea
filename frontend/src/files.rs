//! The user's own file: whether a scenario can work on it, and whether it is text. It is never read as a whole here.

use lanes_core::scenario::{Kernel, Scenario, Source, Step, limits::MAX_FILE_CHUNK_BYTES};
use wasm_bindgen_futures::JsFuture;

use crate::state::ChosenFile;

/// Bytes at the beginning of a file that are looked at to tell whether it is text.
const SNIFF_BYTES: f64 = 65_536.0;

/// Whether a scenario that wants a file has one it can work on.
pub fn check_file(scenario: &Scenario, file: Option<&ChosenFile>) -> Result<(), String> {
    if !scenario.wants_file() {
        return Ok(());
    }
    let Some(file) = file else {
        return Err("This scenario works on a file of yours: choose one first. It stays on this machine.".into());
    };
    for group in &scenario.groups {
        for step in &group.steps {
            let Step::Compute(compute) = step else { continue };
            if compute.input != Source::File {
                continue;
            }
            if compute.kernel == Kernel::Wordcount && !file.is_text {
                return Err(format!(
                    "{} does not look like text, so its words cannot be counted. Choose a text file, or the kernel sha256 or sort.",
                    file.name
                ));
            }
            let share = file.bytes / u64::from(group.tasks);
            if share > MAX_FILE_CHUNK_BYTES {
                let tasks = file.bytes.div_ceil(MAX_FILE_CHUNK_BYTES);
                return Err(format!(
                    "Each task would hold {} MiB of {} in memory; the most is {} MiB. Use at least {tasks} tasks.",
                    share >> 20,
                    file.name,
                    MAX_FILE_CHUNK_BYTES >> 20
                ));
            }
        }
    }
    Ok(())
}

/// Whether the beginning of a file is text; `None` when it cannot be read.
pub async fn sniff(file: &web_sys::File) -> Option<bool> {
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
    use super::*;

    #[test]
    fn text_is_told_from_binary() {
        assert!(looks_like_text("Grüße, \u{4e16}\u{754c}\n\tand more".as_bytes()));
        assert!(looks_like_text(&"ü".as_bytes()[..1]), "cut in the middle of a character");
        assert!(!looks_like_text(b"\x89PNG\r\n\x1a\n\0\0"));
        assert!(!looks_like_text(&[0xff, 0xfe, 0x41, 0x00]));
    }
}

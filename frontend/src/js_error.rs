//! What JavaScript throws and what panics say, as text that a person can read: never with a stack.
//!
//! It knows nothing of engines, pages or runs.

use wasm_bindgen::{JsCast, JsValue};

/// What a person is told where an error says nothing of itself.
const UNKNOWN: &str = "the browser gives no reason";

/// What an error of JavaScript says: its name and message, or the thrown text.
#[must_use]
pub fn describe(error: &JsValue) -> String {
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        let (name, message) = (String::from(error.name()), String::from(error.message()));
        return without_stack(&if name == "Error" { message } else { format!("{name}: {message}") });
    }
    let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    without_stack(&error.as_string().or(message).unwrap_or_default())
}

/// The text without the lines of a stack, on one line; where nothing else was in it, that there is no reason.
#[must_use]
pub fn without_stack(text: &str) -> String {
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Stack:"));
    let kept: Vec<&str> = lines.filter(|line| !line.is_empty() && !is_frame(line)).collect();
    if kept.is_empty() { UNKNOWN.to_owned() } else { kept.join(" ") }
}

/// Whether a line is a frame of a stack, as Chromium (`at f (url:1:2)`) or Firefox and Safari (`f@url:1:2`) write it.
fn is_frame(line: &str) -> bool {
    let ends_in_position = || {
        let line = line.trim_end_matches(')');
        line.rsplit(':')
            .take(2)
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'x'))
            && line.matches(':').count() >= 2
    };
    line.contains("wasm-function[")
        || (line.starts_with("at ") && (line.contains('(') || ends_in_position()))
        || (line.split_once('@').is_some_and(|(name, _)| !name.contains(' ')) && ends_in_position())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_its_message_and_loses_its_stack() {
        let panic = "panicked at core/src/work.rs:10:5:\nindex out of bounds\n\nStack:\n\nError\n    at imports.wbg (http://h/l.js:2:3)\n    at lanes.wasm:wasm-function[12]:0x3f";
        assert_eq!(without_stack(panic), "panicked at core/src/work.rs:10:5: index out of bounds");
    }

    #[test]
    fn frames_of_every_browser_go() {
        let chromium = "TypeError: Failed to fetch\n    at startWorkers (http://127.0.0.1:1/snippets/w.js:56:30)\n    at http://127.0.0.1:1/a.js:1:2\n    at async Promise.all (index 0)";
        assert_eq!(without_stack(chromium), "TypeError: Failed to fetch");
        let firefox = "NetworkError\nstartWorkers@http://127.0.0.1:1/w.js:56:30\n@http://127.0.0.1:1/w.js:1:2\nl.wasm.f@http://h/l.wasm:wasm-function[3]:0x12";
        assert_eq!(without_stack(firefox), "NetworkError");
    }

    #[test]
    fn sentences_stay_as_they_are() {
        for text in [
            "at least 2 workers are needed",
            "write to a@b.org: it helps",
            "https://a.org/x did not answer within 5 ms",
        ] {
            assert_eq!(without_stack(text), text);
        }
        assert_eq!(without_stack("   at f (http://h/a.js:1:2)\n"), UNKNOWN);
        assert_eq!(without_stack(""), UNKNOWN);
    }
}

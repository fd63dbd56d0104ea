//! What the page can tell of a backend without asking: the token in its address, which is taken out, kept for the session
//! and shown to nobody; and the mark of the server.

use lanes_core::api::TOKEN_PART;
use wasm_bindgen::JsValue;

/// Where the token is kept: a reload finds it again, another tab does not.
const KEY: &str = "lanes-token";

/// What a backend writes into the page that it serves.
const MARK: &str = "meta[name='lanes-api']";

/// Parts a fragment (without its `#`) into the token, wherever it stands, and what is left.
fn split(fragment: &str) -> (Option<String>, String) {
    let mut token = None;
    let rest: Vec<&str> = fragment
        .split('&')
        .filter(|part| match part.strip_prefix(TOKEN_PART).and_then(|part| part.strip_prefix('=')) {
            Some(found) => {
                token = Some(found.to_owned()).filter(|token| !token.is_empty());
                false
            }
            None => true,
        })
        .collect();
    (token, rest.join("&"))
}

/// Whether this page was served by a backend, which marks it with `<meta name="lanes-api">`.
pub fn is_served_by_backend() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.query_selector(MARK).is_ok_and(|mark| mark.is_some()))
}

/// The token of this session, and whether it has just come by the address, from which it is removed.
pub fn take_token() -> (Option<String>, bool) {
    let Some(window) = web_sys::window() else { return (None, false) };
    let storage = window.session_storage().ok().flatten();
    let hash = window.location().hash().unwrap_or_default();
    let (found, rest) = split(hash.trim_start_matches('#'));
    let Some(token) = found else {
        return (storage.and_then(|storage| storage.get_item(KEY).ok().flatten()), false);
    };
    if let Some(storage) = storage {
        // Without storage a reload asks for the link again.
        let _ = storage.set_item(KEY, &token);
    }
    if let (Ok(history), Ok(path), Ok(search)) =
        (window.history(), window.location().pathname(), window.location().search())
    {
        let fragment = if rest.is_empty() { rest } else { format!("#{rest}") };
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&format!("{path}{search}{fragment}")));
    }
    (Some(token), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_wherever_it_stands() {
        let parted = |fragment| {
            let (token, rest) = split(fragment);
            (token.unwrap_or_default(), rest)
        };
        for (fragment, token, rest) in [
            ("", "", ""),
            ("token=abc", "abc", ""),
            ("1.(groups:!())~c0ffee&token=abc", "abc", "1.(groups:!())~c0ffee"),
            ("token=abc&1.(x)", "abc", "1.(x)"),
            ("1.(x)&r=1&token=a-b_c&s=2", "a-b_c", "1.(x)&r=1&s=2"),
            ("1.(title:'token=abc')", "", "1.(title:'token=abc')"),
            ("token=", "", ""),
            ("token", "", "token"),
        ] {
            assert_eq!(parted(fragment), (token.to_owned(), rest.to_owned()), "{fragment}");
        }
    }
}

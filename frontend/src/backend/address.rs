//! The token in the page's address: taken out, kept for the session, and shown to nobody.

use lanes_core::api::TOKEN_PART;
use wasm_bindgen::JsValue;

/// Where the token is kept: a reload finds it again, another tab does not.
const KEY: &str = "lanes-token";

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

/// Whether a host is this machine itself, as far as its name says.
fn is_loopback(host: &str) -> bool {
    let is_v4 = || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_v4()
}

/// Whether this page comes from this machine itself.
pub fn is_loopback_page() -> bool {
    let host = web_sys::window().and_then(|window| window.location().hostname().ok());
    host.is_some_and(|host| is_loopback(&host))
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

    #[test]
    fn only_this_machine_is_asked_without_a_token() {
        for host in ["127.0.0.1", "127.1.2.3", "localhost", "lanes.localhost", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.org", "localhost.example.org", "192.168.0.1", "127.0.0.1.nip.io", "128.0.0.1", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}

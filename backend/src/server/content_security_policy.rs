//! The Content-Security-Policy of everything that is served: what an answer may load, run and be shown in. It knows
//! HTML only as far as finding inline scripts takes.

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// For answers of the API and refusals: data, in which nothing is to run and which no page is to show.
pub(super) const DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// For the page's files. Its engine is WebAssembly, its threads are started from `blob:` scripts, and its scenarios may
/// ask any address that a person names; bars are as long as their `style` attribute says.
const PAGE: &str = "default-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; \
                    worker-src 'self' blob:; connect-src 'self' blob: https: http:; frame-ancestors 'none'; base-uri 'none'; \
                    object-src 'none'; form-action 'none'; script-src 'self' 'wasm-unsafe-eval'";

/// What the page itself may run besides: the line with which the sandboxed frame of its CPython begins, and the scripts that it
/// makes in there. A frame without an address goes by the policy of its page, and by a stricter one of its own.
const FRAME: &str = " blob: 'sha256-XoZZ329GoVUa/2QZtp+8HyMzaKjikssd5HDtVWkxmxk='";

/// The policy of a file of the page that holds no inline script: of all but `index.html`.
pub(super) fn of_file() -> HeaderValue {
    HeaderValue::from_static(PAGE)
}

/// The policy of an HTML page: its own inline scripts run, by their hashes, and no others.
pub(super) fn of_page(html: &str) -> HeaderValue {
    let mut policy = format!("{PAGE}{FRAME}");
    for script in inline_scripts(html) {
        policy.push_str(&format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
    }
    HeaderValue::from_str(&policy).expect("hashes in base64 stand in any header")
}

/// The texts of the inline scripts of a page.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(at) = find(rest, "<script") {
        rest = &rest[at + "<script".len()..];
        let Some((attributes, after)) = split_tag(rest) else { break };
        let Some(end) = find(after, "</script") else { break };
        if !attributes.split_whitespace().any(|word| word.to_ascii_lowercase().starts_with("src=")) {
            scripts.push(&after[..end]);
        }
        rest = &after[end..];
    }
    scripts
}

/// The attributes of a tag, and what comes after its end. A `>` in quotes does not end it.
pub(super) fn split_tag(after_name: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (i, c) in after_name.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((&after_name[..i], &after_name[i + 1..])),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// Where `tag` stands first, in whatever case.
pub(super) fn find(html: &str, tag: &str) -> Option<usize> {
    html.as_bytes().windows(tag.len()).position(|window| window.eq_ignore_ascii_case(tag.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_others_are_not() {
        let html = r#"<head><SCRIPT>one()</SCRIPT><script src="isolate.js"></script>
            <script type="module" data-x="a>b">two() < 3</script ><script defer src='x.js'></script><script>cut"#;
        assert_eq!(inline_scripts(html), ["one()", "two() < 3"]);
    }

    #[test]
    fn a_script_runs_by_its_hash() {
        let policy = of_page("<script>alert(1)</script>");
        let policy = policy.to_str().expect("text");
        // As `openssl dgst -sha256 -binary | base64` says.
        assert!(policy.ends_with(" 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "{policy}");
        assert!(of_file().to_str().is_ok_and(|policy| !policy.contains("sha256")));
    }
}

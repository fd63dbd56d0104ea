//! What both clients make of an answer that is no body: where a redirect leads, and the reason of an error. It does not
//! ask the policy, which has to be asked of where a redirect leads.

use hyper::{StatusCode, Uri};
use lanes_core::fetch::FetchError;
use url::Url;

/// Redirects that are followed.
pub(crate) const MAX_REDIRECTS: usize = 5;

/// Where a redirect of `url` leads, if an answer with this status and `Location` is one; without a fragment, which is
/// not sent.
pub(super) fn target(url: &Uri, status: StatusCode, location: Option<&[u8]>) -> Result<Option<Uri>, FetchError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let resolve = || {
        let location = std::str::from_utf8(location?).ok()?;
        let mut target = Url::parse(&url.to_string()).ok()?.join(location).ok()?;
        target.set_fragment(None);
        target.as_str().parse().ok()
    };
    resolve().map(Some).ok_or_else(|| FetchError::BadRedirect(url.to_string()))
}

/// The error of a chain of redirects that is longer than [`MAX_REDIRECTS`] and has come to `url`.
pub(super) fn too_many(url: &Uri) -> FetchError {
    FetchError::TooManyRedirects { url: url.to_string(), most: MAX_REDIRECTS }
}

/// The innermost reason of an error, the one that says something: "connection refused", the policy's sentence.
pub(super) fn innermost(mut why: &dyn std::error::Error) -> String {
    while let Some(source) = why.source() {
        why = source;
    }
    why.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_they_say() {
        let from: Uri = "https://a.example/x/y?q".parse().expect("an address");
        let to = |location: &str| {
            target(&from, StatusCode::FOUND, Some(location.as_bytes())).map(|uri| uri.map(|uri| uri.to_string()))
        };
        for (location, expected) in [
            ("http://b.example/#top", "http://b.example/"),
            ("//b.example/z", "https://b.example/z"),
            ("/z", "https://a.example/z"),
            ("z", "https://a.example/x/z"),
            ("../z/./w", "https://a.example/z/w"),
            ("?p=1", "https://a.example/x/y?p=1"),
            ("#top", "https://a.example/x/y?q"),
            ("", "https://a.example/x/y?q"),
            ("login?next=https://c.example/", "https://a.example/x/login?next=https://c.example/"),
            ("/a b", "https://a.example/a%20b"),
            ("HTTP://B.example", "http://b.example/"),
            // What the policy then refuses.
            ("mailto:a@b.example", "mailto:a@b.example"),
            // Spellings of this machine come out as the address that the policy looks at.
            ("http://2130706433/", "http://127.0.0.1/"),
            ("http://0x7f.1:8080/", "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(to(location), Ok(Some(expected.into())), "{location}");
        }
        let broken = FetchError::BadRedirect(from.to_string());
        for location in ["http://[", "http://"] {
            assert_eq!(to(location), Err(broken.clone()), "{location}");
        }
        assert_eq!(target(&from, StatusCode::FOUND, None), Err(broken.clone()));
        assert_eq!(target(&from, StatusCode::FOUND, Some(b"\xff")), Err(broken));
        assert_eq!(target(&from, StatusCode::OK, Some(b"/z")), Ok(None));
        assert_eq!(target(&from, StatusCode::NOT_MODIFIED, Some(b"/z")), Ok(None));
    }
}

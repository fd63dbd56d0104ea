//! Requests, blocking and not: where they go, what limits them, and what to say when they fail.
//!
//! Simulated answers come from a timer; the endpoint of the backend is asked like any server; a scenario's own
//! addresses go through the [`Policy`] first, redirects and resolved names included.

mod blocking;
mod event_loop;
mod policy;
mod timer;

pub(crate) use blocking::Threads;
pub(crate) use event_loop::{Client, get as get_on_loop};
pub use policy::Policy;
pub(crate) use timer::Timer;

use hyper::{StatusCode, Uri, header::HeaderValue};
use lanes_core::{
    body,
    plan::{Answer, Origin},
    scenario::limits,
};

/// Redirects that are followed.
pub(crate) const MAX_REDIRECTS: usize = 5;

/// The longest body that is taken.
pub(crate) const MAX_BODY: u64 = limits::MAX_BODY_BYTES;

/// Connections kept open to one host, at the most.
const MAX_IDLE: usize = limits::MAX_CONCURRENCY as usize;

/// Where requests go.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Network {
    /// Who is asked by `"from": "server"`.
    pub(crate) server: Option<ServerLink>,
    /// Whether a scenario's own addresses may be private ones.
    pub(crate) allow_private: bool,
}

/// A server of Lanes, as the link says that it prints: `http://127.0.0.1:8080/#token=…`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServerLink {
    /// Its address, with a slash at the end: `api/…` is below it.
    pub base: String,
    /// What lets us in, where the link has it.
    pub token: Option<String>,
}

impl ServerLink {
    /// The server that a link leads to.
    #[must_use]
    pub fn read(link: &str) -> Self {
        let (address, fragment) = link.split_once('#').unwrap_or((link, ""));
        let mut parts = fragment.split('&').filter_map(|part| part.split_once('='));
        let token = parts.find(|(name, _)| *name == lanes_core::api::TOKEN_PART).map(|(_, token)| token.to_owned());
        Self { base: format!("{}/", address.trim_end_matches('/')), token }
    }

    /// The header field that lets us in.
    fn authorization(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("Bearer {}", self.token.as_ref()?)).ok()
    }
}

/// How a fetch is to be made.
pub(crate) enum Road {
    /// Wait and make the body on the spot.
    Timer(Answer),
    /// Ask the backend's endpoint, which is no stranger.
    Own(Uri),
    /// Ask this address, if the policy lets us.
    Foreign(Uri),
}

impl Network {
    pub(crate) fn road(&self, origin: &Origin<'_>) -> Result<Road, String> {
        match origin {
            Origin::Simulated(answer) => Ok(Road::Timer(*answer)),
            Origin::Server(answer) => {
                let ServerLink { base, .. } = self.server.as_ref().ok_or(
                    "the scenario asks the server of Lanes, and none is known here: run it in the page of lanes serve, \
                     give the link that lanes serve prints as --server, or use simulated answers",
                )?;
                let ms = answer.latency_us as f64 / 1000.0;
                let url = format!("{base}api/body?ms={ms}&bytes={}&seed={}", answer.bytes, answer.seed);
                url.parse().map(Road::Own).map_err(|_| not_an_address(&url))
            }
            Origin::Url(url) => {
                let uri: Uri = url.parse().map_err(|_| not_an_address(url))?;
                self.policy().check(&uri)?;
                Ok(Road::Foreign(uri))
            }
        }
    }

    fn authorization(&self) -> Option<HeaderValue> {
        self.server.as_ref().and_then(ServerLink::authorization)
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy { allow_private: self.allow_private }
    }
}

pub(crate) fn make_body(answer: &Answer, into: &mut Vec<u8>) {
    into.resize(answer.bytes as usize, 0);
    body::fill(answer.seed, into);
}

/// Where a redirect of `url` leads, if this is one.
fn redirect(url: &Uri, status: StatusCode, location: Option<&[u8]>) -> Result<Option<Uri>, String> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let broken = || format!("{url} redirects to what is no address");
    let location = location.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(broken)?;
    let scheme = url.scheme_str().unwrap_or("http");
    let authority = url.authority().map_or("", hyper::http::uri::Authority::as_str);
    let target = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.contains("://") {
        location.to_owned()
    } else {
        let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    target.split('#').next().unwrap_or_default().parse().map(Some).map_err(|_| broken())
}

fn too_many_redirects(url: &Uri) -> String {
    format!("{url} redirects more than {MAX_REDIRECTS} times")
}

fn not_an_address(url: &str) -> String {
    format!("{url} is not an address that can be asked; check how it is written")
}

fn bad_status(url: &Uri, status: StatusCode) -> String {
    let status = status.as_u16();
    let meaning = match status {
        404 => ": there is no such page",
        401 | 403 => {
            ": it wants a permission that Lanes does not have (of lanes serve: the whole link that it printed)"
        }
        429 => ": it wants fewer requests; lower the concurrency",
        500..=599 => ": the server failed",
        _ => "",
    };
    format!("{url} answered {status}{meaning}")
}

fn no_answer(url: &Uri, why: &dyn std::error::Error) -> String {
    // The innermost reason is the one that says something: "connection refused", the policy's sentence.
    let mut inner = why;
    while let Some(source) = inner.source() {
        inner = source;
    }
    format!("{url} gave no answer: {inner}")
}

fn too_long(url: &Uri) -> String {
    format!("{url} answered with more than {} MiB, the most that is taken", MAX_BODY >> 20)
}

fn timed_out(url: &Uri, timeout_ms: u32) -> String {
    format!("{url} did not answer within {timeout_ms} ms (timeout_ms); raise the limit or leave the address out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_link() {
        let read = |link| {
            let ServerLink { base, token } = ServerLink::read(link);
            (base, token.unwrap_or_default())
        };
        assert_eq!(read("http://127.0.0.1:8080/#token=abc"), ("http://127.0.0.1:8080/".into(), "abc".into()));
        assert_eq!(read("http://127.0.0.1:8080"), ("http://127.0.0.1:8080/".into(), String::new()));
        assert_eq!(read("http://[::1]:1/x/#1.(a)&token=abc").1, "abc");
    }

    #[test]
    fn redirects_lead_where_they_say() {
        let from: Uri = "https://a.example/x/y?q".parse().expect("an address");
        let to = |location: &str| {
            redirect(&from, StatusCode::FOUND, Some(location.as_bytes())).map(|uri| uri.map(|uri| uri.to_string()))
        };
        assert_eq!(to("http://b.example/#top"), Ok(Some("http://b.example/".into())));
        assert_eq!(to("//b.example/z"), Ok(Some("https://b.example/z".into())));
        assert_eq!(to("/z"), Ok(Some("https://a.example/z".into())));
        assert_eq!(to("z"), Ok(Some("https://a.example/x/z".into())));
        assert!(to("http://[").is_err());
        assert_eq!(redirect(&from, StatusCode::OK, None), Ok(None));
    }
}

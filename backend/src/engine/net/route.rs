//! Where a fetch goes: to a timer, to the server of Lanes, or to an address of the scenario's own, if the policy allows
//! it. It sends nothing.

use hyper::{Uri, header::HeaderValue};
use lanes_core::{
    fetch::{FetchError, Simulated},
    plan::{FetchAction, Origin},
    scenario::NotInPlace,
};

use super::policy::Policy;

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
pub(super) enum Route {
    /// Wait and make the body on the spot.
    Timer(Simulated),
    /// Ask the backend's endpoint, which is no stranger and redirects nowhere.
    Own(Uri),
    /// Ask this address, which the policy allows; ask it of every redirect too.
    Foreign(Uri),
}

impl Network {
    /// How this fetch is to be made. `limits` is what the backend's endpoint is told of those it is to have
    /// ([`lanes_core::scenario::Server::query`]).
    pub(super) fn route(&self, action: &FetchAction<'_>, limits: &str) -> Result<Route, FetchError> {
        match action.origin {
            Origin::Simulated(answer) => {
                Ok(Route::Timer(Simulated::new(answer, action.timeout_ms).as_attempt(action.attempt)))
            }
            Origin::Server(answer) => {
                let ServerLink { base, .. } = self.server.as_ref().ok_or(FetchError::NoServer)?;
                let ms = answer.latency_us as f64 / 1000.0;
                let url = format!("{base}api/body?ms={ms}&bytes={}&seed={}{limits}", answer.bytes, answer.seed);
                url.parse().map(Route::Own).map_err(|_| FetchError::NotAnAddress(url))
            }
            Origin::Page(_) => Err(NotInPlace::Page.into()),
            Origin::Url(url) => {
                let uri: Uri = url.parse().map_err(|_| FetchError::NotAnAddress(url.to_owned()))?;
                self.policy().check(&uri)?;
                Ok(Route::Foreign(uri))
            }
        }
    }

    /// What lets us into the server of Lanes.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.server.as_ref().and_then(ServerLink::authorization)
    }

    /// Where a scenario's own addresses may lead.
    pub(crate) fn policy(&self) -> Policy {
        Policy { allow_private: self.allow_private }
    }
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
}

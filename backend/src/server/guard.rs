//! Who may ask: checked before any handler sees a request.
//!
//! The server listens on this machine only, but every page that its user looks at may send requests there. So:
//!
//! | header | must be | or else |
//! | --- | --- | --- |
//! | `Host`, once | a name of this machine | a name that was rebound to 127.0.0.1 would be let in |
//! | `X-Forwarded-Host` | likewise, each of them | Trunk's proxy hides a rebound name there |
//! | `Origin` | the very host that is asked, or absent | another site could start runs |
//! | `Sec-Fetch-Site` | `same-origin`, `none` or absent | likewise, where a browser sends no `Origin` |
//! | `Authorization` | the token | another program of another user of this machine could |
//!
//! The page itself (its files) needs the first two only: it is no secret, and people follow links to it.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, Uri, header, uri::Authority};

use super::{refusal::Refusal, token::Token};

const FORWARDED_HOST: &str = "x-forwarded-host";
const FETCH_SITE: &str = "sec-fetch-site";

/// Knows who may ask.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    token: Token,
}

impl Guard {
    pub(super) fn new(token: Token) -> Self {
        Self { token }
    }

    /// Whether a file of the page may be sent.
    pub(super) fn page(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        hosts(uri, headers).map(drop)
    }

    /// Whether the API may be used.
    pub(super) fn api(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let hosts = hosts(uri, headers)?;
        for origin in headers.get_all(header::ORIGIN) {
            let own = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
            if !own.is_some_and(|own| hosts.iter().any(|host| host.eq_ignore_ascii_case(own))) {
                return Err(forbidden(&format!("the origin {origin:?} is another site; only Lanes' own page may ask")));
            }
        }
        for site in headers.get_all(FETCH_SITE) {
            if !matches!(site.as_bytes(), b"same-origin" | b"none") {
                return Err(forbidden("another site's page sent this; only Lanes' own page may ask"));
            }
        }
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        match (given.next().map(|value| value.to_str().unwrap_or_default()), given.next()) {
            (Some(value), None) => match value.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && self.token.is(token.trim()) => Ok(()),
                _ => Err(Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "the token is not this server's; open the link that lanes serve printed last",
                )),
            },
            _ => {
                Err(Refusal::new(StatusCode::UNAUTHORIZED, "a token is needed; open the link that lanes serve printed"))
            }
        }
    }
}

/// The hosts that a request was meant for, all of them this machine.
fn hosts<'h>(uri: &'h Uri, headers: &'h HeaderMap) -> Result<Vec<&'h str>, Refusal> {
    let mut named = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "exactly one Host header is needed"));
    };
    let forwarded = headers.get_all(FORWARDED_HOST).iter();
    let texts = std::iter::once(host).chain(forwarded).map(|value| value.to_str().unwrap_or("?"));
    let mut hosts: Vec<&str> = texts.flat_map(|text| text.split(',')).map(str::trim).collect();
    hosts.extend(uri.authority().map(Authority::as_str));
    match hosts.iter().find(|host| !is_this_machine(host)) {
        None => Ok(hosts),
        Some(host) => Err(forbidden(&format!("{host:?} is no name of this machine; open http://127.0.0.1 instead"))),
    }
}

/// Whether an authority is this machine, by a name that nobody else can give it.
fn is_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host();
    let is_bare = !authority.as_str().contains('@');
    // An address cannot be rebound to another one; of the names only this one is always this machine.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_bare && literal.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

fn forbidden(why: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, why)
}

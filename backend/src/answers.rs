//! What answers a function of the user's own that asks `LANES_ANSWERS`: on this machine what https://answers.test/ is in the page,
//! so that the same program runs in both. It holds nothing and tells nobody anything, so it wants no token.

use std::{io, net, sync::OnceLock, thread, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::Query,
    http::{HeaderName, StatusCode, header},
    routing::get,
};
use lanes_core::{body, scenario::limits};
use serde::Deserialize;

/// The variable that says where.
pub(crate) const VARIABLE: &str = "LANES_ANSWERS";

/// What is asked for; as `frontend/pyodide/network.js` reads it.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    ms: f64,
    bytes: u32,
    seed: u32,
    status: u16,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { ms: 0.0, bytes: 0, seed: 0, status: 200 }
    }
}

/// The address, with a slash at its end, for as long as this process lives; it is there from when it is first asked for.
/// `None` where nobody can be listened to.
pub(crate) fn address() -> Option<&'static str> {
    static ADDRESS: OnceLock<Option<String>> = OnceLock::new();
    ADDRESS.get_or_init(|| start().ok()).as_deref()
}

fn start() -> io::Result<String> {
    let listener = net::TcpListener::bind((net::Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("answers".into()).spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().route("/", get(answer))).await
        })
    })?;
    Ok(address)
}

type Answer = (StatusCode, [(HeaderName, &'static str); 2], Bytes);

async fn answer(Query(wanted): Query<Wanted>) -> Result<Answer, (StatusCode, String)> {
    let bad = |why: String| (StatusCode::BAD_REQUEST, why);
    if !(0.0..=limits::MAX_LATENCY_MS).contains(&wanted.ms) {
        return Err(bad(format!("ms: from 0 to {}", limits::MAX_LATENCY_MS)));
    }
    if u64::from(wanted.bytes) > limits::MAX_BODY_BYTES {
        return Err(bad(format!("bytes: at most {}", limits::MAX_BODY_BYTES)));
    }
    let status = StatusCode::from_u16(wanted.status).ok().filter(|status| status.as_u16() >= 200);
    let status = status.ok_or_else(|| bad("status: from 200 to 599".into()))?;
    tokio::time::sleep(Duration::from_secs_f64(wanted.ms / 1e3)).await;
    let mut bytes = vec![0; wanted.bytes as usize];
    body::fill(wanted.seed, &mut bytes);
    Ok((status, [(header::CONTENT_TYPE, "text/plain"), (header::CACHE_CONTROL, "no-store")], bytes.into()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn ask(query: &str) -> String {
        let address = address().expect("a free port");
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = net::TcpStream::connect(host).expect("it listens");
        write!(stream, "GET /?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }

    #[test]
    fn it_answers_as_the_page_does() {
        let mut body = vec![0; 40];
        body::fill(7, &mut body);
        let said = ask("ms=1&bytes=40&seed=7");
        assert!(
            said.starts_with("HTTP/1.1 200") && said.ends_with(std::str::from_utf8(&body).expect("text")),
            "{said}"
        );
        assert!(ask("status=503").starts_with("HTTP/1.1 503"));
        for query in ["ms=1e9", "bytes=999999999", "status=100", "file=x"] {
            assert!(ask(query).starts_with("HTTP/1.1 400"), "{query}");
        }
    }
}

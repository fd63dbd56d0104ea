//! Requests, blocking and not.
//!
//! A blocking fetch is a synchronous `XMLHttpRequest`, which is legal in a worker and reaches the service worker. An
//! asynchronous one is `gloo-net`. Both answer a failure with one sentence that says which address, and what to do.

use std::time::Duration;

use futures::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    body,
    plan::{Answer, FetchAction, Origin},
    run::world::StepError,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, XmlHttpRequest, XmlHttpRequestResponseType};

use super::world::{Network, unreadable};

/// How a fetch is to be made.
enum Road {
    /// Ask this address; with this token, which is the backend's alone.
    Url(String, Option<String>),
    /// Wait and make the body on the spot: there is no service worker.
    Timer(Answer),
}

fn road(network: &Network, origin: &Origin<'_>) -> Road {
    let address = |path: &str, answer: &Answer| {
        let ms = answer.latency_us as f64 / 1000.0;
        format!("{}{path}?ms={ms}&bytes={}&seed={}", network.base, answer.bytes, answer.seed)
    };
    match origin {
        Origin::Simulated(answer) if network.service_worker => Road::Url(address("sim/body", answer), None),
        Origin::Simulated(answer) => Road::Timer(*answer),
        Origin::Server(answer) => Road::Url(address("api/body", answer), network.token.clone()),
        Origin::Url(url) => Road::Url((*url).to_owned(), None),
    }
}

/// Fetches into `into` and blocks until it is there.
///
/// # Errors
/// One sentence on what went wrong.
pub fn fetch_blocking(network: &Network, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Result<(), String> {
    match road(network, &action.origin) {
        Road::Url(url, token) => get_blocking(&url, token.as_deref(), action.timeout_ms, into),
        Road::Timer(answer) => {
            #[allow(clippy::disallowed_methods, reason = "only workers come here, and they may wait")]
            std::thread::sleep(Duration::from_micros(answer.latency_us));
            make_body(&answer, into);
            Ok(())
        }
    }
}

/// Reads a `blob:` address and blocks until it is there.
///
/// # Errors
/// When the file behind it is not what it was.
pub fn read_blocking(url: &str, into: &mut Vec<u8>) -> Result<(), StepError> {
    get_blocking(url, None, 0, into).map_err(|_| unreadable(&JsValue::UNDEFINED))
}

/// The value of the header that bears a token.
fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn get_blocking(url: &str, token: Option<&str>, timeout_ms: u32, into: &mut Vec<u8>) -> Result<(), String> {
    let trouble = |_: JsValue| no_answer(url);
    let request = XmlHttpRequest::new().map_err(trouble)?;
    request.open_with_async("GET", url, false).map_err(|_| not_an_address(url))?;
    if let Some(token) = token {
        request.set_request_header("Authorization", &bearer(token)).map_err(trouble)?;
    }
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    request.set_timeout(timeout_ms);
    request.send().map_err(|error| {
        let name = js_sys::Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        if name.as_deref() == Some("TimeoutError") { timed_out(url, timeout_ms) } else { no_answer(url) }
    })?;
    let status = request.status().map_err(trouble)?;
    if !(200..300).contains(&status) {
        return Err(bad_status(url, status));
    }
    let answer = request.response().map_err(trouble)?;
    let bytes = js_sys::Uint8Array::new(&answer);
    into.resize(bytes.length() as usize, 0);
    bytes.copy_to(into);
    Ok(())
}

/// Fetches without blocking.
///
/// # Errors
/// One sentence on what went wrong.
pub async fn fetch(network: &Network, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Result<(), String> {
    match road(network, &action.origin) {
        Road::Url(url, token) => get(&url, token.as_deref(), action.timeout_ms, into).await,
        Road::Timer(answer) => {
            TimeoutFuture::new((answer.latency_us as f64 / 1000.0).round() as u32).await;
            make_body(&answer, into);
            Ok(())
        }
    }
}

/// Reads a `blob:` address without blocking.
///
/// # Errors
/// When the file behind it is not what it was.
pub async fn read(url: &str, into: &mut Vec<u8>) -> Result<(), StepError> {
    let answer = Request::get(url).send().await.map_err(|_| unreadable(&JsValue::UNDEFINED))?;
    *into = answer.binary().await.map_err(|_| unreadable(&JsValue::UNDEFINED))?;
    Ok(())
}

async fn get(url: &str, token: Option<&str>, timeout_ms: u32, into: &mut Vec<u8>) -> Result<(), String> {
    // The body counts too: a server may send its head and then nothing.
    let controller = AbortController::new().map_err(|_| no_answer(url))?;
    let answer = async {
        let mut request: RequestBuilder = Request::get(url).abort_signal(Some(&controller.signal()));
        if let Some(token) = token {
            request = request.header("Authorization", &bearer(token));
        }
        let answer = request.send().await.map_err(|_| no_answer(url))?;
        if !answer.ok() {
            return Err(bad_status(url, answer.status()));
        }
        answer.binary().await.map_err(|_| broken_off(url))
    };
    futures::pin_mut!(answer);
    match select(answer, TimeoutFuture::new(timeout_ms)).await {
        Either::Left((answer, _)) => {
            *into = answer?;
            Ok(())
        }
        Either::Right(_) => {
            controller.abort();
            Err(timed_out(url, timeout_ms))
        }
    }
}

fn make_body(answer: &Answer, into: &mut Vec<u8>) {
    into.resize(answer.bytes as usize, 0);
    body::fill(answer.seed, into);
}

/// Whether an address is the page's own, where permission of other sites does not come into it.
fn is_own(url: &str) -> bool {
    let own = js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>().location().origin();
    url.starts_with(&own)
}

fn no_answer(url: &str) -> String {
    if is_own(url) {
        return format!("{url} did not answer: is the server that served this page still running?");
    }
    format!(
        "{url} gave no answer that a page may read. Either nothing answers there, or it does not allow other sites to read it \
         (CORS); the browser does not tell which. Open the address in a tab: if it shows, it is CORS, and the server would \
         have to send Access-Control-Allow-Origin"
    )
}

fn not_an_address(url: &str) -> String {
    format!("{url} is not an address that can be asked; check how it is written")
}

fn bad_status(url: &str, status: u16) -> String {
    let meaning = match status {
        404 => ": there is no such page",
        401 | 403 => ": it wants a permission that Lanes does not have",
        429 => ": it wants fewer requests; lower the concurrency",
        500..=599 => ": the server failed",
        _ => "",
    };
    format!("{url} answered {status}{meaning}")
}

fn broken_off(url: &str) -> String {
    format!("{url} broke off in the middle of its answer")
}

fn timed_out(url: &str, timeout_ms: u32) -> String {
    format!("{url} did not answer within {timeout_ms} ms (timeout_ms); raise the limit or leave the address out")
}

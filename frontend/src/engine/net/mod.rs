//! Requests, blocking and not.
//!
//! A simulated answer is waited for and made on the spot, as natively: an event loop waits by its [`Timer`], everybody else
//! blocks (`memory.atomic.wait32` with a time-out, which needs no isolation: the memory of every worker is a shared one).
//!
//! A real request that blocks is a synchronous `XMLHttpRequest`, which is legal in a worker and reaches the service
//! worker; on an event loop it is `gloo-net`. It knows nothing of runs or of what is recorded.

mod server_state;
mod timer;

use std::time::Duration;

use futures::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    fetch::{Arrival, FetchError, MAX_BODY_BYTES, Simulated},
    plan::{Answer, FetchAction, Origin},
    run::world::StepError,
    server::Simulation,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, XmlHttpRequest, XmlHttpRequestResponseType};

pub use self::{
    server_state::{ServerState, SharedState},
    timer::Timer,
};
use super::clock::{Clock, epoch_ms};

/// The longest that a blocked worker does not look whether the run was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Where requests go.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Network {
    /// The page's own address, with a slash at the end: `sim/…` and `api/…` are below it.
    pub base: String,
    /// Whether a service worker answers `sim/…`.
    pub service_worker: bool,
    /// What the backend wants to hear with every request to `api/…`; nobody else hears it.
    pub token: Option<String>,
}

/// How a fetch is to be made.
enum Route {
    /// Wait and make the body on the spot.
    Timer(Simulated),
    /// Ask this address; with this token, which is the backend's alone.
    Url(String, Option<String>),
}

impl Network {
    /// `limits` is what the backend's endpoint is told of those it is to have ([`lanes_core::scenario::Server::query`]).
    fn route(&self, action: &FetchAction<'_>, limits: &str) -> Result<Route, FetchError> {
        let address = |path: &str, answer: &Answer| {
            let ms = answer.latency_us as f64 / 1000.0;
            format!("{}{path}?ms={ms}&bytes={}&seed={}", self.base, answer.bytes, answer.seed)
        };
        Ok(match &action.origin {
            Origin::Simulated(answer) => {
                Route::Timer(Simulated::new(*answer, action.timeout_ms).as_attempt(action.attempt))
            }
            Origin::Server(answer) => Route::Url(address("api/body", answer) + limits, self.token.clone()),
            Origin::Page(_) if !self.service_worker => return Err(FetchError::NoServiceWorker),
            Origin::Page(answer) => Route::Url(address("sim/body", answer), None),
            Origin::Url(url) => Route::Url((*url).to_owned(), None),
        })
    }
}

/// Fetches into `into` and blocks until it is there; simulated answers come from this server. For workers; the page may not
/// block.
///
/// # Errors
/// Why there is no body.
pub fn fetch_blocking(
    (network, server): (&Network, &Simulation<ServerState>),
    action: &FetchAction<'_>,
    clock: Clock,
    is_cancelled: impl Fn() -> bool,
    into: &mut Vec<u8>,
) -> Result<(), FetchError> {
    match network.route(action, &server.server().query(|| clock.run_name()))? {
        Route::Timer(fetch) => {
            let mut exchange = server.begin(fetch);
            // When cancelled, what is made of it does not matter.
            while let Some(wait) = exchange.wait(|| clock.now_ns()).filter(|_| !is_cancelled()) {
                sleep_blocking(wait, &is_cancelled);
            }
            exchange.end(into)
        }
        Route::Url(url, token) => get_blocking(&url, token.as_deref(), action.timeout_ms, into),
    }
}

/// Blocks this worker for so long, or until the run is cancelled.
pub fn sleep_blocking(time: Duration, is_cancelled: impl Fn() -> bool) {
    let until_ms = epoch_ms() + time.as_secs_f64() * 1000.0;
    while !is_cancelled() {
        let left_ms = until_ms - epoch_ms();
        if left_ms <= 0.0 {
            break;
        }
        #[allow(clippy::disallowed_methods, reason = "only workers come here, and they may wait")]
        std::thread::sleep(LOOK_EVERY.min(Duration::from_secs_f64(left_ms / 1000.0)));
    }
}

/// Fetches into `into` without blocking; simulated answers come from this server. Of a simulated answer it is known when
/// it was there; of a real one it is not.
///
/// # Errors
/// Why there is no body.
pub async fn fetch(
    (network, server): (&Network, &Simulation<ServerState>),
    clock: Clock,
    timer: &Timer,
    action: &FetchAction<'_>,
    into: &mut Vec<u8>,
) -> (Result<(), FetchError>, Option<Arrival>) {
    match network.route(action, &server.server().query(|| clock.run_name())) {
        Ok(Route::Timer(fetch)) => {
            let (mut exchange, mut arrival) = (server.begin(fetch), None);
            while let Some(wait) = exchange.wait(|| clock.now_ns()) {
                arrival = Some(timer.sleep(wait).await);
            }
            (exchange.end(into), arrival)
        }
        Ok(Route::Url(url, token)) => (get(&url, token.as_deref(), action.timeout_ms, into).await, None),
        Err(why) => (Err(why), None),
    }
}

/// Reads a `blob:` address and blocks until it is there.
///
/// # Errors
/// When the file behind it is not what it was.
pub fn read_blocking(url: &str, into: &mut Vec<u8>) -> Result<(), StepError> {
    request_blocking(url, None, 0)
        .and_then(|answer| take(url, &answer, u32::MAX, into))
        .map_err(|_| unreadable(&JsValue::UNDEFINED))
}

/// What to say of a file that cannot be read.
#[must_use]
pub fn unreadable(error: &JsValue) -> StepError {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    StepError::Unreadable(name.unwrap_or_else(|| "the browser does not say why".into()))
}

/// The value of the header that bears a token.
fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn get_blocking(url: &str, token: Option<&str>, timeout_ms: u32, into: &mut Vec<u8>) -> Result<(), FetchError> {
    take(url, &request_blocking(url, token, timeout_ms)?, MAX_BODY_BYTES as u32, into)
}

/// The answer's body, as an `ArrayBuffer`. No time-out is 0.
fn request_blocking(url: &str, token: Option<&str>, timeout_ms: u32) -> Result<JsValue, FetchError> {
    let trouble = |_: JsValue| no_answer(url);
    let request = XmlHttpRequest::new().map_err(trouble)?;
    request.open_with_async("GET", url, false).map_err(|_| FetchError::NotAnAddress(url.to_owned()))?;
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
        return Err(FetchError::Status { url: url.to_owned(), status });
    }
    request.response().map_err(trouble)
}

/// Copies an `ArrayBuffer` of at most `most` bytes into this worker's memory.
fn take(url: &str, buffer: &JsValue, most: u32, into: &mut Vec<u8>) -> Result<(), FetchError> {
    let bytes = js_sys::Uint8Array::new(buffer);
    if bytes.length() > most {
        return Err(FetchError::TooLong(url.to_owned()));
    }
    into.resize(bytes.length() as usize, 0);
    bytes.copy_to(into);
    Ok(())
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

async fn get(url: &str, token: Option<&str>, timeout_ms: u32, into: &mut Vec<u8>) -> Result<(), FetchError> {
    // The body counts too: a server may send its head and then nothing.
    let controller = AbortController::new().map_err(|_| no_answer(url))?;
    let answer = async {
        let mut request: RequestBuilder = Request::get(url).abort_signal(Some(&controller.signal()));
        if let Some(token) = token {
            request = request.header("Authorization", &bearer(token));
        }
        let answer = request.send().await.map_err(|_| no_answer(url))?;
        if !answer.ok() {
            return Err(FetchError::Status { url: url.to_owned(), status: answer.status() });
        }
        let broken_off = |_: JsValue| FetchError::BrokenOff(url.to_owned());
        let answer: web_sys::Response = answer.into();
        JsFuture::from(answer.array_buffer().map_err(broken_off)?).await.map_err(broken_off)
    };
    futures::pin_mut!(answer);
    match select(answer, TimeoutFuture::new(timeout_ms)).await {
        Either::Left((answer, _)) => take(url, &answer?, MAX_BODY_BYTES as u32, into),
        Either::Right(_) => {
            controller.abort();
            Err(timed_out(url, timeout_ms))
        }
    }
}

/// Whether `url` is below the page's own `origin`, where permission of other sites does not come into it.
fn is_own(url: &str, origin: &str) -> bool {
    url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// A browser does not tell why there was no answer.
fn no_answer(url: &str) -> FetchError {
    let origin = js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>().location().origin();
    if is_own(url, &origin) { FetchError::OwnServer(url.to_owned()) } else { FetchError::NotReadable(url.to_owned()) }
}

fn timed_out(url: &str, timeout_ms: u32) -> FetchError {
    FetchError::Timeout { url: url.to_owned(), timeout_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_port_is_another_site() {
        assert!(is_own("http://localhost/api/body?ms=1", "http://localhost"));
        assert!(!is_own("http://localhost:8080/", "http://localhost"));
        assert!(!is_own("http://localhost.example/", "http://localhost"));
    }
}

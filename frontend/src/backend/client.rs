//! Requests to the backend, with its token, and what can come of them.

use futures::future::{Either, select};
use gloo_net::http::{Method, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use lanes_core::api::{self, Clock, FRAMES, Hello, Refusal, RunRequest, Stored};
use serde::{Deserialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;
use web_sys::AbortController;

use super::clock::{self, ClockOffset, SAMPLES, Sample};
use crate::engine::epoch_ms;

/// How long the backend may take to answer a question, in milliseconds. Its first hello looks for interpreters.
const TIMEOUT_MS: u32 = 10_000;

/// How long one sample of the clock may take, in milliseconds.
const CLOCK_TIMEOUT_MS: u32 = 500;

/// How long taking a file may take, in milliseconds: some are large, but the way is short.
const FILE_TIMEOUT_MS: u32 = 600_000;

/// What speaks to the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    base: String,
    token: Option<String>,
}

/// Why there is no answer to work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The backend refuses.
    #[error("{why}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// Its sentence.
        why: String,
    },
    /// A backend of another version of the API, as the number says.
    #[error(
        "the local backend speaks version {theirs} of the API, and this page speaks version {}: {}",
        api::VERSION,
        what_to_update(*theirs)
    )]
    Version {
        /// Its version.
        theirs: u32,
    },
    /// Something answers that is no backend, with this status.
    #[error("what answers there ({0}) is no backend of Lanes")]
    NotLanes(u16),
    /// Nobody answers, or no longer; the sentence says how.
    #[error("{0}")]
    Unreachable(String),
}

impl ClientError {
    /// Whether the backend is not there (any more), in contrast to having said no.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NotLanes(_) | Self::Unreachable(_))
    }
}

/// Which side of a pair of versions is the old one, and what to do.
fn what_to_update(lanes_api: u32) -> &'static str {
    if lanes_api < api::VERSION {
        "update the backend, and start it again"
    } else {
        "reload the page, so that both are of the same build"
    }
}

/// Ends a request when it is dropped, unless it was let go.
#[derive(Debug)]
pub struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// The request is over: there is nothing to end.
    pub fn release(&mut self) {
        self.0 = None;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Client {
    /// A client for the page at `base`, which has a slash at its end.
    #[must_use]
    pub fn new(base: String, token: Option<String>) -> Self {
        Self { base, token }
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Who is there.
    pub async fn hello(&self) -> Result<Hello, ClientError> {
        let text = self.text(Method::GET, "", JsValue::UNDEFINED, TIMEOUT_MS).await?;
        read_hello(&text)
    }

    /// How far the backend's clock is from the page's; `None` when it does not say.
    pub async fn clock_offset(&self) -> Option<ClockOffset> {
        let mut samples = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let sent_us = epoch_ms() * 1e3;
            let Ok(text) = self.text(Method::GET, "clock", JsValue::UNDEFINED, CLOCK_TIMEOUT_MS).await else { break };
            let received_us = epoch_ms() * 1e3;
            let Ok(clock) = serde_json::from_str::<Clock>(&text) else { break };
            samples.push(Sample { sent_us, server_us: clock.epoch_us as f64, received_us });
        }
        clock::offset(&samples)
    }

    /// Uploads the user's file. Ends when it is dropped.
    pub async fn put_file(&self, file: &web_sys::File) -> Result<Stored, ClientError> {
        self.json(Method::PUT, "file", file.into(), FILE_TIMEOUT_MS).await
    }

    /// Starts a run; its stream ends, and with it the run, when the second thing is dropped.
    pub async fn run(&self, request: &RunRequest) -> Result<(Response, AbortOnDrop), ClientError> {
        let json = serde_json::to_string(request).unwrap_or_default();
        self.send(Method::POST, "runs", JsValue::from_str(&json), TIMEOUT_MS).await
    }

    /// Asks for the end of a run.
    pub async fn cancel(&self, id: u64) -> Result<(), ClientError> {
        self.send(Method::POST, &format!("runs/{id}/cancel"), JsValue::UNDEFINED, TIMEOUT_MS).await.map(release)
    }

    /// Kills a worker of a run.
    pub async fn kill(&self, id: u64, worker: u16) -> Result<(), ClientError> {
        let path = format!("runs/{id}/workers/{worker}/kill");
        self.send(Method::POST, &path, JsValue::UNDEFINED, TIMEOUT_MS).await.map(release)
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: JsValue,
        timeout_ms: u32,
    ) -> Result<T, ClientError> {
        let text = self.text(method, path, body, timeout_ms).await?;
        serde_json::from_str(&text).map_err(|_| ClientError::NotLanes(200))
    }

    async fn text(&self, method: Method, path: &str, body: JsValue, timeout_ms: u32) -> Result<String, ClientError> {
        let (answer, mut abort) = self.send(method, path, body, timeout_ms).await?;
        let text = within(timeout_ms, async { answer.text().await.map_err(|_| nobody()) }).await?;
        abort.release();
        Ok(text)
    }

    /// Sends a request and waits for the head of its answer; an answer that is no success is an error.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: JsValue,
        timeout_ms: u32,
    ) -> Result<(Response, AbortOnDrop), ClientError> {
        let mut abort = AbortOnDrop::new();
        let signal = abort.0.as_ref().map(AbortController::signal);
        let mut request = RequestBuilder::new(&format!("{}api/{path}", self.base))
            .method(method)
            .cache(web_sys::RequestCache::NoStore)
            .abort_signal(signal.as_ref());
        if let Some(token) = &self.token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        if path == "runs" {
            request = request.header("Accept", FRAMES);
        }
        if body.is_string() {
            request = request.header("Content-Type", "application/json");
        }
        let request = if body.is_undefined() { request.build() } else { request.body(body) };
        let request = request.map_err(|error| ClientError::Unreachable(error.to_string()))?;
        let answer = within(timeout_ms, async { request.send().await.map_err(|_| nobody()) }).await?;
        if answer.ok() {
            return Ok((answer, abort));
        }
        let text = within(timeout_ms, async { answer.text().await.map_err(|_| nobody()) }).await?;
        abort.release();
        Err(read_refusal(answer.status(), &text))
    }
}

fn release((_, mut abort): (Response, AbortOnDrop)) {
    abort.release();
}

async fn within<T>(ms: u32, work: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    futures::pin_mut!(work);
    match select(work, TimeoutFuture::new(ms)).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(ClientError::Unreachable(format!("it did not answer within {ms} ms"))),
    }
}

fn nobody() -> ClientError {
    ClientError::Unreachable("nobody answers there".into())
}

/// What all versions of the API have in common.
#[derive(Deserialize)]
struct Version {
    lanes_api: u32,
}

fn read_hello(text: &str) -> Result<Hello, ClientError> {
    let Ok(Version { lanes_api }) = serde_json::from_str(text) else { return Err(ClientError::NotLanes(200)) };
    if lanes_api != api::VERSION {
        return Err(ClientError::Version { theirs: lanes_api });
    }
    // Of the same version and not readable: a build in between.
    serde_json::from_str(text).map_err(|_| ClientError::Version { theirs: lanes_api })
}

fn read_refusal(status: u16, text: &str) -> ClientError {
    let Ok(Version { lanes_api }) = serde_json::from_str(text) else { return ClientError::NotLanes(status) };
    match serde_json::from_str::<Refusal>(text) {
        Ok(refusal) => {
            let why = if refusal.problems.is_empty() {
                refusal.error
            } else {
                format!("{}: {}", refusal.error, refusal.problems.join("; "))
            };
            ClientError::Refused { status, why }
        }
        Err(_) => ClientError::Version { theirs: lanes_api },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_told_from_whatever_else_answers() {
        for text in ["", "<html>", "null", "{}", r#"{"error":"not found"}"#, r#"{"lanes_api":"1"}"#] {
            assert!(read_hello(text).expect_err("no backend").is_absence(), "{text}");
            assert!(read_refusal(404, text).is_absence(), "{text}");
        }
        let refusal = r#"{"lanes_api":1,"error":"no token","problems":["workers: too many"]}"#;
        let why = "no token: workers: too many".to_owned();
        assert_eq!(read_refusal(401, refusal), ClientError::Refused { status: 401, why });
    }

    #[test]
    fn another_version_says_which_side_to_renew() {
        let older = read_hello(r#"{"lanes_api":0}"#).expect_err("older");
        assert!(older.to_string().contains("update the backend"), "{older:?}");
        let newer = read_hello(r#"{"lanes_api":99,"more":true}"#).expect_err("newer");
        assert!(newer.to_string().contains("reload the page"), "{newer:?}");
        assert!(!newer.is_absence());
    }

    #[test]
    fn a_hello_is_read_with_what_a_later_build_adds() {
        let text = r#"{"lanes_api":1,"version":"0.2.0","machine":{"cores":2,"os":"","cpu":"","versions":[]},"lanes":
            [{"lane":"native/async","label":"real","version":"tokio 1","missing":null,"new":1}],"limits":[],"allow_private":false,"new":2}"#;
        let hello = read_hello(text).expect("readable");
        assert_eq!(hello.lanes[0].lane, lanes_core::scenario::Lane::native(lanes_core::scenario::Model::Async));
    }
}

//! Runs over HTTP: one request starts one run of one lane, and its answer is the stream of what happens.
//!
//! ```text
//! request ─▶ checked ─▶ run queue: waits its turn ─▶ thread: runner ─▶ event queue ─▶ answer's body
//!                                                      ▲                                 │
//!                              cancelled when the body is dropped: the tab or socket is closed
//! ```

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use lanes_core::{
    api::{FRAMES, NDJSON, RunRequest},
    scenario::{NotCalled, ValidScenario},
};

use super::{
    event_queue::{Form, Subscriber, event_queue},
    follow_run::{RunOrder, follow},
    refusal::Refusal,
    runs::no_such_run,
    state::Server,
};
use crate::runner::CancelToken;

/// The longest request, in bytes.
pub(super) const MAX_REQUEST: usize = 2 << 20;

/// The longest that a request's body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// `POST api/runs`
pub(super) async fn start(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let request = read(&headers, body).await?;
    let mut scenario = ValidScenario::from_value(&request.scenario).map_err(|problems| {
        let problems = problems.iter().map(ToString::to_string).collect();
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "the scenario is not valid").with_problems(problems)
    })?;
    let own = match scenario.call() {
        None => None,
        Some(call) => Some(server.offers.find(call).map_err(not_called)?),
    };
    let options = {
        let mut options = server.options.clone();
        options.recording &= !request.unwatched;
        options.file = request.file.as_deref().map(|name| server.files.find(name)).transpose()?;
        if let Some(own) = own {
            scenario = own.in_place(&scenario);
            options.python = own.options(options.python);
        }
        options
    };
    let form = if accepts_lines(&headers) { Form::Lines } else { Form::Frames };
    let (events, subscriber) = event_queue(form);
    let id = server.runs.next_id();
    let slot = server.queue.join(id).ok_or_else(|| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many runs are waiting already; try again when some are done")
    })?;
    let cancel = CancelToken::new();
    server.runs.add(id, &cancel, request.lane, scenario.workers_of(request.lane));
    tracing::info!(id, lane = %request.lane, tasks = scenario.tasks(), "run ordered");
    let order = RunOrder {
        id,
        run: request.run,
        session: request.session,
        lane: request.lane,
        scenario,
        cancel: cancel.clone(),
        events,
    };
    tokio::spawn(follow(Arc::clone(&server), order, options, slot));

    let media = HeaderValue::from_static(if form == Form::Lines { NDJSON } else { FRAMES });
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // For proxies that would wait until the stream is over.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(stream_of(subscriber, cancel))).into_response())
}

/// `POST api/runs/ID/cancel`
pub(super) async fn cancel(
    State(server): State<Arc<Server>>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let Path(id) = id.map_err(|_| no_such_run())?;
    server.runs.cancel(id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST api/runs/ID/workers/K/kill`
pub(super) async fn kill(
    State(server): State<Arc<Server>>,
    place: Result<Path<(u64, u16)>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let Path((id, worker)) = place.map_err(|_| no_such_run())?;
    server.runs.kill(id, worker)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a function of the user's own is refused that may not be called, or is not there.
fn not_called(why: NotCalled) -> Refusal {
    let status = match why {
        NotCalled::Brought(_) => StatusCode::FORBIDDEN,
        NotCalled::Elsewhere { .. } => StatusCode::NOT_FOUND,
        NotCalled::Changed { .. } => StatusCode::CONFLICT,
    };
    Refusal::new(status, why.to_string())
}

/// What was asked for, from the bytes of the request.
async fn read(headers: &HeaderMap, body: Body) -> Result<RunRequest, Refusal> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json is wanted"));
    }
    let bytes = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, MAX_REQUEST)).await;
    let bytes = bytes
        .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request did not end in time"))?
        .map_err(|_| {
            let most = MAX_REQUEST >> 20;
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the request broke off or is longer than {most} MiB"))
        })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the request cannot be read: {error}")))
}

fn accepts_lines(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(|accept| accept.contains(NDJSON)))
}

/// The body of the answer. It holds what ends the run: when it is dropped, nobody reads any more.
fn stream_of(subscriber: Subscriber, cancel: CancelToken) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    let reader = Reader { subscriber, cancel };
    stream::unfold(reader, |mut reader| async move {
        let bytes = reader.subscriber.next().await?;
        Some((Ok(bytes), reader))
    })
}

struct Reader {
    subscriber: Subscriber,
    cancel: CancelToken,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // After the last event this changes nothing.
        self.cancel.cancel();
    }
}

//! Runs over HTTP: one request starts one run of one lane, and its answer is the stream of what happens.
//!
//! ```text
//! request ─▶ checked ─▶ line: waits its turn ─▶ thread: runner ─▶ outbox ─▶ answer's body
//!                                                  ▲                            │
//!                                                  └──── cancelled when the body is dropped: the tab or socket closed
//! ```

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use lanes_core::{
    api::{FRAMES, NDJSON, RunRequest},
    report::{Ending, RunReport},
    run::outcome,
    scenario::{Lane, Model, ValidScenario},
    wire::{Event, Frame},
};
use tokio::sync::{Notify, oneshot};

use super::{
    Server,
    line::Ticket,
    outbox::{Form, Inbox, Outbox, outbox},
    refusal::Refusal,
};
use crate::runner::{CancelToken, Controls, Listener, Options, Runner};

/// The longest request, in bytes.
pub(super) const MAX_REQUEST: usize = 2 << 20;

/// The longest that a request's body may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the processes of a pool wait for another run before they are sent home.
const WARM: Duration = Duration::from_secs(10);

/// Everything that runs or waits.
#[derive(Debug)]
pub(super) struct Runs {
    runner: Arc<Mutex<Runner>>,
    controls: Controls,
    active: Mutex<HashMap<u64, Active>>,
    /// The one that is under way; 0 when none is.
    current: AtomicU64,
    ids: AtomicU64,
    changed: Notify,
}

/// A run that waits or is under way.
#[derive(Clone, Debug)]
struct Active {
    controls: Controls,
    lane: Lane,
    workers: u32,
}

impl Runs {
    pub(super) fn new(runner: Runner) -> Self {
        Self {
            controls: runner.controls(&CancelToken::new()),
            runner: Arc::new(Mutex::new(runner)),
            active: Mutex::default(),
            current: AtomicU64::new(0),
            ids: AtomicU64::new(1),
            changed: Notify::new(),
        }
    }

    /// Ends everything.
    pub(super) fn cancel_all(&self) {
        self.active().values().for_each(|run| run.controls.cancel.cancel());
    }

    /// Waits until nothing runs any more.
    pub(super) async fn ended(&self) {
        while !self.is_idle() {
            self.changed.notified().await;
        }
    }

    /// Whether nothing runs and nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.active().is_empty()
    }

    fn active(&self) -> MutexGuard<'_, HashMap<u64, Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: Result<u64, PathRejection>) -> Result<Active, Refusal> {
        let gone = || Refusal::new(StatusCode::NOT_FOUND, "there is no such run (any more)");
        let id = id.map_err(|_| gone())?;
        self.active().get(&id).cloned().ok_or_else(gone)
    }
}

/// `POST api/runs`
pub(super) async fn start(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let request = read(&headers, body).await?;
    let scenario = ValidScenario::from_value(&request.scenario).map_err(|problems| {
        let problems = problems.iter().map(ToString::to_string).collect();
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "the scenario is not valid").with_problems(problems)
    })?;
    let options = {
        let mut options = server.options.clone();
        options.file = request.file.as_deref().map(|name| server.files.find(name)).transpose()?;
        options
    };
    let form = if accepts_lines(&headers) { Form::Lines } else { Form::Frames };
    let (outbox, inbox) = outbox(form);
    let runs = &server.runs;
    let id = runs.ids.fetch_add(1, Relaxed);
    let ticket = server.line.join(id).ok_or_else(|| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many runs are waiting already; try again when some are done")
    })?;
    let cancel = CancelToken::new();
    let active = Active { controls: runs.controls.on(&cancel), lane: request.lane, workers: scenario.workers };
    runs.active().insert(id, active);
    tracing::info!(id, lane = %request.lane, tasks = scenario.tasks(), "run ordered");
    let order = RunOrder { id, run: request.run, lane: request.lane, scenario, cancel: cancel.clone(), outbox };
    tokio::spawn(see_through(Arc::clone(&server), order, options, ticket));

    let media = HeaderValue::from_static(if form == Form::Lines { NDJSON } else { FRAMES });
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // For proxies that would wait until the stream is over.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(stream_of(inbox, cancel))).into_response())
}

/// `POST api/runs/ID/cancel`
pub(super) async fn cancel(
    State(server): State<Arc<Server>>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    server.runs.find(id.map(|Path(id)| id))?.controls.cancel.cancel();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST api/runs/ID/workers/K/kill`
pub(super) async fn kill(
    State(server): State<Arc<Server>>,
    place: Result<Path<(u64, u16)>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let (id, worker) = place.as_ref().map_or((0, 0), |Path(place)| *place);
    let run = server.runs.find(place.map(|Path((id, _))| id))?;
    if server.runs.current.load(Relaxed) != id {
        return Err(Refusal::new(StatusCode::CONFLICT, "that run still waits for its turn: it has no workers yet"));
    }
    if run.lane.model != Model::Processes {
        let why = format!("{} has no worker processes; only a lane of processes has a worker to kill", run.lane);
        return Err(Refusal::new(StatusCode::CONFLICT, &why));
    }
    if u32::from(worker) >= run.workers {
        let why = format!("there is no worker {worker}: that run has {}, counted from 0", run.workers);
        return Err(Refusal::new(StatusCode::NOT_FOUND, &why));
    }
    run.controls.kill(worker);
    Ok(StatusCode::NO_CONTENT)
}

/// What was asked for, from the bytes of the request.
async fn read(headers: &HeaderMap, body: Body) -> Result<RunRequest, Refusal> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json is wanted"));
    }
    let bytes = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, MAX_REQUEST)).await;
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
fn stream_of(inbox: Inbox, cancel: CancelToken) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    let reader = Reader { inbox, cancel };
    stream::unfold(reader, |mut reader| async move {
        let bytes = reader.inbox.next().await?;
        Some((Ok(bytes), reader))
    })
}

struct Reader {
    inbox: Inbox,
    cancel: CancelToken,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // After the last event this changes nothing.
        self.cancel.cancel();
    }
}

struct RunOrder {
    id: u64,
    run: u32,
    lane: Lane,
    scenario: ValidScenario,
    cancel: CancelToken,
    outbox: Outbox,
}

/// Waits for its turn, runs, and says how it ended.
async fn see_through(server: Arc<Server>, order: RunOrder, options: Options, mut ticket: Ticket) {
    let pressed = Arc::new(Notify::new());
    let press = Arc::clone(&pressed);
    let hook = order.cancel.on_cancel(move || press.notify_one());
    let mut position = ticket.position();
    let has_turn = loop {
        let told = u32::try_from(position).unwrap_or(u32::MAX);
        order.outbox.say(Event::Queued { run: order.run, id: order.id, position: told });
        if position == 0 {
            break true;
        }
        tokio::select! {
            moved = ticket.moved() => position = moved,
            () = pressed.notified() => break false,
        }
    };
    drop(hook);
    let order = Arc::new(order);
    let report = if has_turn {
        server.runs.current.store(order.id, Relaxed);
        let report = perform(&server, &order, options).await;
        server.runs.current.store(0, Relaxed);
        report
    } else {
        outcome::not_begun(order.lane, order.scenario.tasks(), Ending::Cancelled)
    };
    tracing::info!(id = order.id, lane = %order.lane, ending = ?report.ending, wall_ms = report.wall_ns / 1_000_000, "run over");
    server.runs.active().remove(&order.id);
    order.outbox.say(Event::Finished { run: order.run, report: Box::new(report) });
    order.outbox.close();
    drop(ticket);
    server.runs.changed.notify_one();
    if !order.cancel.is_cancelled() {
        tokio::time::sleep(WARM).await;
    }
    if server.runs.is_idle() {
        rest(&server.runs.runner);
    }
}

/// Runs on a thread of its own, where it may block.
async fn perform(server: &Arc<Server>, order: &Arc<RunOrder>, options: Options) -> RunReport {
    let (done, report) = oneshot::channel();
    let (runner, work) = (Arc::clone(&server.runs.runner), Arc::clone(order));
    let run = move || {
        let mut runner = runner.lock().unwrap_or_else(PoisonError::into_inner);
        *runner.options() = options;
        let report = runner.run(&work.scenario, work.lane, work.run, &work.cancel, &*work);
        if work.cancel.is_cancelled() {
            // Nobody is to find a process of a run that was ended.
            runner.rest();
        }
        drop(runner);
        let _ = done.send(report);
    };
    let broken = |why: String| RunReport {
        ending: Ending::Broken(why),
        ..outcome::not_begun(order.lane, order.scenario.tasks(), Ending::Cancelled)
    };
    match thread::Builder::new().name(format!("run {}", order.id)).spawn(run) {
        Ok(_) => report.await.unwrap_or_else(|_| broken("the lane panicked; please report this".into())),
        Err(error) => broken(format!("no thread can be started: {error}")),
    }
}

/// Sends the processes home that were kept for another run, unless one has begun.
fn rest(runner: &Mutex<Runner>) {
    match runner.try_lock() {
        Ok(mut runner) => runner.rest(),
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().rest(),
        Err(TryLockError::WouldBlock) => {}
    }
}

impl Listener for RunOrder {
    fn started(&self, epoch_ns: u64, workers: u16) {
        self.outbox.say(Event::Started { run: self.run, epoch_ns, workers });
    }

    fn frame(&self, frame: Frame) {
        self.outbox.say(Event::Frame(frame));
    }
}

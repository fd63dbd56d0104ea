//! Everything that is served, put together: which path leads to which handler, who is let through to it, and what every
//! answer says in its header.

use std::{
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use lanes_core::api::{self, Clock, Hello, LaneHere, Limit};
use tokio::sync::oneshot;
use tower_http::set_header::SetResponseHeaderLayer;

use super::{
    content_security_policy,
    endpoint::{self, Endpoint},
    guard::Guard,
    limits::LIMITS,
    listen::MAX_HEAD,
    refusal::Refusal,
    run_requests,
    state::Server,
};
use crate::{here, limits, machine::machine, python, runner::Options};

/// Headers of every answer. The first three isolate the page, without which browsers share no memory between threads.
pub(super) const HEADERS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Everything that is served.
pub(super) fn app(server: &Arc<Server>, guard: Guard, endpoint: Endpoint, pages: Router) -> Router {
    let bodies = Router::new().route("/api/body", get(endpoint::body)).with_state(Arc::new(endpoint));
    let api = Router::new()
        .route("/api/", get(hello))
        .route("/api/clock", get(clock))
        .route("/api/file", put(store))
        .route("/api/runs", post(run_requests::start))
        .route("/api/runs/{id}/cancel", post(run_requests::cancel))
        .route("/api/runs/{id}/workers/{worker}/kill", post(run_requests::kill))
        .route("/api/{*path}", axum::routing::any(nowhere))
        // Each handler has a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(server))
        .merge(bodies)
        .method_not_allowed_fallback(wrong_method);
    guarded(api, pages, guard)
}

/// Lets nobody through to either whom the guard does not let through, and says what every answer says.
pub(super) fn guarded(api: Router, pages: Router, guard: Guard) -> Router {
    let data_policy = HeaderValue::from_static(content_security_policy::DATA);
    let api = api
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, data_policy))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard_api));
    let pages = pages.layer(middleware::from_fn(guard_page));
    let all = pages.merge(api).layer(middleware::from_fn(limit_head));
    HEADERS.into_iter().fold(all, |all, (name, value)| {
        all.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

async fn guard_api(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.api(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn guard_page(request: Request, next: Next) -> Response {
    match Guard::page(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Refuses heads that are longer than the limit says. The connection reads ahead, so its own limit is a rough one.
async fn limit_head(request: Request, next: Next) -> Response {
    if head_bytes(&request) <= MAX_HEAD {
        return next.run(request).await;
    }
    let why = format!("the head of the request is longer than {} KiB", MAX_HEAD >> 10);
    Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why).into_response()
}

/// The length of a request's head as it came, without the blanks that a sender may leave out.
fn head_bytes(request: &Request) -> usize {
    let uri = request.uri();
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len() + "http://".len());
    let target = authority + uri.path_and_query().map_or(1, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1\r\n".len();
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + fields.sum::<usize>() + "\r\n".len()
}

async fn hello(State(server): State<Arc<Server>>) -> Json<Hello> {
    let python = server.options.python.limits();
    let limits = limits::SCENARIO.iter().chain(&LIMITS).chain(&python);
    Json(Hello {
        lanes_api: api::VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: machine(),
        lanes: lanes_here(&server.options).await,
        limits: limits
            .map(|(name, most, unit)| Limit { name: (*name).to_owned(), most: *most, unit: (*unit).to_owned() })
            .collect(),
        allow_private: server.options.allow_private,
        functions: server.offers.all(),
    })
}

/// The lanes that this machine has; without those of Python where no thread is left to ask the interpreters on.
pub(super) async fn lanes_here(options: &Options) -> Vec<LaneHere> {
    let interpreters = options.python.interpreters.clone();
    let (tell, told) = oneshot::channel();
    // They are asked by being run, which takes a while the first time.
    let ask = move || drop(tell.send(here::lanes(&python::find(&interpreters))));
    match thread::Builder::new().name("interpreters".into()).spawn(ask) {
        Ok(_) => told.await.unwrap_or_else(|_| here::lanes(&[])),
        Err(error) => {
            tracing::warn!(%error, "no thread can be started to look for Python");
            here::lanes(&[])
        }
    }
}

async fn clock() -> Json<Clock> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Json(Clock { epoch_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX) })
}

async fn store(State(server): State<Arc<Server>>, request: Request) -> Result<Json<api::Stored>, Refusal> {
    server.files.store(request.into_body()).await.map(Json)
}

async fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this address of the API")
}

async fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this address of the API is asked with another method")
}

//! Hosts for the page under test: with and without the headers of isolation, under a path, and with bad manners.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::StreamExt;
use tokio::{net::TcpListener, task::JoinHandle};

/// A host that serves the built page; it ends when it is dropped.
#[derive(Debug)]
pub struct Host {
    /// The page's address, with a slash at the end.
    pub url: String,
    task: JoinHandle<()>,
    hidden: Hidden,
}

/// What the paths of files contain that are not there; all are, while it is empty.
type Hidden = Arc<Mutex<&'static str>>;

impl Host {
    /// From now on has no files whose paths contain this; has all of them again, if it is empty.
    pub fn hide(&self, paths: &'static str) {
        *self.hidden.lock().unwrap_or_else(PoisonError::into_inner) = paths;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a host serves the page.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The path it is under, with a slash at both ends.
    pub base: &'static str,
    /// Whether it sets the headers of isolation.
    pub headers: bool,
    /// Whether it passes `api/` on to a backend that is not there, as Trunk does, and answers 500 for it.
    pub dead_proxy: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self { base: "/", headers: true, dead_proxy: false }
    }
}

async fn host(app: Router, path: &str) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    let port = listener.local_addr().expect("bound").port();
    let task = tokio::spawn(async move {
        axum::serve(listener, app).await.expect("serves until it is dropped");
    });
    Host { url: format!("http://127.0.0.1:{port}{path}"), task, hidden: Hidden::default() }
}

/// Serves the built page.
pub async fn page(manners: Manners) -> Host {
    let hidden = Hidden::default();
    let also_hidden = Arc::clone(&hidden);
    let files = get(move |State((headers, dead_proxy)): State<(bool, bool)>, path: Option<Path<String>>| async move {
        let path = path.map_or_else(String::new, |Path(path)| path);
        let is_hidden = also_hidden.lock().is_ok_and(|name| !name.is_empty() && path.contains(*name));
        if is_hidden {
            return StatusCode::NOT_FOUND.into_response();
        }
        if dead_proxy && path.starts_with("api/") {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        file(if path.is_empty() { "index.html".into() } else { path }, headers).await
    });
    let app = Router::new()
        .route(manners.base, files.clone())
        .route(&format!("{}{{*path}}", manners.base), files)
        .with_state((manners.headers, manners.dead_proxy));
    let mut host = host(app, manners.base).await;
    host.hidden = hidden;
    host
}

async fn file(path: String, isolating: bool) -> Response {
    let full: PathBuf = crate::dist().join(&path);
    let is_inside = !path.split('/').any(|part| part == "..");
    let Some(bytes) = is_inside.then(|| std::fs::read(&full).ok()).flatten() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match full.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    if isolating {
        let headers = response.headers_mut();
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        headers.insert("cross-origin-embedder-policy", HeaderValue::from_static("require-corp"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    }
    response
}

/// A host that serves one page of HTML, under a Content-Security-Policy.
pub async fn html(html: &'static str, policy: &'static str) -> Host {
    let headers = [(header::CONTENT_TYPE, "text/html"), (header::CONTENT_SECURITY_POLICY, policy)];
    host(Router::new().route("/", get(move || async move { (headers, html) })), "/").await
}

/// A host that answers in every way a page may meet:
///
/// `/good` may be read by any page; `/private` answers, but allows no other site to read it; `/broken` answers 500;
/// `/away` leads to `/good`; `/hang` never answers; `/half` sends a part of its body and then nothing.
pub async fn troublesome() -> Host {
    const ANY: [(header::HeaderName, &str); 2] =
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, "no-store")];
    let app = Router::new()
        .route("/good", get(|| async { (ANY, "good as gold") }))
        .route("/private", get(|| async { "not for you" }))
        .route("/broken", get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, ANY, "oh no") }))
        .route("/away", get(|| async { (StatusCode::FOUND, ANY, [(header::LOCATION, "/good")]) }))
        .route("/hang", get(std::future::pending::<()>))
        .route("/half", get(|| async { (ANY, half_a_body()) }));
    host(app, "/").await
}

/// Seven bytes, and then nothing for ever.
fn half_a_body() -> Body {
    let first = futures::stream::iter([Ok::<_, std::convert::Infallible>("half of")]);
    Body::from_stream(first.chain(futures::stream::pending()))
}

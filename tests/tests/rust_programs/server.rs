//! A server like that of Lanes, and a few pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use axum::{
    Router,
    extract::{Query, Request},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use lanes_core::body;
use lanes_tests::compressed;

use super::write;

/// What was asked for by a run that has told its limits: the run, and the seed of the answer.
type Met = Arc<Mutex<BTreeSet<(String, String)>>>;

pub(crate) const TOKEN: &str = "a-token";

/// A server like that of Lanes, and a few pages, until the test ends.
pub(crate) struct Server {
    pub(crate) base: String,
    met: Met,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Server {
    /// At the address it had the last time, if that is free: it stands in programs, which are compiled again otherwise.
    pub(crate) fn start(package: &Path) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let last = fs::read_to_string(package.join("address")).unwrap_or_default();
        let listener = std::net::TcpListener::bind(&*last)
            .or_else(|_| std::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("a bound listener").to_string();
        fs::create_dir_all(package).expect("a folder for the package");
        write(&package.join("address"), address.as_bytes());
        listener.set_nonblocking(true).expect("a listener for an event loop");
        let base = format!("http://{address}/");
        let met = Met::default();
        let pages = pages(met.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let ended = async { stopped.await.unwrap_or_default() };
                axum::serve(listener, pages).with_graceful_shutdown(ended).await.expect("a server");
            });
        });
        Self { base, met, _stop: stop }
    }

    /// How many runs have told it their limits.
    pub(crate) fn runs(&self) -> usize {
        let met = self.met.lock().expect("nobody panics");
        met.iter().map(|(run, _)| run).collect::<BTreeSet<_>>().len()
    }
}

fn pages(met: Met) -> Router {
    let answer = async move |Query(asked): Query<BTreeMap<String, String>>, request: Request| {
        let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if token != Some(&format!("Bearer {TOKEN}")) {
            return (StatusCode::UNAUTHORIZED, Vec::new());
        }
        // One that has limits refuses what it is asked for the first time.
        if let Some(run) = asked.get("run") {
            let seed = asked["seed"].clone();
            if asked.get("capacity").map(String::as_str) != Some("3") {
                return (StatusCode::BAD_REQUEST, Vec::new());
            }
            if met.lock().expect("nobody panics").insert((run.clone(), seed)) {
                return (StatusCode::SERVICE_UNAVAILABLE, Vec::new());
            }
        }
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<f64>().ok()).expect("a number");
        tokio::time::sleep(std::time::Duration::from_secs_f64(number("ms") / 1000.0)).await;
        let mut bytes = vec![0; number("bytes") as usize];
        body::fill(number("seed") as u32, &mut bytes);
        (StatusCode::OK, bytes)
    };
    let page = async |axum::extract::Path(name): axum::extract::Path<String>| match &*name {
        "missing" => (StatusCode::NOT_FOUND, HeaderMap::new(), Vec::new()),
        name @ ("gzip" | "deflate") => {
            let text = page_text(name).into_bytes();
            let bytes = if name == "gzip" { compressed::gzip(&text) } else { compressed::deflate(&text) };
            let coding = header::HeaderValue::from_str(name).expect("a word");
            (StatusCode::OK, HeaderMap::from_iter([(header::CONTENT_ENCODING, coding)]), bytes)
        }
        name => (StatusCode::OK, HeaderMap::new(), page_text(name).into_bytes()),
    };
    Router::new().route("/api/body", get(answer)).route("/page/{name}", get(page))
}

pub(crate) fn page_text(name: &str) -> String {
    format!("This is page {name}.\n").repeat(100)
}

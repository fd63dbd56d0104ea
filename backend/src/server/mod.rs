//! The server: the page and the API of the native lanes on one origin, for this machine only.
//!
//! ```text
//! connection ─▶ guard ─┬─▶ pages                     the built page, with the headers that isolate it
//!                      └─▶ api ─┬─▶ runs ─▶ line ─▶ runner     one run at a time, its frames streamed
//!                               ├─▶ endpoint                   answers for real requests
//!                               └─▶ files                      the user's file for native lanes
//! ```
//!
//! What is said and in which form is in [`lanes_core::api`]; it runs nothing itself.

mod endpoint;
mod files;
mod guard;
mod line;
mod listen;
mod outbox;
mod pages;
mod refusal;
mod runs;
mod token;

#[cfg(test)]
mod tests;

use std::{
    io::{self, IsTerminal},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail, ensure};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use lanes_core::api::{self, Clock, Hello, Limit};
use tokio::{net::TcpListener, sync::Notify};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing_subscriber::EnvFilter;

pub use self::endpoint::Full;
use self::{
    endpoint::{Defaults, Endpoint},
    files::Files,
    guard::Guard,
    line::Line,
    refusal::Refusal,
    runs::Runs,
    token::Token,
};
use crate::{
    cli::{deadlines, list, machine, python},
    runner::{Options, Runner, ServerLink},
};

/// `lanes serve`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080))]
    bind: SocketAddr,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
    /// The folder of a built page, instead of the one in this program
    #[arg(long, value_name = "FOLDER")]
    dist: Option<PathBuf>,
    /// Serve the API alone: for a page that comes from elsewhere, such as trunk serve
    #[arg(long, conflicts_with = "dist")]
    no_page: bool,
    /// Let scenarios ask addresses of this machine and its networks
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    deadlines: deadlines::Arguments,
    #[command(flatten)]
    python: python::Arguments,
    /// What is logged to standard error: error, warn, info, debug, or a filter such as lanes_backend=debug
    #[arg(long, value_name = "LEVEL", env = "LANES_LOG", default_value = "warn")]
    log: String,
    /// Requests that the test endpoint answers at once, when a request does not say
    #[arg(long, value_name = "REQUESTS")]
    capacity: Option<usize>,
    /// What the test endpoint does with the others
    #[arg(long, value_enum, default_value_t)]
    when_full: Full,
    /// The share of the test endpoint's requests that fail, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    errors: f64,
    /// The token in the link, instead of a new one: for a page that is to find a server again
    #[arg(long, value_name = "TOKEN", env = "LANES_TOKEN", hide = true, hide_env_values = true)]
    token: Option<String>,
}

/// What the handlers share.
#[derive(Debug)]
struct Server {
    /// For every run.
    options: Options,
    files: Files,
    line: Line,
    runs: Runs,
}

/// Headers of every answer. The first three isolate the page, without which browsers share no memory between threads.
const HEADERS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// What the server itself takes at most.
pub(crate) const LIMITS: [(&str, u64, &str); 7] = [
    ("request", runs::MAX_REQUEST as u64, "bytes of a request to the server"),
    ("head", listen::MAX_HEAD as u64, "bytes of a request's head"),
    ("head_s", listen::HEAD.as_secs(), "seconds until a request's head must be there"),
    ("waiting", line::MAX_WAITING as u64, "runs that wait in the server"),
    ("connections", listen::MAX_CONNECTIONS as u64, "connections to the server at once"),
    ("file", files::MAX_BYTES, "bytes of a file handed to the server"),
    ("files", files::MAX_FILES as u64, "files that the server keeps"),
];

/// Serves until Ctrl-C.
///
/// # Errors
/// When there is no page, the address is not this machine's own, or somebody listens there already.
pub fn command(arguments: &Arguments) -> anyhow::Result<()> {
    let bind = arguments.bind;
    ensure!(
        bind.ip().is_loopback(),
        "--bind {bind}: only addresses of this machine itself are served, such as 127.0.0.1:8080"
    );
    ensure!((0.0..=1.0).contains(&arguments.errors), "--errors {}: a share from 0 to 1 is wanted", arguments.errors);
    log(&arguments.log)?;
    let pages = if arguments.no_page { Router::new() } else { pages::pages(arguments.dist.as_deref())? };
    let token = arguments.token.as_deref().map_or_else(Token::new, Token::chosen)?;
    raise_descriptors();
    let runtime = tokio::runtime::Runtime::new().context("no threads can be started")?;
    let ended = runtime.block_on(async {
        let listener = match TcpListener::bind(bind).await {
            Ok(listener) => listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                bail!("--bind {bind}: somebody listens there already; try another port, or 0 for any")
            }
            Err(error) => return Err(error).with_context(|| format!("--bind {bind}")),
        };
        let base = format!("http://{}/", listener.local_addr()?);
        let options = arguments.deadlines.on(Options {
            allow_private: arguments.allow_private,
            python: arguments.python.options(),
            server: Some(ServerLink { base: base.clone(), token: Some(token.reveal().to_owned()) }),
            ..Options::default()
        });
        let defaults = Defaults { capacity: arguments.capacity, full: arguments.when_full, errors: arguments.errors };
        let server = Arc::new(Server::new(options));
        let link = format!("{base}#{}={}", api::TOKEN_PART, token.reveal());
        let app = app(&server, Guard::new(token), Endpoint::new(defaults), pages);
        // Interpreters take a while to say what they are; the page need not wait for it.
        let options = server.options.clone();
        tokio::spawn(async move { list::lanes_here(&options).await });
        println!("Lanes is at {link}  (Ctrl-C ends it)");
        if !arguments.no_open && !arguments.no_page && io::stdout().is_terminal() {
            show(&link);
        }
        let ended = ctrl_c()?;
        let runs = Arc::clone(&server);
        let ended = async move {
            ended.notified().await;
            runs.runs.cancel_all();
        };
        listen::serve(listener, app, ended).await;
        server.runs.ended().await;
        Ok(())
    });
    // Not waiting for an interpreter that is still being asked what it is.
    runtime.shutdown_background();
    ended
}

impl Server {
    fn new(options: Options) -> Self {
        let runner = Runner::new(options.clone());
        Self { options, files: Files::default(), line: Line::new(), runs: Runs::new(runner) }
    }
}

/// Everything that is served.
fn app(server: &Arc<Server>, guard: Guard, endpoint: Endpoint, pages: Router) -> Router {
    let bodies = Router::new().route("/api/body", get(endpoint::body)).with_state(Arc::new(endpoint));
    let api = Router::new()
        .route("/api/", get(hello))
        .route("/api/clock", get(clock))
        .route("/api/file", put(store))
        .route("/api/runs", post(runs::start))
        .route("/api/runs/{id}/cancel", post(runs::cancel))
        .route("/api/runs/{id}/workers/{worker}/kill", post(runs::kill))
        .route("/api/{*path}", axum::routing::any(nowhere))
        // Each handler has a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(server))
        .merge(bodies)
        .method_not_allowed_fallback(wrong_method);
    guarded(api, pages, guard)
}

/// Lets nobody through to either whom the guard does not let through, and says what every answer says.
fn guarded(api: Router, pages: Router, guard: Guard) -> Router {
    let api = api.layer(middleware::from_fn_with_state(Arc::new(guard), guard_api));
    let pages = pages.layer(middleware::from_fn(guard_page));
    HEADERS.into_iter().fold(pages.merge(api), |all, (name, value)| {
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

async fn hello(State(server): State<Arc<Server>>) -> Json<Hello> {
    let python = server.options.python.limits();
    let limits = list::LIMITS.iter().chain(&LIMITS).chain(&python);
    Json(Hello {
        lanes_api: api::VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: machine::machine(),
        lanes: list::lanes_here(&server.options).await,
        limits: limits
            .map(|(name, most, unit)| Limit { name: (*name).to_owned(), most: *most, unit: (*unit).to_owned() })
            .collect(),
        allow_private: server.options.allow_private,
    })
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

/// Notified by Ctrl-C, by being told to end, and when the terminal is closed.
fn ctrl_c() -> anyhow::Result<Arc<Notify>> {
    let pressed = Arc::new(Notify::new());
    let press = Arc::clone(&pressed);
    ctrlc::set_handler(move || press.notify_one()).context("Ctrl-C cannot be listened to")?;
    Ok(pressed)
}

/// Opens the page in the user's browser; says so when there is none.
fn show(link: &str) {
    let link = link.to_owned();
    // Some systems wait until the browser is closed.
    std::thread::spawn(move || {
        if let Err(error) = open::that_detached(&link) {
            eprintln!("No browser could be opened ({error}); open the link yourself.");
        }
    });
}

fn log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("--log {filter}: a level (error, warn, info, debug, trace) or a filter is wanted"))?;
    // Already there when several servers live in one process, as in tests.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
    Ok(())
}

/// Lets the process have as many connections as the system allows it; the usual limit is below what a scenario may
/// have in flight.
#[cfg(unix)]
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Without it the limit is met later, and said then.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
pub(crate) fn raise_descriptors() {}

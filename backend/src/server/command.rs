//! `lanes serve`: from its arguments to a server that runs until a signal ends it.

use std::{
    io::{self, IsTerminal},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread,
};

use axum::Router;
use lanes_core::{api, scenario::limits::MAX_CONCURRENCY};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::{
    app::{app, lanes_here},
    endpoint::{Defaults, Endpoint, Full},
    files::Files,
    guard::Guard,
    listen,
    offers::{OfferError, Offers},
    pages::{self, NoPage},
    state::Server,
    token::{Token, TokenError},
};
use crate::{
    arguments::{
        deadlines,
        python::{self, PythonArgumentError},
    },
    limits, own,
    runner::{Options, PythonOptions, ServerLink},
    signals::{SignalError, Signals},
    terminal::{self, PrintError},
    threads::{self, ThreadError},
};

/// `lanes serve`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Python files of your own, such as thumbs.py or etl.py:clean: the page offers to run their functions, and nobody else's
    #[arg(value_name = "FILE.py")]
    functions: Vec<String>,
    #[command(flatten)]
    own: own::Arguments,
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
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u64).range(1..=MAX_CONCURRENCY))]
    capacity: Option<u64>,
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

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The address is not this machine's own.
    #[error("--bind {0}: only addresses of this machine itself are served, such as 127.0.0.1:8080")]
    ForeignAddress(SocketAddr),
    /// Another program has the address.
    #[error("--bind {0}: somebody listens there already; try another port, or 0 for any")]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("--bind {address}: {cause}")]
    NotBound {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The share of failing requests is none.
    #[error("--errors {0}: a share from 0 to 1 is wanted")]
    NoShare(f64),
    /// The filter of the log cannot be read.
    #[error("--log {filter}: a level (error, warn, info, debug, trace) or a filter is wanted: {cause}")]
    NoFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        cause: tracing_subscriber::filter::ParseError,
    },
    /// An interpreter that was named is none.
    #[error(transparent)]
    Python(#[from] PythonArgumentError),
    /// A function that is to be offered cannot be.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The token is not good enough, or none can be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no page.
    #[error(transparent)]
    NoPage(#[from] NoPage),
    /// The system gives no threads.
    #[error(transparent)]
    Threads(#[from] ThreadError),
    /// Signals cannot be listened to, so the server could not be ended well.
    #[error(transparent)]
    Signals(#[from] SignalError),
    /// The link cannot be printed, and without it nobody gets in.
    #[error(transparent)]
    Print(#[from] PrintError),
}

impl ServeError {
    /// Whether the command line is what is wrong.
    pub(crate) fn is_argument(&self) -> bool {
        matches!(
            self,
            Self::ForeignAddress(_)
                | Self::NoShare(_)
                | Self::NoFilter { .. }
                | Self::Python(_)
                | Self::Offer(_)
                | Self::Token(TokenError::NotPlain)
        )
    }
}

/// Serves until a signal ends it.
///
/// # Errors
/// When an argument is wrong, there is no page, or somebody listens at the address already.
pub(crate) fn command(arguments: &Arguments) -> Result<(), ServeError> {
    let bind = arguments.bind;
    if !bind.ip().is_loopback() {
        return Err(ServeError::ForeignAddress(bind));
    }
    if !(0.0..=1.0).contains(&arguments.errors) {
        return Err(ServeError::NoShare(arguments.errors));
    }
    let python = arguments.python.options()?;
    log(&arguments.log)?;
    let pages = if arguments.no_page { pages::none() } else { pages::pages(arguments.dist.as_deref())? };
    let token = arguments.token.as_deref().map_or_else(Token::new, Token::chosen)?;
    limits::raise_descriptors();
    Files::remove_abandoned();
    // A runtime panics where it gets no thread.
    threads::ensure(thread::available_parallelism().map_or(1, usize::from) + 1)?;
    let runtime = tokio::runtime::Runtime::new().map_err(ThreadError::from)?;
    let ended = runtime.block_on(serve(arguments, python, pages, token));
    // Not waiting for an interpreter that is still being asked what it is.
    runtime.shutdown_background();
    ended
}

async fn serve(arguments: &Arguments, python: PythonOptions, pages: Router, token: Token) -> Result<(), ServeError> {
    let bind = arguments.bind;
    let not_bound = |cause: io::Error| match cause.kind() {
        io::ErrorKind::AddrInUse => ServeError::AddressInUse(bind),
        _ => ServeError::NotBound { address: bind, cause },
    };
    let listener = TcpListener::bind(bind).await.map_err(not_bound)?;
    // Before signals are listened to: an import that does not end can be interrupted as usual.
    let offers = offers(arguments, &python)?;
    let mut signals = Signals::listen()?;
    let base = format!("http://{}/", listener.local_addr().map_err(not_bound)?);
    let options = arguments.deadlines.on(Options {
        allow_private: arguments.allow_private,
        python,
        server: Some(ServerLink { base: base.clone(), token: Some(token.reveal().to_owned()) }),
        ..Options::default()
    });
    let capacity = arguments.capacity.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
    let defaults = Defaults { capacity, full: arguments.when_full, errors: arguments.errors };
    let server = Arc::new(Server::new(options, offers));
    let measured = Arc::clone(&server);
    Arc::clone(&server.offers).watch(move || !measured.runs.is_idle()).map_err(ThreadError::from)?;
    let link = format!("{base}#{}={}", api::TOKEN_PART, token.reveal());
    let app = app(&server, Guard::new(token), Endpoint::new(defaults), pages);
    match terminal::try_print(&format!("Lanes is at {link}  (Ctrl-C ends it)\n")) {
        Ok(()) => {}
        // Nobody reads the link, and without it nobody gets in; unless its token is known beforehand.
        Err(error) if error.is_closed_pipe() => {
            if arguments.token.is_none() {
                return Ok(());
            }
        }
        Err(error) => return Err(error.into()),
    }
    // Interpreters take a while to say what they are; the page need not wait for it.
    let options = server.options.clone();
    tokio::spawn(async move { lanes_here(&options).await });
    if !arguments.no_open && !arguments.no_page && io::stdout().is_terminal() {
        open_browser(&link);
    }
    let runs = Arc::clone(&server);
    let ended = async move {
        let signal = signals.next().await;
        tracing::info!(%signal, "ending");
        runs.runs.cancel_all();
    };
    listen::serve(listener, app, ended).await;
    server.runs.ended().await;
    Ok(())
}

/// The functions that the command line names.
fn offers(arguments: &Arguments, python: &PythonOptions) -> Result<Offers, OfferError> {
    let say = |sentence: &str| terminal::print_aside(&format!("{sentence}\n"));
    let task_deadline = arguments.deadlines.task_deadline();
    Offers::load(&arguments.functions, &arguments.own, &python.interpreters, task_deadline, say)
}

/// Opens the page in the user's browser; says so when there is none.
fn open_browser(link: &str) {
    fn failed(why: impl std::fmt::Display) {
        terminal::print_aside(&format!("No browser could be opened ({why}); open the link yourself.\n"));
    }
    let address = link.to_owned();
    // Some systems wait until the browser is closed.
    let open = move || {
        if let Err(error) = open::that_detached(&address) {
            failed(error);
        }
    };
    if let Err(error) = thread::Builder::new().name("browser".into()).spawn(open) {
        failed(error);
    }
}

fn log(filter: &str) -> Result<(), ServeError> {
    let filter =
        EnvFilter::try_new(filter).map_err(|cause| ServeError::NoFilter { filter: filter.to_owned(), cause })?;
    // Already there when several servers live in one process, as in tests.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
    Ok(())
}

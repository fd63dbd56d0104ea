//! The server: the built page, on this machine only.
//!
//! It knows the files and the headers that a page with threads needs. The API of the native lanes joins it here.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
};
use tokio::net::TcpListener;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// `lanes serve`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080))]
    bind: SocketAddr,
    /// The folder of the built page
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    dist: PathBuf,
}

/// Headers of every answer. The first three isolate the page, without which browsers share no memory between threads.
const HEADERS: [(HeaderName, &str); 4] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Serves until Ctrl-C.
///
/// # Errors
/// When there is no page, the address is not this machine's own, or somebody listens there already.
pub fn command(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(
        arguments.bind.ip().is_loopback(),
        "--bind {}: only addresses of this machine itself are served, such as 127.0.0.1:8080",
        arguments.bind
    );
    if !arguments.dist.join("index.html").is_file() {
        bail!("--dist {}: there is no built page (no index.html); build it with ./dev build", arguments.dist.display());
    }
    let runtime = tokio::runtime::Runtime::new().context("no threads can be started")?;
    runtime.block_on(async {
        let listener = match TcpListener::bind(arguments.bind).await {
            Ok(listener) => listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                bail!("--bind {}: somebody listens there already; try another port, or 0 for any", arguments.bind)
            }
            Err(error) => return Err(error).with_context(|| format!("--bind {}", arguments.bind)),
        };
        println!("Lanes is at http://{}/  (Ctrl-C ends it)", listener.local_addr()?);
        let ended = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        axum::serve(listener, app(&arguments.dist)).with_graceful_shutdown(ended).await.context("the server broke")
    })
}

/// Everything that is served.
pub fn app(dist: &Path) -> Router {
    let pages = Router::new().fallback_service(ServeDir::new(dist));
    HEADERS.into_iter().fold(pages, |pages, (name, value)| {
        pages.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

//! The built page: out of this very program in release builds, or from a folder. Its `index.html` is told that there is
//! an API, and its inline scripts are allowed by their hashes.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    handler::HandlerWithoutStateExt,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use lanes_core::api;
use memory_serve::CacheControl;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use super::{content_security_policy as policy, refusal::Refusal};

/// Where the page lies when this build has none of its own and nobody says where.
const FOLDER: &str = "dist";

/// `index.html` as it was when this program was built; empty in a build without a page.
const EMBEDDED_INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/index.html"));

/// There is no page to be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPage {
    /// Not where the user says.
    #[error("--dist {}: there is no built page (no index.html); build it with ./dev build", .0.display())]
    InFolder(PathBuf),
    /// Neither in this program nor where it usually lies.
    #[error(
        "this build holds no page, and there is none in {FOLDER}/ (no index.html); build it with ./dev build, or install \
         with ./dev install, which puts it into the program"
    )]
    Anywhere,
}

/// The routes of the page.
///
/// # Errors
/// When there is no page.
pub(super) fn pages(dist: Option<&Path>) -> Result<Router, NoPage> {
    let folder = match dist {
        None if cfg!(has_page) => return Ok(with_policies(embedded())),
        None => Path::new(FOLDER),
        Some(folder) => folder,
    };
    if !folder.join("index.html").is_file() {
        return Err(dist.map_or(NoPage::Anywhere, |folder| NoPage::InFolder(folder.to_owned())));
    }
    Ok(with_policies(in_folder(folder.to_owned())))
}

/// No page at all: for one that comes from elsewhere.
pub(super) fn none() -> Router {
    Router::new().fallback(no_such_file)
}

/// The page in this program.
fn embedded() -> Router {
    // Asked for again each time: a file's name does not change when the page is built again.
    let files = memory_serve::load!()
        .index_file(None)
        .html_cache_control(CacheControl::NoCache)
        .cache_control(CacheControl::NoCache)
        .into_router()
        .fallback(no_such_file);
    let index = get(|| async { index(EMBEDDED_INDEX) });
    Router::new().route("/", index.clone()).route("/index.html", index).fallback_service(files)
}

/// The page in a folder, which may be built again meanwhile.
fn in_folder(folder: PathBuf) -> Router {
    let path = folder.join("index.html");
    let index = get(move || async move {
        match tokio::fs::read_to_string(&path).await {
            Ok(html) => index(&html),
            Err(_) => no_such_file().await.into_response(),
        }
    });
    let files = ServeDir::new(folder).fallback(no_such_file.into_service());
    Router::new().route("/", index.clone()).route("/index.html", index).fallback_service(files)
}

/// What a router answers, with a policy on everything that has none yet.
fn with_policies(router: Router) -> Router {
    router.layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, policy::of_file()))
}

/// `index.html` as it is sent: with a note that there is an API, which a page from a static host does not find.
fn index(html: &str) -> Response {
    let html = with_api_marker(html);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, policy::of_page(&html)),
    ];
    (headers, html).into_response()
}

fn with_api_marker(html: &str) -> String {
    let after_head = policy::find(html, "<head>").map_or(0, |at| at + "<head>".len());
    let (before, after) = html.split_at(after_head);
    format!("{before}<meta name=\"lanes-api\" content=\"{}\" />{after}", api::VERSION)
}

async fn no_such_file() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "the page has no such file; open the link that lanes serve printed")
}

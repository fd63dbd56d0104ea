//! The built page: out of this very program in release builds, or from a folder.

use std::path::Path;

use anyhow::bail;
use axum::Router;
use memory_serve::CacheControl;
use tower_http::services::ServeDir;

/// Where the page lies when this build has none of its own and nobody says where.
const FOLDER: &str = "dist";

/// The routes of the page.
///
/// # Errors
/// When there is no page.
pub(super) fn pages(dist: Option<&Path>) -> anyhow::Result<Router> {
    let folder = match dist {
        // Asked for again each time: a file's name does not change when the page is built again.
        None if cfg!(has_page) => {
            let embedded =
                memory_serve::load!().html_cache_control(CacheControl::NoCache).cache_control(CacheControl::NoCache);
            return Ok(embedded.into_router());
        }
        None => Path::new(FOLDER),
        Some(folder) => folder,
    };
    if !folder.join("index.html").is_file() {
        let folder = folder.display();
        if dist.is_some() {
            bail!("--dist {folder}: there is no built page (no index.html); build it with ./dev build");
        }
        bail!(
            "this build holds no page, and there is none in {folder}/ (no index.html); build it with ./dev build, or \
             install with ./dev install, which puts it into the program"
        );
    }
    Ok(Router::new().fallback_service(ServeDir::new(folder)))
}

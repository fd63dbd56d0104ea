//! What the test binaries share: where the project and its built page are.
//!
//! The binaries are `tests/arrows` (who may depend on whom), `tests/browser` (the built page in a real
//! browser) and whatever joins them. Tests that need the built page or a browser live in
//! `tests/browser` alone and carry `#[ignore = "needs the built page: ./dev test browser"]`, so that a
//! plain `cargo test` shows them as ignored and never as passed.

pub mod backend;
pub mod browser;
pub mod compressed;
pub mod firefox;
pub mod hosts;
pub mod reference;
pub mod tab;

use std::path::{Path, PathBuf};

/// The root of the checkout.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root of the checkout")
}

/// The folder of the built page: `LANES_DIST`, which `./dev` sets, or `dist/`.
///
/// # Panics
///
/// When no page has been built there.
#[must_use]
pub fn dist() -> PathBuf {
    let dist = std::env::var_os("LANES_DIST").map_or_else(|| root().join("dist"), PathBuf::from);
    assert!(
        dist.join("index.html").is_file(),
        "there is no built page in {}: run ./dev test browser, or ./dev build and name it in LANES_DIST",
        dist.display()
    );
    dist
}

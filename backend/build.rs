//! Puts the built page into release builds: `dist/` beside this package, or the folder that `LANES_DIST` names.
//! A build without a page is a whole program too: it says so when it is asked to serve one.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=LANES_DIST");
    println!("cargo:rustc-check-cfg=cfg(has_page)");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let dist = env::var_os("LANES_DIST").map_or_else(|| home.join("../dist"), PathBuf::from);
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let has_page = is_release && dist.join("index.html").is_file();
    if is_release && !has_page {
        // A page that is built later must be noticed.
        println!("cargo:rerun-if-changed={}", dist.join("index.html").display());
        println!("cargo:warning=no built page at {}: lanes serve will need --dist", dist.display());
    }
    if has_page {
        println!("cargo:rustc-cfg=has_page");
    }
    let folder = if has_page { dist } else { out.join("no-page") };
    fs::create_dir_all(&folder).expect("cargo's own folder can be written to");
    // By itself, because it is changed a little as it is sent.
    let index = fs::read(folder.join("index.html")).unwrap_or_default();
    fs::write(out.join("index.html"), index).expect("cargo's own folder can be written to");
    memory_serve::load_directory_with_embed(folder.to_str().expect("paths are text here"), true);
}

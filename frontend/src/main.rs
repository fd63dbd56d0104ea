//! The Lanes page, and the browser's lanes.
//!
//! The same module is loaded by the page, by its engine, by the engine's threads and by isolated workers; only the
//! page has a window, and only there something is mounted.

mod actions;
mod backend;
mod boot;
mod engine;
mod files;
mod handover;
mod scripting;
mod session;
mod state;
mod timeline;
mod ui;

use leptos::prelude::*;

// Called by name from the workers that rayon's helper starts.
pub use wasm_bindgen_rayon::init_thread_pool;

fn main() {
    // `main` runs once per memory: an engine and an isolated worker come here too, and have no page to mount.
    if web_sys::window().is_none() {
        return;
    }
    console_error_panic_hook::set_once();
    let handle = mount_to(boot::mount_point(), || {
        let page = state::Page::new();
        provide_context(page);
        let timeline = timeline::TimelineHandle::new();
        provide_context(timeline);
        page.start(timeline);
        view! {
            <ui::App>
                <timeline::Timeline handle=timeline/>
            </ui::App>
        }
    });
    handle.forget();
}

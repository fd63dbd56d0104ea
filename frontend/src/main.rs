//! The Lanes page, and the browser's lanes.
//!
//! The same module is loaded by the page, by its engine, by the engine's threads and by isolated workers; only the
//! page has a window, and only there something is mounted.

mod backend;
mod engine;
mod executor;
mod js_error;
mod kept;
mod on_demand;
mod page;
mod predictor;
mod program_writer;
mod session;
mod timeline;
mod ui;

use leptos::prelude::*;

fn main() {
    // `main` runs once per memory: an engine and an isolated worker come here too, and have no page to mount.
    if web_sys::window().is_none() {
        return;
    }
    console_error_panic_hook::set_once();
    executor::install();
    let handle = mount_to(page::mount_point(), || {
        let page = page::open();
        let timeline = timeline::TimelineHandle::new();
        let runner = page::Runner::new(page, timeline);
        provide_context(page);
        provide_context(runner);
        provide_context(timeline);
        let predictions = page::Predictions::new(page, runner);
        provide_context(predictions);
        predictions.follow();
        let quiz = page::Quiz::new(page, runner);
        provide_context(quiz);
        quiz.follow();
        page::start(page, runner);
        view! {
            <ui::App>
                <timeline::Timeline handle=timeline/>
            </ui::App>
        }
    });
    handle.forget();
}

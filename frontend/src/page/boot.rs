//! What happens when the page opens, in order.

use leptos::{prelude::*, task::spawn_local};

use super::{
    address, environment, files,
    run::Runner,
    scripting,
    state::{NoticeKind, Page, Phase},
};
use crate::{backend::Backend, session::SessionRunner};

/// The state of the page that is being opened.
#[must_use]
pub fn open() -> Page {
    Page::new(environment::abilities(), Backend::of_page(environment::base()))
}

/// Reads the address, finds out what this browser can do, and then runs a first example by itself, unless the address carries
/// a scenario or the backend was started with a function of the user's own: neither is ever run unasked.
pub fn start(page: Page, runner: Runner) {
    let has_link = address::read(page);
    address::follow_history(page);
    files::take_dropped_files(page);
    scripting::offer(page, runner);
    let abilities = page.abilities.get_untracked();
    spawn_local(async move {
        let is_busy = move || page.phase.get_untracked() != Phase::Idle;
        let isolation = async {
            if abilities.shared_memory {
                // What still waits for the service worker is a run that needs it.
                return Ok(());
            }
            environment::service_worker().await
        };
        let (isolation, late_backend) = futures::join!(isolation, page.backend.start(is_busy));
        if !abilities.shared_memory {
            page.abilities.update(|abilities| abilities.service_worker = isolation.is_ok());
            let why = isolation.err().map(|why| format!(" ({why})")).unwrap_or_default();
            page.notify(
                NoticeKind::Hint,
                format!(
                    "Threads are not available here: the page is not cross-origin isolated{why}. Sequential, async and \
                     processes run all the same. It helps to open Lanes over https or localhost, outside a private window."
                ),
            );
        }
        runner.make_ready(SessionRunner::new(environment::settings(&abilities), page.backend));
        if !has_link {
            let first_draft = page.draft.get_untracked();
            if let Some(backend) = late_backend {
                // What the server was started for decides what the page opens with, however slow the machine is.
                let _ = backend.await;
            }
            if page.is_untouched_since(&first_draft) {
                open_with(page, runner);
            }
        }
        page.has_opened.set(true);
    });
}

/// Puts before the user what the server was started for, or runs a first example.
fn open_with(page: Page, runner: Runner) {
    let own = page.backend.state.with_untracked(|state| state.functions());
    match own.into_iter().find_map(|function| function.scenario.ok()) {
        // It runs when somebody says so.
        Some(scenario) => drop(page.edit(&scenario)),
        None if address::asks_for_quiet() => {}
        None => runner.run(),
    }
}

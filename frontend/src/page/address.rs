//! The scenario in the page's address: read when the page opens, followed through the history, written by runs and links.

use lanes_core::{link, scenario::Scenario};
use wasm_bindgen::{JsCast, prelude::*};

use super::state::{NoticeKind, Page};

impl Page {
    /// Takes a scenario to edit and run: a preset's, or that of a function of the user's own.
    pub fn load(self, scenario: &Scenario) {
        self.edit(scenario);
        push(scenario);
    }
}

/// Takes the scenario in the address; whether there was a link, sound or not.
pub(super) fn read(page: Page) -> bool {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    if hash.len() < 2 {
        return false;
    }
    match link::decode(&hash) {
        Ok(scenario) => {
            page.edit(&scenario);
        }
        Err(error) => page.notify(NoticeKind::Error, format!("This link could not be opened: {error}")),
    }
    true
}

/// Puts a scenario into the address, as a new entry of the history unless it is there already.
pub(super) fn push(scenario: &Scenario) {
    let Some(window) = web_sys::window() else { return };
    // A scenario too long for a link keeps the address it has.
    let Ok(link) = link::encode(scenario) else { return };
    let fragment = format!("#{link}");
    if window.location().hash().is_ok_and(|hash| link::decode(&hash).as_ref() == Ok(scenario)) {
        return;
    }
    if let Ok(history) = window.history() {
        // Refused where a page pushes far too often; the address then stays as it is.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

/// Follows Back, Forward and a link pasted over this one.
pub(super) fn follow_history(page: Page) {
    let on_change = Closure::<dyn Fn()>::new(move || {
        let is_token = page.backend.take_token();
        if !read(page) && !is_token {
            page.edit_first_example();
        }
    });
    if let Some(window) = web_sys::window() {
        // `popstate` comes for pasted links too, and for entries that were pushed.
        let _ = window.add_event_listener_with_callback("popstate", on_change.as_ref().unchecked_ref());
    }
    on_change.forget();
}

/// Whether the address asks for no example: `?quiet`, for tests and embedding.
pub(super) fn asks_for_quiet() -> bool {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    search.contains("quiet")
}

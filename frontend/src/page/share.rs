//! What a person takes out of the page: links, result files, programs.

use lanes_core::{
    link,
    report::LaneResult,
    result::{Machine, result_file},
    scenario::{Code, Place},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{
    address,
    field_names::sentence,
    state::{Abilities, NoticeKind, Page},
};
use crate::backend::BackendState;

impl Page {
    /// Copies a link to the edited scenario.
    pub fn share(self) {
        let scenario = match self.checked.get_untracked() {
            Ok(scenario) => scenario,
            Err(problems) => {
                let why = self.draft.with_untracked(|draft| sentence(&problems, draft));
                return self.notify(NoticeKind::Error, format!("No link yet: {why}"));
            }
        };
        if let Err(error) = link::encode(&scenario) {
            return self.notify(NoticeKind::Error, format!("No link: {error}"));
        }
        address::push(&scenario);
        let Some(window) = web_sys::window() else { return };
        let url = window.location().href().unwrap_or_default();
        let has_file = scenario.wants_file();
        let named = scenario.call().and_then(|call| match &call.python {
            Code::Named(named) => Some(named.file.clone()),
            Code::Source(_) => None,
        });
        spawn_local(async move {
            let copied = copy(&url).await;
            let file = if has_file { " The file itself is not in it: whoever opens the link chooses one." } else { "" };
            if copied {
                let holds = match &named {
                    None => "It holds the whole scenario and needs no server.".to_owned(),
                    Some(file) => {
                        format!("It names the function and holds no code: whoever opens it needs {file} too.")
                    }
                };
                self.notify(NoticeKind::Done, format!("Link copied. {holds}{file}"));
            } else {
                self.notify(
                    NoticeKind::Hint,
                    format!("The browser did not let Lanes copy the link; it is in the address bar.{file}"),
                );
            }
        });
    }

    /// The result file of the last run.
    #[must_use]
    pub fn result_file(self) -> Option<Value> {
        let here = machine(&self.abilities.get_untracked());
        self.outcome.with_untracked(|outcome| {
            let outcome = outcome.as_ref()?;
            let versions = here.versions.into_iter().chain(outcome.elsewhere.iter().cloned()).collect();
            Some(result_file(&outcome.scenario, &Machine { versions, ..here }, &outcome.lanes))
        })
    }

    /// Saves the result file.
    pub fn download_result(self) {
        let Some(result) = self.result_file() else { return };
        let json = serde_json::to_string_pretty(&result).unwrap_or_default();
        if download("lanes-result.json", &json).is_none() {
            self.notify(NoticeKind::Error, "The browser did not let Lanes save the file.".into());
        }
    }

    /// Copies a program.
    pub fn copy_program(self, name: &str, code: String) {
        let name = name.to_owned();
        spawn_local(async move {
            if copy(&code).await {
                self.notify(NoticeKind::Done, format!("{name} is copied."));
            } else {
                self.notify(
                    NoticeKind::Hint,
                    "The browser did not let Lanes copy the program; select it, or download it.".into(),
                );
            }
        });
    }

    /// Saves a program.
    pub fn save_program(self, name: &str, code: &str) {
        if download(name, code).is_none() {
            self.notify(NoticeKind::Error, "The browser did not let Lanes save the program; copy it instead.".into());
        }
    }
}

/// Puts a text into the clipboard; whether the browser let it.
async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let clipboard = window.navigator().clipboard();
    // Undefined where the page is not served over https or from localhost.
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn machine(abilities: &Abilities) -> Machine {
    let agent = web_sys::window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default();
    Machine {
        cores: abilities.cores,
        os: String::new(),
        cpu: String::new(),
        versions: vec![format!("lanes {}", env!("CARGO_PKG_VERSION")), agent],
        other_work_percent: None,
    }
}

/// What ran the lanes outside the page: the backend's machine, and whatever else it says of them.
pub(super) fn elsewhere(backend: &BackendState, lanes: &[LaneResult]) -> Vec<String> {
    let Some(found) = backend.found() else { return Vec::new() };
    let hello = &found.hello;
    let ran = |place| lanes.iter().filter(move |lane| lane.lane.place == place && lane.wall.is_some());
    let mut versions = Vec::new();
    if ran(Place::Native).chain(ran(Place::Python)).next().is_some() {
        let machine = [hello.machine.os.as_str(), hello.machine.cpu.as_str()];
        let mut parts: Vec<String> = machine.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect();
        parts.push(format!("{} cores", hello.machine.cores));
        parts.push(format!("lanes {}", hello.version));
        versions.push(format!("native: {}", parts.join(", ")));
    }
    for here in ran(Place::Python).filter_map(|ran| backend.lane(ran.lane)) {
        // Up to the interpreter's path, which says more of its owner than of the run.
        let version = here.version.split(", ").next().unwrap_or_default().to_owned();
        if !version.is_empty() && !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn download(name: &str, text: &str) -> Option<()> {
    let parts = js_sys::Array::of1(&text.into());
    let blob = web_sys::Blob::new_with_str_sequence(&parts).ok()?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let document = web_sys::window()?.document()?;
    let anchor: web_sys::HtmlAnchorElement = document.create_element("a").ok()?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // Can only fail for what is no address.
    let _ = web_sys::Url::revoke_object_url(&url);
    Some(())
}

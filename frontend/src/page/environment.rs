//! What the page finds out of its surroundings: where it is mounted, its address, what this browser can do.

use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;

use super::state::Abilities;
use crate::{
    engine::{Network, Settings},
    js_error::describe,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static MAIN_JS: String;

    #[wasm_bindgen(thread_local_v2, js_name = crossOriginIsolated)]
    static ISOLATED: Option<bool>;

    /// The promise that `isolate.js` left.
    #[wasm_bindgen(thread_local_v2, js_name = lanesBoot)]
    static LANES_BOOT: JsValue;
}

/// The element that the page is mounted in; what stood there while it loaded is cleared.
#[must_use]
pub fn mount_point() -> web_sys::HtmlElement {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page has a document");
    let element = document.get_element_by_id("app").expect("index.html has #app");
    element.set_inner_html("");
    element.unchecked_into()
}

/// What this browser can do, as far as is known at once.
#[must_use]
pub fn abilities() -> Abilities {
    let navigator = web_sys::window().map(|window| window.navigator());
    Abilities {
        shared_memory: ISOLATED.with(|isolated| isolated.unwrap_or(false)),
        service_worker: false,
        cores: navigator.map_or(1, |navigator| navigator.hardware_concurrency() as u32),
    }
}

/// Waits until it is settled whether a service worker answers; why not, if not.
pub async fn service_worker() -> Result<(), String> {
    let promise = LANES_BOOT.with(Clone::clone);
    let get = |value: &JsValue, key: &str| js_sys::Reflect::get(value, &key.into()).unwrap_or_default();
    let Ok(promise) = promise.dyn_into::<js_sys::Promise>() else {
        return Err("isolate.js was not loaded".into());
    };
    match JsFuture::from(promise).await {
        Ok(answer) if get(&answer, "serviceWorker").is_truthy() => Ok(()),
        Ok(answer) => Err(get(&answer, "why").as_string().unwrap_or_default()),
        Err(error) => Err(describe(&error)),
    }
}

/// The page's own address, with a slash at the end: `sim/…` and `api/…` are below it.
#[must_use]
pub fn base() -> String {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten())
        .and_then(|base| web_sys::Url::new_with_base(".", &base).ok())
        .map(|url| {
            url.set_hash("");
            url.set_search("");
            url.href()
        })
        .expect("a page has an address")
}

/// What engines of this page must be told.
#[must_use]
pub fn settings(abilities: &Abilities) -> Settings {
    let base = base();
    let channel = format!("lanes-panics-{}", js_sys::Math::random());
    Settings {
        network: Network { base: base.clone(), service_worker: abilities.service_worker, token: None },
        shared_memory: abilities.shared_memory,
        main: MAIN_JS.with(Clone::clone),
        worker: format!("{base}worker.js"),
        channel,
        module: wasm_bindgen::module(),
    }
}

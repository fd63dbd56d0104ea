//! What an engine must be told before its first run.

use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use super::net::Network;

/// Why the lanes that share memory do not run, and what would help.
pub const NO_SHARED_MEMORY: &str = "this lane needs memory shared between workers, and the page is not cross-origin isolated. \
    It would be with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or in \
    a browser that lets Lanes install its service worker (https or localhost, no private window)";

/// What an engine must be told before its first run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Where requests go.
    pub network: Network,
    /// Whether memory can be shared between workers.
    pub shared_memory: bool,
    /// The address of the module's JavaScript.
    pub main: String,
    /// The address of `worker.js`.
    pub worker: String,
    /// The name of the broadcast channel on which panics are told.
    pub channel: String,
    /// The compiled module, for the isolated workers; not part of the JSON.
    #[serde(skip)]
    pub module: JsValue,
}

impl Settings {
    /// The settings as one message: JSON, and the module beside it.
    #[must_use]
    pub fn write(&self) -> JsValue {
        let json = serde_json::to_string(self).expect("settings are plain data");
        js_sys::Array::of2(&json.into(), &self.module).into()
    }

    /// The settings in such a message.
    ///
    /// # Panics
    /// When it is none: both sides are the same build.
    #[must_use]
    pub fn read(message: &JsValue) -> Self {
        let message: &js_sys::Array = message.unchecked_ref();
        let json = message.get(0).as_string().expect("settings are JSON");
        let settings: Self = serde_json::from_str(&json).expect("settings of the same build");
        Self { module: message.get(1), ..settings }
    }
}

//! What this browser keeps of a person's between visits: texts by key, never sent anywhere. A browser may refuse, in a private window
//! for example; what was to be kept then lasts as long as the page.

use web_sys::Storage;

/// What is kept under a key.
#[must_use]
pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a text under a key.
pub fn write(key: &str, text: &str) {
    let _ = storage().map(|storage| storage.set_item(key, text));
}

/// Keeps nothing under a key any more.
pub fn forget(key: &str) {
    let _ = storage().map(|storage| storage.remove_item(key));
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

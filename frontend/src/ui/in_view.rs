//! Calls back when a part of the page is about to be seen.

use leptos::{html::ElementType, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// Calls `back` each time the element comes within a screen's height of what is seen; at once where the browser cannot tell.
pub(super) fn when_near<E>(node: NodeRef<E>, back: impl Fn() + Copy + 'static)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let observed = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            if entries.iter().any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting()) {
                back();
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin("100% 0px");
        match IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), &options) {
            Ok(observer) => {
                observer.observe(element.as_ref());
                observed.set_value(Some((observer, callback)));
            }
            Err(_) => back(),
        }
    });
    on_cleanup(move || {
        if let Some((observer, _callback)) = observed.try_update_value(Option::take).flatten() {
            observer.disconnect();
        }
    });
}

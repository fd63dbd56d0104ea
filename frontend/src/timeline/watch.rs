//! What the browser calls back: frames, sizes, scrolling, themes. Each of these lets go of its callback when it is dropped.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    AddEventListenerOptions, Element, MediaQueryList, MutationObserver, MutationObserverInit, ResizeObserver,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Nothing,
    Timer(i32),
    Frame(i32),
}

/// Calls back before a frame when asked to, once for any number of requests, and not too often.
pub struct FrameTimer {
    pending: Cell<Pending>,
    last_ms: Cell<f64>,
    least_ms: Cell<f64>,
    on_timer: RefCell<Option<Closure<dyn FnMut()>>>,
    on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
}

impl FrameTimer {
    /// A timer that calls `draw`.
    #[must_use]
    pub fn new(draw: impl Fn() + 'static) -> Rc<Self> {
        let timer = Rc::new(Self {
            pending: Cell::new(Pending::Nothing),
            last_ms: Cell::new(f64::NEG_INFINITY),
            least_ms: Cell::new(0.0),
            on_timer: RefCell::default(),
            on_frame: RefCell::default(),
        });
        let weak = Rc::downgrade(&timer);
        *timer.on_timer.borrow_mut() = Some(Closure::new(move || {
            if let Some(timer) = weak.upgrade() {
                timer.ask_for_frame();
            }
        }));
        let weak = Rc::downgrade(&timer);
        *timer.on_frame.borrow_mut() = Some(Closure::new(move || {
            if let Some(timer) = weak.upgrade() {
                // First, so that a request made while drawing is not lost.
                timer.pending.set(Pending::Nothing);
                timer.last_ms.set(now_ms());
                draw();
            }
        }));
        timer
    }

    /// From now on, this long between two calls.
    pub fn set_least_ms(&self, least_ms: f64) {
        self.least_ms.set(least_ms);
    }

    /// Asks for a call.
    pub fn request(&self) {
        if self.pending.get() != Pending::Nothing {
            return;
        }
        let wait_ms = self.least_ms.get() - (now_ms() - self.last_ms.get());
        if wait_ms <= 1.0 {
            return self.ask_for_frame();
        }
        let on_timer = self.on_timer.borrow();
        let set = web_sys::window().zip(on_timer.as_ref()).and_then(|(window, callback)| {
            let callback = callback.as_ref().unchecked_ref();
            window.set_timeout_with_callback_and_timeout_and_arguments_0(callback, wait_ms.ceil() as i32).ok()
        });
        self.pending.set(set.map_or(Pending::Nothing, Pending::Timer));
    }

    fn ask_for_frame(&self) {
        let on_frame = self.on_frame.borrow();
        let frame = web_sys::window()
            .zip(on_frame.as_ref())
            .and_then(|(window, callback)| window.request_animation_frame(callback.as_ref().unchecked_ref()).ok());
        self.pending.set(frame.map_or(Pending::Nothing, Pending::Frame));
    }
}

impl Drop for FrameTimer {
    fn drop(&mut self) {
        let Some(window) = web_sys::window() else { return };
        match self.pending.get() {
            Pending::Nothing => {}
            Pending::Timer(id) => window.clear_timeout_with_handle(id),
            Pending::Frame(id) => {
                window.cancel_animation_frame(id).ok();
            }
        }
    }
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Calls back when an element has another size.
pub struct SizeWatch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl SizeWatch {
    /// Watches an element.
    #[must_use]
    pub fn new(element: &Element, changed: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(changed);
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _callback: callback })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Calls back when the page goes light or dark: by the system's wish, or by `data-theme` of the root element.
pub struct ThemeWatch {
    query: Option<MediaQueryList>,
    observer: Option<MutationObserver>,
    callback: Closure<dyn FnMut()>,
}

impl ThemeWatch {
    /// Watches the page.
    #[must_use]
    pub fn new(changed: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(changed);
        let function = callback.as_ref().unchecked_ref();
        let window = web_sys::window()?;
        let query = window.match_media("(prefers-color-scheme: dark)").ok().flatten();
        if let Some(query) = &query {
            query.add_event_listener_with_callback("change", function).ok();
        }
        let observer = MutationObserver::new(function).ok();
        if let Some((observer, html)) = observer.as_ref().zip(window.document()?.document_element()) {
            let what = MutationObserverInit::new();
            what.set_attributes(true);
            what.set_attribute_filter(&js_sys::Array::of1(&"data-theme".into()));
            observer.observe_with_options(&html, &what).ok();
        }
        Some(Self { query, observer, callback })
    }
}

impl Drop for ThemeWatch {
    fn drop(&mut self) {
        if let Some(query) = &self.query {
            query.remove_event_listener_with_callback("change", self.callback.as_ref().unchecked_ref()).ok();
        }
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Calls back when something is scrolled, the page or what the timeline stands in, and when the window has another size.
pub struct ScrollWatch {
    callback: Closure<dyn FnMut()>,
}

impl ScrollWatch {
    const EVENTS: [&str; 2] = ["scroll", "resize"];

    /// Watches the window.
    #[must_use]
    pub fn new(changed: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(changed);
        let window = web_sys::window()?;
        let options = AddEventListenerOptions::new();
        options.set_passive(true);
        options.set_capture(true);
        for event in Self::EVENTS {
            let function = callback.as_ref().unchecked_ref();
            window.add_event_listener_with_callback_and_add_event_listener_options(event, function, &options).ok()?;
        }
        Some(Self { callback })
    }
}

impl Drop for ScrollWatch {
    fn drop(&mut self) {
        let Some(window) = web_sys::window() else { return };
        for event in Self::EVENTS {
            let function = self.callback.as_ref().unchecked_ref();
            window.remove_event_listener_with_callback_and_bool(event, function, true).ok();
        }
    }
}

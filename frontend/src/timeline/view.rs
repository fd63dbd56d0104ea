//! The timeline view: its elements on the page, what the user does to them, and the picture.
//!
//! It knows the browser. What is shown, and how, is decided by `control`, `shapes` and `overlay`.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use leptos::prelude::*;
use web_sys::{HtmlCanvasElement, HtmlDivElement, HtmlElement, KeyboardEvent, PointerEvent, WheelEvent};

use super::{
    control::KeyDid,
    describe,
    gesture::{Gesture, Meaning, Wheel, WheelMeaning},
    handle::Shared,
    overlay::{Overlay, Sight},
    paint::{Palette, Sheet, Surface, probe},
    shapes::{self, Face},
    watch::{SizeWatch, ThemeWatch, Ticker},
};

/// Most device pixels of the canvas: browsers refuse larger ones, and some show nothing at all.
const MOST_PIXELS: f64 = 16e6;

/// What the view tells the component to show in HTML.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announcements {
    /// Cursor, tooltip, selection.
    pub(super) overlay: RwSignal<Overlay>,
    /// Whether to tell that the wheel wants Ctrl.
    pub(super) hint: RwSignal<bool>,
    /// All lanes in a few sentences.
    pub(super) summary: RwSignal<String>,
    /// What was selected by keyboard.
    pub(super) aloud: RwSignal<String>,
}

impl Announcements {
    pub(super) fn new() -> Self {
        Self {
            overlay: RwSignal::default(),
            hint: RwSignal::new(false),
            summary: RwSignal::default(),
            aloud: RwSignal::default(),
        }
    }
}

/// The elements of the component.
pub(super) struct Elements {
    pub(super) root: HtmlDivElement,
    pub(super) view: HtmlDivElement,
    pub(super) ruler: HtmlCanvasElement,
    pub(super) lanes: HtmlCanvasElement,
}

/// The timeline while it is on the page. Dropping it lets go of everything it asked of the browser.
pub(super) struct TimelineView {
    shared: Rc<Shared>,
    announced: Announcements,
    root: HtmlDivElement,
    element: HtmlDivElement,
    ruler: Surface,
    lanes: Surface,
    probe: HtmlElement,
    palette: RefCell<Palette>,
    sheet: RefCell<Sheet>,
    gesture: RefCell<Gesture>,
    /// In CSS pixels of the lanes' canvas.
    pointer: Cell<Option<(f64, f64)>>,
    /// Whether a plain wheel zooms.
    armed: Cell<bool>,
    ticker: Rc<Ticker>,
    _size: Option<SizeWatch>,
    _theme: Option<ThemeWatch>,
}

impl TimelineView {
    /// Takes the elements over; none where there is no canvas to be had.
    pub(super) fn new(shared: Rc<Shared>, announced: Announcements, elements: Elements) -> Option<Rc<Self>> {
        let Elements { root, view: element, ruler, lanes } = elements;
        let (ruler, lanes) = (Surface::new(ruler)?, Surface::new(lanes)?);
        let probe = probe(&root)?;
        let palette = Palette::read(&probe);
        let sheet = Sheet::new(&root.owner_document()?, &palette)?;
        let made = Rc::new_cyclic(|weak: &Weak<Self>| {
            let calling = |what: fn(&Self)| {
                let weak = weak.clone();
                move || {
                    if let Some(view) = weak.upgrade() {
                        what(&view);
                    }
                }
            };
            Self {
                shared,
                announced,
                probe,
                palette: palette.into(),
                sheet: sheet.into(),
                gesture: RefCell::default(),
                pointer: Cell::default(),
                armed: Cell::new(false),
                ticker: Ticker::new(calling(Self::draw)),
                _size: SizeWatch::new(&root, calling(Self::request_redraw)),
                _theme: ThemeWatch::new(calling(Self::recolour)),
                root,
                element,
                ruler,
                lanes,
            }
        });
        let weak = Rc::downgrade(&made);
        *made.shared.redraw.borrow_mut() = Some(Rc::new(move || {
            if let Some(view) = weak.upgrade() {
                view.redraw_soon();
            }
        }));
        made.request_redraw();
        Some(made)
    }

    pub(super) fn wheel(&self, event: &WheelEvent) {
        let unit_px = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => 16.0,
            WheelEvent::DOM_DELTA_PAGE => 400.0,
            _ => 1.0,
        };
        let wheel = Wheel {
            dx: event.delta_x() * unit_px,
            dy: event.delta_y() * unit_px,
            ctrl: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            armed: self.armed.get(),
        };
        let (x, _) = self.place(event.client_x(), event.client_y());
        let changed = match wheel.meaning() {
            WheelMeaning::Page => return self.announced.hint.set(true),
            WheelMeaning::Zoom(factor) => self.shared.control.borrow_mut().zoom_at(x, factor),
            WheelMeaning::Pan(dx) => self.shared.control.borrow_mut().pan_px(dx),
        };
        if self.announced.hint.get_untracked() {
            self.announced.hint.set(false);
        }
        // Where there is nothing more to zoom the page scrolls again; but never sideways, which means "back", and
        // never with Ctrl, which would zoom the page.
        if changed || wheel.ctrl || !matches!(wheel.meaning(), WheelMeaning::Zoom(_)) {
            event.prevent_default();
        }
        self.looked(changed);
    }

    pub(super) fn pointer_down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        self.armed.set(true);
        self.announced.hint.set(false);
        let (x, y) = self.place(event.client_x(), event.client_y());
        self.gesture.borrow_mut().down(event.pointer_id(), x, y);
        self.element.set_pointer_capture(event.pointer_id()).ok();
    }

    pub(super) fn pointer_move(&self, event: &PointerEvent) {
        let (x, y) = self.place(event.client_x(), event.client_y());
        let meaning = self.gesture.borrow_mut().moved(event.pointer_id(), x, y);
        let moving = self.gesture.borrow().is_moving();
        self.pointer.set((!moving).then_some((x, y)));
        let changed = match meaning {
            Meaning::Drag(dx) => self.shared.control.borrow_mut().pan_px(-dx),
            Meaning::Pinch { x, factor, dx } => {
                let mut control = self.shared.control.borrow_mut();
                control.zoom_at(x, factor) | control.pan_px(-dx)
            }
            Meaning::Nothing | Meaning::Click { .. } => false,
        };
        self.looked(changed);
    }

    pub(super) fn pointer_up(&self, event: &PointerEvent) {
        let (x, y) = self.place(event.client_x(), event.client_y());
        let meaning = self.gesture.borrow_mut().up(event.pointer_id(), x, y);
        if let Meaning::Click { x, y } = meaning {
            self.shared.control.borrow_mut().select_at(x, y);
        }
        self.pointer.set(Some((x, y)));
        self.update_overlay();
    }

    pub(super) fn pointer_cancel(&self, event: &PointerEvent) {
        self.gesture.borrow_mut().cancel(event.pointer_id());
    }

    pub(super) fn pointer_leave(&self) {
        self.pointer.set(None);
        self.armed.set(false);
        self.announced.hint.set(false);
        self.update_overlay();
    }

    pub(super) fn double_click(&self) {
        self.shared.control.borrow_mut().fit();
        self.looked(true);
    }

    pub(super) fn focused(&self, focused: bool) {
        self.armed.set(focused);
    }

    pub(super) fn key_down(&self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let did = self.shared.control.borrow_mut().key(&event.key(), event.shift_key());
        if did == KeyDid::Nothing {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        self.looked(true);
        if did == KeyDid::Selected {
            let words = {
                let control = self.shared.control.borrow();
                control.selected().and_then(|hit| describe::hit(control.model(), hit))
            };
            self.announced.aloud.set(words.map_or_else(|| "nothing selected".to_owned(), |words| words.sentence()));
        }
    }

    fn looked(&self, changed: bool) {
        if changed {
            self.shared.request_redraw();
        }
        self.update_overlay();
    }

    fn request_redraw(&self) {
        self.shared.request_redraw();
    }

    fn redraw_soon(&self) {
        self.root.set_attribute("data-settled", "false").ok();
        self.ticker.set_least_ms(self.shared.min_frame_ms.get());
        self.ticker.request();
    }

    fn recolour(&self) {
        let palette = Palette::read(&self.probe);
        if let Some(document) = self.root.owner_document() {
            self.sheet.borrow_mut().recolour(&document, &palette);
        }
        self.palette.replace(palette);
        self.request_redraw();
    }

    /// Place in the lanes' canvas. What the ruler covers is above it.
    fn place(&self, client_x: i32, client_y: i32) -> (f64, f64) {
        let lanes = self.lanes.canvas().get_bounding_client_rect();
        let ruler = self.ruler.canvas().get_bounding_client_rect();
        let (x, y) = (f64::from(client_x), f64::from(client_y));
        (x - lanes.left(), if y < ruler.bottom() { -1.0 } else { y - lanes.top() })
    }

    fn draw(&self) {
        let width = self.root.get_bounding_client_rect().width().floor();
        if width < 1.0 {
            return self.settle();
        }
        {
            let mut control = self.shared.control.borrow_mut();
            control.refresh(width);
            let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
            let scale = ratio.min((MOST_PIXELS / (width * control.layout().height.max(1.0))).sqrt());
            let (palette, mut sheet) = (self.palette.borrow(), self.sheet.borrow_mut());
            let measure = |text: &str, face: Face| self.lanes.measure(text, face, &palette);
            let ruler = shapes::ruler(control.layout(), control.view(), scale, &measure);
            self.ruler.paint(&ruler, &palette, &mut sheet);
            let lanes = shapes::lanes(control.model(), control.layout(), control.view(), scale, &measure);
            self.lanes.paint(&lanes, &palette, &mut sheet);
        }
        self.update_overlay();
        self.update_summary();
        self.settle();
    }

    fn settle(&self) {
        self.shared.settled.set(true);
        self.root.set_attribute("data-settled", "true").ok();
    }

    fn update_overlay(&self) {
        let height = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(f64::MAX);
        let bottom = height - self.lanes.canvas().get_bounding_client_rect().top();
        let overlay = Overlay::new(&self.shared.control.borrow(), Sight { pointer: self.pointer.get(), bottom });
        if self.announced.overlay.with_untracked(|shown| *shown != overlay) {
            self.announced.overlay.set(overlay);
        }
    }

    fn update_summary(&self) {
        let summary = describe::summary(self.shared.control.borrow().model());
        if self.announced.summary.with_untracked(|shown| *shown != summary) {
            self.announced.summary.set(summary);
        }
    }
}

impl Drop for TimelineView {
    fn drop(&mut self) {
        self.shared.redraw.replace(None);
        self.shared.settled.set(true);
    }
}

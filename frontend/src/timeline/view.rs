//! The timeline view: its elements on the page, what the user does to them, and the picture.
//!
//! It knows the browser. What is shown, and how, is decided by `control`, `shapes` and `overlay`.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::Range,
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
    paint::{Palette, Raster, Surface, probe},
    shapes::{self, Face},
    watch::{FrameTimer, ScrollWatch, SizeWatch, ThemeWatch},
};

/// Most device pixels of the canvas: browsers refuse larger ones, and some show nothing at all.
const MOST_PIXELS: f64 = 16e6;

/// How far beyond the window the lanes are drawn, in CSS pixels, so that scrolling seldom has to draw.
const MARGIN_PX: f64 = 256.0;

/// The picture begins at a multiple of this: a whole number of device pixels at the usual scales.
const GRID_PX: f64 = 8.0;

/// Texts whose width is remembered.
const MOST_WIDTHS: usize = 4096;

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
    pub(super) frame: HtmlDivElement,
    pub(super) lanes: HtmlCanvasElement,
}

/// The timeline while it is on the page. Dropping it lets go of everything it asked of the browser.
pub(super) struct TimelineView {
    shared: Rc<Shared>,
    announced: Announcements,
    root: HtmlDivElement,
    element: HtmlDivElement,
    ruler: Surface,
    /// As tall as all lanes; the canvas in it is as tall as what is to be seen of them.
    frame: HtmlDivElement,
    lanes: Surface,
    /// Which heights of the lanes are on the canvas.
    drawn: RefCell<Range<f64>>,
    /// Asking the browser for the width of a text costs more than drawing a row.
    widths: RefCell<HashMap<(Face, String), f64>>,
    probe: HtmlElement,
    palette: RefCell<Palette>,
    raster: RefCell<Raster>,
    gesture: RefCell<Gesture>,
    /// In CSS pixels of the lanes' canvas.
    pointer: Cell<Option<(f64, f64)>>,
    /// Whether a plain wheel zooms.
    armed: Cell<bool>,
    timer: Rc<FrameTimer>,
    _size: Option<SizeWatch>,
    _scroll: Option<ScrollWatch>,
    _theme: Option<ThemeWatch>,
}

impl TimelineView {
    /// Takes the elements over; none where there is no canvas to be had.
    pub(super) fn new(shared: Rc<Shared>, announced: Announcements, elements: Elements) -> Option<Rc<Self>> {
        let Elements { root, view: element, ruler, frame, lanes } = elements;
        let (ruler, lanes) = (Surface::new(ruler)?, Surface::new(lanes)?);
        let probe = probe(&root)?;
        let palette = Palette::read(&probe);
        let raster = Raster::new(&root.owner_document()?, &palette)?;
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
                raster: raster.into(),
                gesture: RefCell::default(),
                pointer: Cell::default(),
                armed: Cell::new(false),
                timer: FrameTimer::new(calling(Self::draw)),
                _size: SizeWatch::new(&root, calling(Self::request_redraw)),
                _scroll: ScrollWatch::new(calling(Self::scrolled)),
                _theme: ThemeWatch::new(calling(Self::recolour)),
                root,
                element,
                ruler,
                frame,
                lanes,
                drawn: RefCell::new(0.0..0.0),
                widths: RefCell::default(),
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
        let changed = match meaning {
            Meaning::Click { x, y } => self.shared.control.borrow_mut().click_at(x, y),
            _ => false,
        };
        self.pointer.set(Some((x, y)));
        self.looked(changed);
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
        let control = self.shared.control.borrow();
        let aloud = match did {
            KeyDid::Nothing | KeyDid::Moved => return,
            KeyDid::Selected => {
                let words = control.selected().and_then(|hit| describe::hit(control.model(), hit));
                words.map_or_else(|| "nothing selected".to_owned(), |words| words.sentence())
            }
            KeyDid::Expanded(lane) => match control.model().lanes().get(lane).is_some_and(|lane| lane.is_expanded) {
                true => "a row for each worker".to_owned(),
                false => "workers share rows".to_owned(),
            },
        };
        drop(control);
        self.announced.aloud.set(aloud);
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
        self.timer.set_least_ms(self.shared.min_frame_ms.get());
        self.timer.request();
    }

    fn recolour(&self) {
        let palette = Palette::read(&self.probe);
        self.raster.borrow_mut().recolour(&palette);
        self.palette.replace(palette);
        self.widths.borrow_mut().clear();
        self.request_redraw();
    }

    /// Place in the lanes' canvas. What the ruler covers is above it.
    fn place(&self, client_x: i32, client_y: i32) -> (f64, f64) {
        let lanes = self.frame.get_bounding_client_rect();
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
            let height = control.layout().height;
            set_style(&self.frame, "height", height);
            let window = self.window(height);
            let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
            let scale = ratio.min((MOST_PIXELS / (width * (window.end - window.start).max(1.0))).sqrt());
            let (palette, mut raster) = (self.palette.borrow(), self.raster.borrow_mut());
            let measure = |text: &str, face: Face| self.width_of(text, face, &palette);
            let ruler = shapes::ruler(control.layout(), control.view(), scale, &measure);
            self.ruler.paint(&ruler, &palette, &mut raster);
            let (model, layout, view) = (control.model(), control.layout(), control.view());
            let lanes = shapes::lanes(model, layout, view, scale, window.clone(), &measure);
            self.lanes.paint(&lanes, &palette, &mut raster);
            set_style(self.lanes.canvas(), "top", window.start);
            self.drawn.replace(window);
        }
        self.update_overlay();
        self.update_summary();
        self.settle();
    }

    /// Which heights of the lanes, `height` tall altogether, are in the browser's window or near it.
    fn window(&self, height: f64) -> Range<f64> {
        let (from, to) = self.seen();
        let start = ((from - MARGIN_PX) / GRID_PX).floor() * GRID_PX;
        let start = start.clamp(0.0, height);
        start..(to + MARGIN_PX).clamp(start, height)
    }

    /// Which heights of the lanes are in the browser's window.
    fn seen(&self) -> (f64, f64) {
        let tall = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(f64::MAX);
        let top = self.frame.get_bounding_client_rect().top();
        (-top, tall - top)
    }

    /// Draws what was scrolled into the window, unless it was near enough to have been drawn.
    fn scrolled(&self) {
        let height = self.shared.control.borrow().layout().height;
        let (from, to) = self.seen();
        let drawn = self.drawn.borrow().clone();
        if from.clamp(0.0, height) < drawn.start || to.clamp(0.0, height) > drawn.end {
            self.request_redraw();
        }
    }

    fn width_of(&self, text: &str, face: Face, palette: &Palette) -> f64 {
        let key = (face, text.to_owned());
        if let Some(width) = self.widths.borrow().get(&key) {
            return *width;
        }
        let width = self.lanes.measure(text, face, palette);
        let mut widths = self.widths.borrow_mut();
        if widths.len() >= MOST_WIDTHS {
            widths.clear();
        }
        widths.insert(key, width);
        width
    }

    fn settle(&self) {
        self.shared.settled.set(true);
        self.root.set_attribute("data-settled", "true").ok();
    }

    fn update_overlay(&self) {
        let (_, bottom) = self.seen();
        let overlay = Overlay::new(&self.shared.control.borrow(), Sight { pointer: self.pointer.get(), bottom });
        if self.announced.overlay.with_untracked(|shown| *shown != overlay) {
            self.announced.overlay.set(overlay);
        }
    }

    /// Not while a run goes on: it would change with every picture, and be read to nobody.
    fn update_summary(&self) {
        let control = self.shared.control.borrow();
        if control.model().is_live() && !self.announced.summary.with_untracked(String::is_empty) {
            return;
        }
        let summary = describe::summary(control.model());
        drop(control);
        if self.announced.summary.with_untracked(|shown| *shown != summary) {
            self.announced.summary.set(summary);
        }
    }
}

fn set_style(element: &HtmlElement, property: &str, px: f64) {
    // The name is that of a method of Leptos as well.
    HtmlElement::style(element).set_property(property, &format!("{px}px")).ok();
}

impl Drop for TimelineView {
    fn drop(&mut self) {
        self.shared.redraw.replace(None);
        self.shared.settled.set(true);
    }
}

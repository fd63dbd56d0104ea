//! Puts a scene on a canvas, and reads the colours for it from the stylesheet. It decides nothing.

use js_sys::Uint8ClampedArray;
use lanes_core::{
    present::palette::{self, Rgb, StateColour},
    trace::State,
};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, HtmlElement, ImageData};

use super::{
    coverage::STRENGTHS,
    shapes::{Align, Face, Fill, Hatch, Ink, Label, Scene, Strip},
};

/// Colours and font: the states' are core's, the others are the custom properties `--text`, `--text-muted`, `--line`,
/// `--surface`, `--accent` and `--font-ui` of the stylesheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// By state, in the order of [`State::ALL`].
    states: [Rgb; State::ALL.len()],
    /// The same, and the colours of text on them, as CSS writes them.
    state_css: [(String, String); State::ALL.len()],
    /// Names.
    text: String,
    /// What matters less.
    text_muted: String,
    /// Grid lines.
    line: String,
    /// What hatches are drawn with: it stands out from every state.
    surface: String,
    /// The edge of a live run.
    accent: String,
    /// Font families.
    font: String,
}

impl Palette {
    /// The colours that hold inside an element. `probe` is an element inside it that nobody sees: a custom property
    /// may be any expression, and only as the colour of something does it become one.
    #[must_use]
    pub fn read(probe: &HtmlElement) -> Self {
        let computed = |property: &str| {
            let style = web_sys::window()?.get_computed_style(probe).ok()??;
            style
                .get_property_value(property)
                .ok()
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let colour = |expression: &str, otherwise: &str| {
            probe.style().set_property("color", expression).ok();
            computed("color").unwrap_or_else(|| otherwise.to_owned())
        };
        // The browser is asked which of two colours it takes: it alone knows which theme holds here.
        let is_dark = colour("light-dark(rgb(0, 0, 0), rgb(255, 255, 255))", "").contains("255");
        let states = State::ALL.map(|state| {
            let StateColour { light, dark, .. } = palette::state(state);
            if is_dark { dark } else { light }
        });
        Self {
            states,
            state_css: states.map(|colour| (colour.to_string(), colour.ink().to_string())),
            text: colour("var(--text, CanvasText)", "#000"),
            text_muted: colour("var(--text-muted, GrayText)", "#666"),
            line: colour("var(--line, GrayText)", "#ccc"),
            surface: colour("var(--surface, Canvas)", "#fff"),
            accent: colour("var(--accent, Highlight)", "#00f"),
            font: computed("--font-ui").unwrap_or_else(|| "system-ui, sans-serif".to_owned()),
        }
    }

    fn ink(&self, ink: Ink) -> &str {
        match ink {
            Ink::Text => &self.text,
            Ink::TextMuted => &self.text_muted,
            Ink::OnState(state) => &self.state_css[state as usize].1,
            Ink::State(state) => &self.state_css[state as usize].0,
            Ink::Line => &self.line,
            Ink::Accent => &self.accent,
            Ink::Idle => &self.state_css[State::Idle as usize].0,
        }
    }
}

/// A canvas and how to draw on it.
#[derive(Debug)]
pub struct Surface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Surface {
    /// The surface of a canvas; none where the browser has none to give.
    #[must_use]
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context })
    }

    /// The canvas.
    #[must_use]
    pub fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// Width of a text in CSS pixels.
    #[must_use]
    pub fn measure(&self, text: &str, face: Face, palette: &Palette) -> f64 {
        self.context.set_font(&font(face, 1.0, palette));
        self.context.measure_text(text).map_or(0.0, |metrics| metrics.width())
    }

    /// Replaces what is on the canvas by a scene.
    pub fn paint(&self, scene: &Scene, palette: &Palette, raster: &mut Raster) {
        self.resize(scene);
        self.context.clear_rect(0.0, 0.0, f64::from(scene.width), f64::from(scene.height));
        self.fills(&scene.backs, palette);
        raster.put(scene);
        self.strips(scene, raster);
        self.hatches(&scene.hatches, scene.scale, palette);
        self.fills(&scene.marks, palette);
        self.labels(&scene.labels, scene.scale, palette);
    }

    fn resize(&self, scene: &Scene) {
        if (self.canvas.width(), self.canvas.height()) == (scene.width, scene.height) {
            return;
        }
        self.canvas.set_width(scene.width);
        self.canvas.set_height(scene.height);
        // Sizes of their own, so that a device pixel of the picture is one of the screen.
        for (property, pixels) in [("width", scene.width), ("height", scene.height)] {
            self.canvas.style().set_property(property, &format!("{}px", f64::from(pixels) / scene.scale)).ok();
        }
    }

    /// One ink after the other, from the one that lies behind.
    fn fills(&self, fills: &[Fill], palette: &Palette) {
        let grounds = State::ALL.map(Ink::State);
        for ink in [Ink::Idle, Ink::Line, Ink::TextMuted, Ink::Accent].into_iter().chain(grounds) {
            let mut of_ink = fills.iter().filter(|fill| fill.ink == ink).peekable();
            if of_ink.peek().is_some() {
                self.context.set_fill_style_str(palette.ink(ink));
            }
            for fill in of_ink {
                let (x, y, width, height) = (fill.x.into(), fill.y.into(), fill.width.into(), fill.height.into());
                self.context.fill_rect(x, y, width, height);
            }
        }
    }

    /// Slanted lines over all of them at once, clipped to where they belong.
    fn hatches(&self, hatches: &[Hatch], scale: f64, palette: &Palette) {
        const STEP_PX: f64 = 5.0;
        const LINE_PX: f64 = 1.4;
        let (Some(top), Some(bottom)) =
            (hatches.iter().map(|hatch| hatch.y).min(), hatches.iter().map(|hatch| hatch.y + hatch.height).max())
        else {
            return;
        };
        let (left, right) = hatches
            .iter()
            .fold((i32::MAX, i32::MIN), |(left, right), hatch| (left.min(hatch.x), right.max(hatch.x + hatch.width)));
        let (top, bottom, left, right) = (f64::from(top), f64::from(bottom), f64::from(left), f64::from(right));
        let context = &self.context;
        context.save();
        context.begin_path();
        for hatch in hatches {
            context.rect(hatch.x.into(), hatch.y.into(), hatch.width.into(), hatch.height.into());
        }
        context.clip();
        context.begin_path();
        let (step, tall) = (STEP_PX * scale, bottom - top);
        // On a grid of the whole picture, so that the lines of two neighbours meet.
        let mut x = ((left - tall) / step).floor() * step;
        while x < right {
            context.move_to(x, bottom);
            context.line_to(x + tall, top);
            x += step;
        }
        context.set_stroke_style_str(&palette.surface);
        context.set_line_width(LINE_PX * scale);
        context.stroke();
        context.restore();
    }

    fn strips(&self, scene: &Scene, raster: &Raster) {
        self.context.set_image_smoothing_enabled(false);
        let (x, width) = (f64::from(scene.strip_x), scene.strip_width as f64);
        // Strips one pixel tall that follow on each other are copied at once: there may be a hundred of them.
        let together = |a: &Strip, b: &Strip| a.height == 1 && b.height == 1 && a.y + 1 == b.y;
        let mut from = 0;
        for group in scene.strips.chunk_by(together) {
            let rows = group.len() as f64;
            let height = f64::from(group[0].height) * rows;
            self.context
                .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    &raster.surface.canvas,
                    0.0,
                    from as f64,
                    width,
                    rows,
                    x,
                    f64::from(group[0].y),
                    width,
                    height,
                )
                .ok();
            from += group.len();
        }
    }

    fn labels(&self, labels: &[Label], scale: f64, palette: &Palette) {
        // Half the height of a capital: "middle" is that of an em, which sits too high beside a box.
        const TO_BASELINE: f64 = 0.36;
        let mut set = None;
        for label in labels {
            let wanted = (label.face, label.ink, label.align);
            if set != Some(wanted) {
                self.context.set_font(&font(label.face, scale, palette));
                self.context.set_fill_style_str(palette.ink(label.ink));
                self.context.set_text_align(match label.align {
                    Align::Start => "left",
                    Align::Center => "center",
                    Align::End => "right",
                });
                set = Some(wanted);
            }
            let baseline = label.y + TO_BASELINE * label.face.weight_and_size().1 * scale;
            self.context.fill_text(&label.text, label.x, baseline.round()).ok();
        }
    }
}

fn font(face: Face, scale: f64, palette: &Palette) -> String {
    let (weight, size_px) = face.weight_and_size();
    format!("{weight} {}px {}", size_px * scale, palette.font)
}

/// A canvas that nobody sees: the cells of all strips, a row of pixels each, from where they are copied and made as
/// tall as they are to be. One call for the pixels, whatever happened in them.
#[derive(Debug)]
pub struct Raster {
    surface: Surface,
    /// Red, green, blue and alpha by cell.
    colours: Box<[[u8; 4]; 256]>,
    bytes: Vec<u8>,
}

impl Raster {
    /// An empty raster.
    #[must_use]
    pub fn new(document: &Document, palette: &Palette) -> Option<Self> {
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        let mut raster = Self { surface: Surface::new(canvas)?, colours: Box::new([[0; 4]; 256]), bytes: Vec::new() };
        raster.recolour(palette);
        Some(raster)
    }

    /// Draws with other colours from now on.
    pub fn recolour(&mut self, palette: &Palette) {
        for (index, Rgb(red, green, blue)) in palette.states.into_iter().enumerate() {
            for strength in 1..=STRENGTHS {
                let alpha = 255 * u16::from(strength) / u16::from(STRENGTHS);
                self.colours[index << 4 | usize::from(strength)] = [red, green, blue, alpha as u8];
            }
        }
    }

    fn put(&mut self, scene: &Scene) {
        if scene.strips.is_empty() {
            return;
        }
        let (width, height) = (scene.strip_width as u32, scene.strips.len() as u32);
        let canvas = &self.surface.canvas;
        if canvas.width() != width {
            canvas.set_width(width);
        }
        if canvas.height() < height {
            canvas.set_height(height);
        }
        self.bytes.clear();
        self.bytes.extend(scene.cells.iter().flat_map(|cell| self.colours[usize::from(cell.byte())]));
        // A copy, because the memory of the page is shared with its engines, and an image may not be made of that.
        let array = Uint8ClampedArray::new_with_length(self.bytes.len() as u32);
        array.copy_from(&self.bytes);
        if let Ok(image) = ImageData::new_with_js_u8_clamped_array(&array, width) {
            self.surface.context.put_image_data(&image, 0.0, 0.0).ok();
        }
    }
}

/// The element whose computed style is read; hidden, and without transitions.
#[must_use]
pub fn probe(root: &Element) -> Option<HtmlElement> {
    let probe: HtmlElement = root.owner_document()?.create_element("span").ok()?.dyn_into().ok()?;
    probe.set_hidden(true);
    probe.style().set_property("transition", "none").ok();
    root.append_child(&probe).ok()?;
    Some(probe)
}

//! Puts a scene on a canvas, and reads the colours for it from the stylesheet. It decides nothing.

use js_sys::Uint8ClampedArray;
use lanes_core::trace::State;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, HtmlElement, ImageData};

use super::{
    coverage::STRENGTHS,
    shapes::{Align, Face, Fill, Ink, Label, Scene, Strip},
};

/// Colours and font, as the stylesheet has them.
///
/// They are the custom properties `--state-queued`, `--state-start-up`, `--state-compute`, `--state-wait-io`,
/// `--state-wait-lock`, `--state-serialise`, `--state-transfer`, `--state-lost`, `--state-idle` (the background of a
/// row while its run lasts), `--text`, `--text-muted`, `--line`, `--surface`, `--accent`, `--font-ui`, and
/// `--state-text` (numbers on spans; without it, `--surface`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// By state, in the order of [`State::ALL`], as CSS colours.
    pub states: [String; State::ALL.len()],
    /// Names.
    pub text: String,
    /// What matters less.
    pub text_muted: String,
    /// Text on a span.
    pub state_text: String,
    /// Grid lines.
    pub line: String,
    /// The edge of a live run.
    pub accent: String,
    /// Font families.
    pub font: String,
}

impl Palette {
    /// The custom property of a state's colour.
    #[must_use]
    pub fn property(state: State) -> String {
        format!("--state-{}", state.id())
    }

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
        let colour = |property: &str, otherwise: &str| {
            let expression = format!("var({property}, {otherwise})");
            probe.style().set_property("color", &expression).ok();
            computed("color").unwrap_or_else(|| otherwise.to_owned())
        };
        const OTHERWISE: [&str; State::ALL.len()] = [
            "#b8b4a8",
            "#9a7fc4",
            "#2f7dd1",
            "#e0a93b",
            "#d1495b",
            "#3fa796",
            "#7cc6a4",
            "#202020",
            "rgba(128, 128, 128, 0.1)",
        ];
        Self {
            states: std::array::from_fn(|index| colour(&Self::property(State::ALL[index]), OTHERWISE[index])),
            text: colour("--text", "CanvasText"),
            text_muted: colour("--text-muted", "GrayText"),
            state_text: colour("--state-text", "var(--surface, Canvas)"),
            line: colour("--line", "rgba(128, 128, 128, 0.25)"),
            accent: colour("--accent", "#2f7dd1"),
            font: computed("--font-ui").unwrap_or_else(|| "system-ui, sans-serif".to_owned()),
        }
    }

    fn ink(&self, ink: Ink) -> &str {
        match ink {
            Ink::Text => &self.text,
            Ink::TextMuted => &self.text_muted,
            Ink::OnState => &self.state_text,
            Ink::Line => &self.line,
            Ink::Accent => &self.accent,
            Ink::Idle => &self.states[State::Idle as usize],
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
    pub fn paint(&self, scene: &Scene, palette: &Palette, sheet: &mut Sheet) {
        self.resize(scene);
        self.context.clear_rect(0.0, 0.0, f64::from(scene.width), f64::from(scene.height));
        self.fills(&scene.backs, palette);
        sheet.put(scene);
        self.strips(scene, sheet);
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
        for ink in [Ink::Idle, Ink::Line, Ink::TextMuted, Ink::Accent] {
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

    fn strips(&self, scene: &Scene, sheet: &Sheet) {
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
                    &sheet.surface.canvas,
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
pub struct Sheet {
    surface: Surface,
    /// Red, green, blue and alpha by cell.
    colours: Box<[[u8; 4]; 256]>,
    bytes: Vec<u8>,
}

impl Sheet {
    /// An empty sheet.
    #[must_use]
    pub fn new(document: &Document, palette: &Palette) -> Option<Self> {
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        let mut sheet = Self { surface: Surface::new(canvas)?, colours: Box::new([[0; 4]; 256]), bytes: Vec::new() };
        sheet.recolour(document, palette);
        Some(sheet)
    }

    /// Takes other colours.
    pub fn recolour(&mut self, document: &Document, palette: &Palette) {
        for state in State::ALL {
            let [red, green, blue, alpha] = channels(&palette.states[state as usize], document);
            for strength in 1..=STRENGTHS {
                let share = u16::from(alpha) * u16::from(strength) / u16::from(STRENGTHS);
                self.colours[(state as usize) << 4 | usize::from(strength)] = [red, green, blue, share as u8];
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

/// Red, green, blue and alpha of a CSS colour.
fn channels(colour: &str, document: &Document) -> [u8; 4] {
    // Another colour space than sRGB is left to a canvas to convert; not as the first choice, since browsers that
    // guard against fingerprints return noise.
    from_rgb(colour).or_else(|| converted(colour, document)).unwrap_or([128, 128, 128, 255])
}

fn converted(colour: &str, document: &Document) -> Option<[u8; 4]> {
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
    let context = canvas.get_context_with_context_options("2d", &options).ok()??;
    let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
    context.set_fill_style_str(colour);
    context.fill_rect(0.0, 0.0, 1.0, 1.0);
    context.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data().0.try_into().ok()
}

/// As computed styles write colours of sRGB: `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`.
fn from_rgb(colour: &str) -> Option<[u8; 4]> {
    let inside = colour.strip_prefix("rgba(").or_else(|| colour.strip_prefix("rgb("))?.strip_suffix(')')?;
    let mut numbers = inside.split(',').map(|number| number.trim().parse::<f64>().ok());
    let mut channel = || numbers.next().flatten();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    let alpha = channel().unwrap_or(1.0) * 255.0;
    Some([red, green, blue, alpha].map(|value| value.round() as u8))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_colours_are_read() {
        assert_eq!(from_rgb("rgb(1, 2, 255)"), Some([1, 2, 255, 255]));
        assert_eq!(from_rgb("rgba(1, 2, 3, 0.5)"), Some([1, 2, 3, 128]));
        assert_eq!(from_rgb("oklch(0.7 0.1 200)"), None);
        assert_eq!(from_rgb("rgb(1, 2)"), None);
    }

    #[test]
    fn every_state_has_its_property() {
        let properties: Vec<String> = State::ALL.map(Palette::property).into();
        assert_eq!(properties[0], "--state-queued");
        assert_eq!(properties[1], "--state-start-up");
        assert_eq!(properties[3], "--state-wait-io");
    }
}

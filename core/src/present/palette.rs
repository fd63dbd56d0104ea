//! One colour and one glyph for each state, for the page, the timeline's canvas and the terminal.
//!
//! The colours are chosen to stay apart for every kind of colour vision and to be 3:1 on either theme's surface; idle is
//! meant to be hardly there. It knows no stylesheet, no canvas and no terminal: those take what is here.

use std::fmt;

use crate::trace::State;

/// A colour of the sRGB space. It is displayed as CSS writes it: `#1a45a8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// From `0x1a45a8`.
    #[must_use]
    pub const fn hex(number: u32) -> Self {
        let [_, red, green, blue] = number.to_be_bytes();
        Self(red, green, blue)
    }

    /// Relative luminance as WCAG 2 defines it, from 0 for black to 1 for white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast to another colour as WCAG 2 defines it, from 1 to 21. Text needs 4.5, shapes need 3.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour of text on this one: white or black, whichever is easier to read.
    #[must_use]
    pub fn ink(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

const WHITE: Rgb = Rgb::hex(0xff_ff_ff);
const BLACK: Rgb = Rgb::hex(0);

/// How a state looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateColour {
    /// On a light surface.
    pub light: Rgb,
    /// On a dark surface.
    pub dark: Rgb,
    /// Where there are only characters. No two states have the same, so colours are not needed to tell them apart.
    pub glyph: char,
}

impl StateColour {
    /// Both colours as one CSS value: `light-dark(#1a45a8, #86b7ff)`.
    #[must_use]
    pub fn css(self) -> String {
        format!("light-dark({}, {})", self.light, self.dark)
    }
}

/// The looks of a state.
#[must_use]
pub const fn state(state: State) -> StateColour {
    let (light, dark, glyph) = match state {
        State::Queued => (0x92_8c_85, 0x85_81_79, '.'),
        State::StartUp => (0x3b_6b_46, 0x63_e6_bb, '^'),
        State::Compute => (0x1a_45_a8, 0x86_b7_ff, '█'),
        State::WaitIo => (0x49_96_d3, 0x1f_74_a8, '░'),
        State::WaitLock => (0xc0_73_0f, 0xeb_ba_52, '▒'),
        State::Serialise => (0x68_2c_6e, 0xb4_6e_f0, 's'),
        State::Transfer => (0xa0_63_98, 0xe6_8d_b5, '>'),
        State::Lost => (0x86_08_1e, 0xee_40_30, 'x'),
        State::Idle => (0xed_ea_e3, 0x29_28_25, ' '),
    };
    StateColour { light: Rgb::hex(light), dark: Rgb::hex(dark), glyph }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_colour_is_written_as_css_does() {
        assert_eq!(state(State::Compute).css(), "light-dark(#1a45a8, #86b7ff)");
        assert_eq!(Rgb(1, 2, 255).to_string(), "#0102ff");
    }

    #[test]
    fn states_are_told_apart_by_their_glyphs_and_by_their_colours() {
        let glyphs: BTreeSet<char> = State::ALL.iter().map(|one| state(*one).glyph).collect();
        let colours = |which: fn(StateColour) -> Rgb| -> BTreeSet<String> {
            State::ALL.iter().map(|one| which(state(*one)).to_string()).collect()
        };
        let all = State::ALL.len();
        assert_eq!((glyphs.len(), colours(|c| c.light).len(), colours(|c| c.dark).len()), (all, all, all));
    }

    #[test]
    fn numbers_on_spans_can_be_read() {
        for one in State::ALL {
            let StateColour { light, dark, .. } = state(one);
            for colour in [light, dark] {
                let contrast = colour.contrast(colour.ink());
                assert!(contrast >= 4.5, "{one:?} {colour}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb::hex(0).contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((Rgb::hex(0x76_76_76).contrast(WHITE) - 4.54).abs() < 0.01, "the lightest grey of AA on white");
    }
}

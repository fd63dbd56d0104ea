//! What the colours must hold, checked on the style sheet itself: the states' are core's, and everything is legible.

use std::collections::BTreeMap;

use lanes_core::{
    present::palette::{self, Rgb},
    trace::State,
};

const TOKENS: &str = include_str!("../../styles/tokens.css");

/// The colours of the light theme and of the dark one, by name.
fn themes() -> [BTreeMap<&'static str, Rgb>; 2] {
    let pairs = TOKENS.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_suffix(");")?.split_once(": light-dark(")?;
        let (light, dark) = value.split_once(", ")?;
        Some((name, rgb(light)?, rgb(dark)?))
    });
    let pairs: Vec<_> = pairs.collect();
    [
        pairs.iter().map(|(name, light, _)| (*name, *light)).collect(),
        pairs.iter().map(|(name, _, dark)| (*name, *dark)).collect(),
    ]
}

fn rgb(colour: &str) -> Option<Rgb> {
    Some(Rgb::hex(u32::from_str_radix(colour.strip_prefix('#')?, 16).ok()?))
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    a.contrast(b)
}

#[test]
fn states_have_the_colours_that_core_gives_them() {
    for state in State::ALL {
        let line = format!("  --state-{}: {};", state.id(), palette::state(state).css());
        assert!(TOKENS.lines().any(|of| of == line), "tokens.css should have{line}");
    }
}

#[test]
fn every_colour_is_said_once_for_both_themes() {
    let names: Vec<&str> = TOKENS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len());
    assert!(themes()[0].len() > 30, "{}", themes()[0].len());
}

#[test]
fn text_is_legible_on_every_surface() {
    for theme in themes() {
        for surface in ["--surface", "--surface-sunken", "--surface-raised", "--surface-hover"] {
            for text in ["--text", "--text-muted", "--accent", "--danger", "--warn", "--good"] {
                let ratio = contrast(theme[text], theme[surface]);
                assert!(ratio >= 4.5, "{text} on {surface}: {ratio:.2}");
            }
        }
        assert!(contrast(theme["--on-accent"], theme["--accent"]) >= 4.5);
        assert!(contrast(theme["--line-control"], theme["--surface"]) >= 3.0);
    }
}

#[test]
fn code_is_legible_where_it_stands() {
    for theme in themes() {
        for ground in ["--surface-raised", "--diff-left", "--diff-right"] {
            for word in ["keyword", "defined", "type", "macro", "string", "number"] {
                let ratio = contrast(theme[format!("--code-{word}").as_str()], theme[ground]);
                assert!(ratio >= 4.5, "{word} on {ground}: {ratio:.2}");
            }
            for text in ["--text", "--text-muted"] {
                assert!(contrast(theme[text], theme[ground]) >= 4.5, "{text} on {ground}");
            }
        }
    }
}

#[test]
fn every_state_stands_out_from_the_surface() {
    for theme in themes() {
        for state in State::ALL.into_iter().filter(|state| *state != State::Idle) {
            let colour = theme[format!("--state-{}", state.id()).as_str()];
            assert!(contrast(colour, theme["--surface"]) >= 3.0, "{}", state.id());
        }
    }
}

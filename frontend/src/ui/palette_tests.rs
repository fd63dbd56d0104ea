//! What the colours must hold, checked on the style sheet itself: both dark blocks are one, and everything is legible.

use std::collections::BTreeMap;

use lanes_core::trace::State;

const TOKENS: &str = include_str!("../../styles/tokens.css");

/// The colours that are set between the first `start` after the beginning and the brace that closes it.
fn colours(start: &str) -> BTreeMap<&'static str, &'static str> {
    let from = TOKENS.find(start).expect("the block is there") + start.len();
    let block = TOKENS[from..].split('}').next().expect("the block ends");
    let colour = |line: &'static str| {
        let (name, value) = line.trim().strip_suffix(';')?.split_once(": ")?;
        value.starts_with('#').then_some((name, value))
    };
    block.lines().filter_map(colour).collect()
}

fn themes() -> [BTreeMap<&'static str, &'static str>; 2] {
    [
        colours("on --surface;\n   idle is meant to be hardly there. */\n:root {"),
        colours(":root[data-theme=\"dark\"] {"),
    ]
}

/// Relative luminance as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("six hexadecimal digits")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn dark_is_the_same_whether_chosen_or_the_systems() {
    let system = colours(":root:not([data-theme=\"light\"]) {");
    assert!(system.len() > 20);
    assert_eq!(system, colours(":root[data-theme=\"dark\"] {"));
    assert!(themes()[0].keys().eq(system.keys()), "both themes set the same colours");
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

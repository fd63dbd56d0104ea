//! The words of a program, each with its kind, line by line: what is coloured how. No page, no markup.
//!
//! Lexers alone: the programs are Lanes' own, so nothing has to be guessed from broken code. The grammar of a whole
//! language, as an editor's highlighter has it, would weigh more than the rest of the page.

use lanes_core::export::{
    listing::{Kind, Line},
    program::Language,
};
use logos::Logos;

/// The lines of a program.
pub(super) fn lines(code: &str, language: Language) -> Vec<Line> {
    match language {
        Language::Python => split(Python::lexer(code).spanned().map(|(token, span)| {
            let text = &code[span];
            (token.map_or(Kind::Plain, |token| token.kind(text)), text)
        })),
        Language::Rust => split(Rust::lexer(code).spanned().map(|(token, span)| {
            let text = &code[span];
            (token.map_or(Kind::Plain, |token| token.kind(text)), text)
        })),
    }
}

/// Cuts pieces at the ends of lines, joins what is alike, and marks what definitions name.
fn split<'a>(pieces: impl Iterator<Item = (Kind, &'a str)>) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    let mut defines = false;
    for (mut kind, text) in pieces {
        if defines && kind != Kind::Keyword && !text.trim().is_empty() {
            kind = Kind::Defined;
        }
        defines = matches!(text, "def" | "fn" | "class") || defines && text.trim().is_empty();
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                lines.push(Line::new());
            }
            let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) else { continue };
            match line.last_mut() {
                Some((last, text)) if *last == kind => text.push_str(part),
                _ => line.push((kind, part.to_owned())),
            }
        }
    }
    // The end of the last line begins no other.
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

#[derive(Logos)]
enum Python {
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r#"[rbfRBF]{0,2}"""([^"]|"[^"]|""[^"])*""""#)]
    #[regex(r#"[rbfRBF]{0,2}"([^"\\\n]|\\.)*""#)]
    #[regex(r"[rbfRBF]{0,2}'([^'\\\n]|\\.)*'")]
    String,
    #[regex(r"0[xX][0-9A-Fa-f_]+")]
    #[regex(r"[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?")]
    Number,
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r"[ \t\n]+")]
    Blank,
}

impl Python {
    fn kind(&self, text: &str) -> Kind {
        match self {
            Self::Comment => Kind::Comment,
            Self::String => Kind::String,
            Self::Number => Kind::Number,
            Self::Word if PYTHON.contains(&text) => Kind::Keyword,
            Self::Word if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.contains(char::is_lowercase) => {
                Kind::Type
            }
            Self::Word | Self::Blank => Kind::Plain,
        }
    }
}

#[rustfmt::skip]
const PYTHON: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
    "pass", "raise", "return", "try", "while", "with", "yield",
];

#[derive(Logos)]
enum Rust {
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r#"b?"([^"\\]|\\(.|\n))*""#)]
    #[regex(r"b?'([^'\\\n]|\\.)'")]
    String,
    #[regex(r"0x[0-9A-Fa-f_]+")]
    #[regex(r"[0-9][0-9_]*(\.[0-9][0-9_]*)?(e[+-]?[0-9]+)?")]
    Number,
    #[regex(r"#!?\[[^\]\n]*\]")]
    #[regex(r"[a-z_][a-z0-9_]*!")]
    Macro,
    #[regex(r"'?[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r"[ \t\n]+")]
    Blank,
}

impl Rust {
    fn kind(&self, text: &str) -> Kind {
        match self {
            Self::Comment => Kind::Comment,
            Self::String => Kind::String,
            Self::Number => Kind::Number,
            Self::Macro => Kind::Macro,
            Self::Word if RUST.contains(&text) => Kind::Keyword,
            Self::Word if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.contains(char::is_lowercase) => {
                Kind::Type
            }
            Self::Word if RUST_TYPES.contains(&text) => Kind::Type,
            Self::Word | Self::Blank => Kind::Plain,
        }
    }
}

#[rustfmt::skip]
const RUST: [&str; 34] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct",
    "true", "type", "unsafe", "use", "where", "while",
];
const RUST_TYPES: [&str; 12] = ["bool", "char", "f32", "f64", "i32", "i64", "str", "u128", "u32", "u64", "u8", "usize"];

#[cfg(test)]
mod tests {
    use lanes_core::{
        export::program::program,
        scenario::{Lane, Model, presets::PRESETS},
    };

    use super::*;

    /// A line as `kind:text`, plain text bare.
    fn drawn(line: &Line) -> String {
        let piece = |(kind, text): &(Kind, String)| match kind {
            Kind::Plain => text.clone(),
            kind => format!("‹{}:{text}›", format!("{kind:?}").to_lowercase()),
        };
        line.iter().map(piece).collect()
    }

    #[test]
    fn nothing_is_added_and_nothing_is_lost() {
        for scenario in PRESETS.iter().map(lanes_core::scenario::presets::Preset::scenario) {
            for (model, language) in
                Model::ALL.into_iter().flat_map(|model| [Language::Python, Language::Rust].map(|l| (model, l)))
            {
                let code = program(&scenario, Lane::browser(model), language).expect("a program").code;
                let text = |line: &Line| line.iter().map(|(_, text)| text.as_str()).collect::<String>();
                let again: Vec<String> = lines(&code, language).iter().map(text).collect();
                assert_eq!(again, code.lines().collect::<Vec<_>>(), "{model:?} {language:?}");
            }
        }
    }

    #[test]
    fn python() {
        let code = "async def task(number):\n    \"\"\"Two\n    lines.\"\"\"\n    x = f\"{a}\" + 'b' % 0xFF_FF  # why\n    with Pool(1.5e3):\n";
        let lines: Vec<String> = lines(code, Language::Python).iter().map(drawn).collect();
        assert_eq!(
            lines,
            [
                "‹keyword:async› ‹keyword:def› ‹defined:task›(number):",
                "    ‹string:\"\"\"Two›",
                "‹string:    lines.\"\"\"›",
                "    x = ‹string:f\"{a}\"› + ‹string:'b'› % ‹number:0xFF_FF›  ‹comment:# why›",
                "    ‹keyword:with› ‹type:Pool›(‹number:1.5e3›):",
            ]
        );
    }

    #[test]
    fn rust() {
        let code = "#[tokio::main]\nfn main() -> io::Result<()> { // why\n    let x = 0..limit; println!(\"{x}\\\"\", b'\\n');\n";
        let lines: Vec<String> = lines(code, Language::Rust).iter().map(drawn).collect();
        assert_eq!(
            lines,
            [
                "‹macro:#[tokio::main]›",
                "‹keyword:fn› ‹defined:main›() -> io::‹type:Result›<()> { ‹comment:// why›",
                "    ‹keyword:let› x = ‹number:0›..limit; ‹macro:println!›(‹string:\"{x}\\\"\"›, ‹string:b'\\n'›);",
            ]
        );
    }

    #[test]
    fn a_title_stays_text() {
        let line = &lines("# </code><script>alert(1)</script>", Language::Python)[0];
        assert_eq!(line, &[(Kind::Comment, "# </code><script>alert(1)</script>".to_owned())]);
    }
}

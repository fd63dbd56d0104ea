//! Texts as rustfmt would have them.

/// The widest line.
const MAX_WIDTH: usize = 100;
/// The widest list, or the widest arguments of a call, on one line.
const LIST_WIDTH: usize = 60;

/// A number with its digits in threes, from five digits up.
pub(super) fn underscored(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let (head, tail) = digits.split_at((digits.len() - 1) % 3 + 1);
    let threes = tail.as_bytes().chunks(3).map(|three| String::from_utf8_lossy(three).into_owned());
    std::iter::once(head.to_owned()).chain(threes).collect::<Vec<_>>().join("_")
}

/// A number as a literal of type `f64`, exactly.
pub(super) fn float(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('.') {
        Some((whole, rest)) if !text.contains('e') => {
            whole.parse().map_or(text.clone(), |whole| format!("{}.{rest}", underscored(whole)))
        }
        _ => text,
    }
}

/// So many nanoseconds as a literal of type `Duration`.
pub(super) fn duration(nanos: u64) -> String {
    let units = [("secs", 1_000_000_000), ("millis", 1_000_000), ("micros", 1000)];
    let (unit, size) = units.into_iter().find(|(_, size)| nanos.is_multiple_of(*size)).unwrap_or(("nanos", 1));
    format!("Duration::from_{unit}({})", underscored(nanos / size))
}

/// A list in brackets, `indent` characters into a line: on one line if rustfmt would leave it there.
pub(super) fn line_of_list(items: &[String], indent: usize) -> String {
    let line = items.join(", ");
    if line.len() <= LIST_WIDTH && indent + line.len() + 3 <= MAX_WIDTH {
        return format!("[{line}]");
    }
    format!("[\n    {},\n]", items.join(",\n    "))
}

/// A list in brackets behind `before`, in a line that is indented so far: on one line if rustfmt would leave it there.
pub(super) fn list(before: &str, items: &[String], indent: usize) -> String {
    let line = items.join(", ");
    if line.len() <= LIST_WIDTH && !line.contains('\n') {
        return format!("{before}[{line}]");
    }
    let (inner, outer) = (" ".repeat(indent + 4), " ".repeat(indent));
    let lines: String = items.iter().map(|item| format!("{inner}{item},\n")).collect();
    format!("{before}[\n{lines}{outer}]")
}

/// The head of a function, broken as rustfmt would.
pub(super) fn signature(head: &str, parameters: &[String], result: &str) -> String {
    let line = format!("{head}({}){result} {{\n", parameters.join(", "));
    if line.trim_end().chars().count() <= MAX_WIDTH {
        return line;
    }
    format!("{head}(\n    {},\n){result} {{\n", parameters.join(",\n    "))
}

/// A call in a statement of a function, broken as rustfmt would.
pub(super) fn call(name: &str, arguments: &[String]) -> String {
    let line = arguments.join(", ");
    if line.len() <= LIST_WIDTH {
        return format!("{name}({line})");
    }
    format!("{name}(\n        {},\n    )", arguments.join(",\n        "))
}

/// The statement of a function that takes what comes of a call, broken as rustfmt would.
pub(super) fn bound(binding: &str, call: &str, question: &str) -> String {
    let gap = if call.contains('\n') || fits_behind(binding, call, question) { " " } else { "\n        " };
    format!("{binding} ={gap}{call}{question};")
}

/// The same of a call that is awaited.
pub(super) fn awaited(binding: &str, call: &str, question: &str) -> String {
    let wait = if call.contains('\n') { "\n    .await" } else { ".await" };
    bound(binding, &format!("{call}{wait}"), question)
}

/// The same of a call that is handed to the pool.
pub(super) fn in_pool(binding: &str, call: &str, question: &str) -> String {
    let handed = format!("in_pool(move || {call})");
    let awaits = format!("{handed}.await");
    if call.contains('\n') || 8 + handed.len() >= MAX_WIDTH {
        let call = call.replace('\n', "\n    ");
        return format!("{binding} = in_pool(move || {{\n        {call}\n    }})\n    .await{question};");
    }
    if fits_behind(binding, &awaits, question) || fits_alone(&awaits, question) {
        return awaited(binding, &handed, question);
    }
    let (before, between) =
        if fits_behind(binding, &handed, "") { (" ", "\n        ") } else { ("\n        ", "\n            ") };
    format!("{binding} ={before}{handed}{between}.await{question};")
}

/// The same of a call under the interpreter lock.
pub(super) fn with_gil(binding: &str, call: &str, question: &str) -> String {
    let value = format!("with_gil(|| {call})");
    if !call.contains('\n') && (fits_behind(binding, &value, question) || fits_alone(&value, question)) {
        return bound(binding, &value, question);
    }
    let call = call.replace('\n', "\n    ");
    format!("{binding} = with_gil(|| {{\n        {call}\n    }}){question};")
}

/// Whether rustfmt leaves a value on the line of its binding, in a function.
fn fits_behind(binding: &str, value: &str, question: &str) -> bool {
    is_line(format!("    {binding} = {value};").len(), value, question)
}

/// Whether it leaves it on the next line then.
fn fits_alone(value: &str, question: &str) -> bool {
    is_line(format!("        {value};").len(), value, question)
}

/// Whether a statement of this length, without its `?`, is one line. Behind an `.await` a `?` takes the room of two.
fn is_line(length: usize, value: &str, question: &str) -> bool {
    let width = if value.ends_with(".await") { 2 } else { 1 };
    length + width * question.len() <= MAX_WIDTH
}

/// Whether rustfmt leaves these arguments of a call on one line.
pub(super) fn fits(arguments: &str) -> bool {
    arguments.len() <= LIST_WIDTH && !arguments.contains('\n')
}

/// A title that can stand in a comment: one line, nothing that turns the direction of text.
pub(super) fn title(text: &str) -> String {
    let plain = |c: char| {
        !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
    };
    let text: String = text.chars().map(|c| if plain(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { "A job without a title".into() } else { words.join(" ") }
}

/// A name of a group as the end of a function's name; empty when there is nothing to take.
pub(super) fn snake(text: &str) -> String {
    let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let letters: String = letters.take(24).collect();
    letters.split_whitespace().collect::<Vec<_>>().join("_")
}

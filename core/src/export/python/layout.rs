//! How a program is laid out: head, imports, constants, pieces, and the literals of the language.

use super::super::parts::{Facts, Piece, Reached};
use crate::scenario::{Model, Scenario};

/// Characters of a line.
pub(super) const WIDTH: usize = 88;

/// The heading of what functions share, which stands with the constants.
const TOP: &str = "At the top";

/// The lines of imports, and the packages among them that are not in the standard library.
pub(super) fn imports(reached: &Reached) -> (String, Vec<&'static str>) {
    let (mut lines, mut needs) = (Vec::new(), Vec::new());
    for import in &reached.imports {
        match import.text.strip_prefix("import ").filter(|module| reached.packages.contains(module)) {
            Some(package) => needs.push(package),
            None => lines.push(import.text),
        }
    }
    lines.sort_by_key(|line| (line.starts_with("from "), *line));
    let mut imports = lines.join("\n");
    if !needs.is_empty() {
        imports.push('\n');
    }
    for package in &needs {
        imports.push_str("\nimport ");
        imports.push_str(package);
    }
    (imports, needs)
}

/// The text that the program begins with.
pub(super) fn head(scenario: &Scenario, model: Model, facts: &Facts, file_name: &str, needs: &[&str]) -> String {
    let tasks = match scenario.tasks() {
        1 => "1 task".to_owned(),
        tasks => format!("{} tasks", number(tasks.into())),
    };
    let of = |workers: u32, one: &str, many: &str| {
        if workers == 1 { format!("1 {one}") } else { format!("{workers} {many}") }
    };
    let how = match model {
        Model::Sequential => "one after another".to_owned(),
        Model::Async => "on one event loop".to_owned(),
        Model::Hybrid if facts.has("pool") => {
            let what = match (facts.has("works"), facts.has("blocks")) {
                (true, false) => "computing",
                (true, true) => "computing and blocking",
                (false, _) => "blocking",
            };
            format!("waiting on one event loop and {what} on {}", of(scenario.workers, "thread", "threads"))
        }
        Model::Hybrid => "on one event loop; there is nothing to compute on other threads".to_owned(),
        Model::Threads | Model::Gil => format!("on {}", of(scenario.workers, "thread", "threads")),
        Model::Processes => format!("on {}", of(scenario.workers, "process", "processes")),
        Model::Interpreters => {
            format!(
                "on {}",
                of(scenario.workers, "thread with its own interpreter", "threads with an interpreter each")
            )
        }
    };
    let python = if model == Model::Interpreters { "3.14" } else { "3.9" };
    let packages = if needs.is_empty() { String::new() } else { format!(" and `pip install {}`", needs.join(" ")) };
    let title: String = scenario
        .title
        .chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let title = match title.trim() {
        "" => "A job",
        title => title.trim_end_matches('.'),
    };
    let mut text = wrapped(&format!("\"\"\"{title}: {tasks}, {how}."));
    text.push_str("\n\n");
    text.push_str(&wrapped(&format!("Needs Python {python} or later{packages}. Written by Lanes.")));
    if facts.has("file") {
        text.push_str(&format!("\nUsage: python {file_name} FILE"));
    }
    text.push_str("\n\"\"\"");
    text
}

/// Everything in its order, two lines apart where the language's customs want that.
pub(super) fn assemble(head: &str, imports: &str, constants: &[String], pieces: &[Piece]) -> String {
    let (state, pieces): (Vec<&Piece>, Vec<&Piece>) = pieces.iter().partition(|piece| piece.heading == TOP);
    let state: Vec<&str> = state.iter().map(|piece| piece.text.as_str()).collect();
    let blocks = [head, imports, &constants.join("\n"), &state.join("\n")];
    let mut code = blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut heading = "";
    let mut follows_function = true;
    for piece in pieces {
        if piece.heading != heading {
            heading = piece.heading;
            if !heading.is_empty() {
                code.push_str(&format!("\n\n\n# {heading}."));
                follows_function = false;
            }
        }
        let is_function = ["def ", "async def ", "class "].iter().any(|word| piece.text.starts_with(word));
        code.push_str(if follows_function || is_function { "\n\n\n" } else { "\n\n" });
        code.push_str(&piece.text);
        follows_function = is_function;
    }
    code.push_str("\n\n\nif __name__ == \"__main__\":\n    main()\n");
    code
}

/// A call, on one line if it fits.
pub(super) fn call(before: &str, function: &str, arguments: &[String]) -> String {
    let all = arguments.join(", ");
    let line = format!("{before}{function}({all})");
    if line.chars().count() <= WIDTH {
        return line;
    }
    let hanging = format!("        {all}");
    if hanging.chars().count() <= WIDTH {
        return format!("{before}{function}(\n{hanging}\n    )");
    }
    format!("{before}{function}(\n        {},\n    )", arguments.join(",\n        "))
}

/// A whole number, in groups of three digits if it is long.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds as a literal of seconds.
pub(super) fn seconds(ms: f64) -> String {
    decimal(ms / 1000.0)
}

/// A number as people write it: nine places at most.
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text as a literal. JSON's escapes are Python's too.
pub(super) fn text(value: &str) -> String {
    serde_json::to_string(value).expect("a text is JSON")
}

/// Words in lines.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("never empty");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

//! What the quiz prints: the question before the guess, and what was measured after it.

use std::fmt::Write;

use lanes_core::{
    experiments::{self, Experiment, Outcome},
    present::{number::of, words},
    report::{Ending, LaneResult},
    scenario::{Place, Scenario},
};

use super::kept::Kept;
use crate::cli::style::{self, BAD, FAINT, GOOD, STRONG, paint, wrapped};

/// The question, and the lanes to be ranked.
pub(super) fn question(experiment: &Experiment, scenario: &Scenario, at: Option<(usize, usize)>) -> String {
    let width = style::width();
    let head = match at {
        Some((at, all)) => format!("{}  {at} of {all}", experiment.id),
        None => experiment.id.to_owned(),
    };
    let mut text = format!("{}\n", paint(FAINT, head));
    text.push_str(&paint(STRONG, wrapped("", experiment.question, width)));
    text.push_str(&wrapped("", &words::job(scenario), width));
    let _ = writeln!(text);
    for (number, lane) in (1..).zip(&scenario.lanes) {
        text.push_str(&wrapped(&format!("  {number}  "), &lane.to_string(), width));
    }
    let _ = writeln!(text);
    text.push_str(&wrapped("", experiment.measure.asks(), width));
    text
}

/// How the guess is asked for.
pub(super) fn prompt(lanes: usize) -> String {
    let example: Vec<String> = (2..=lanes).chain([1]).map(|lane| lane.to_string()).collect();
    format!("Your order, the best first, such as {}; nothing skips it: ", example.join(" "))
}

/// What was measured, beside the guess, and what is to be learned from it.
pub(super) fn reveal(
    (experiment, place): (&Experiment, Place),
    outcome: &Outcome,
    results: &[LaneResult],
    guess: &[usize],
) -> String {
    let width = style::width();
    let measure = experiment.measure;
    let rows: Vec<[String; 4]> = outcome
        .order()
        .into_iter()
        .map(|lane| {
            let guessed = guess.iter().position(|at| *at == lane).map_or(0, |at| at + 1);
            let value = outcome.values()[lane].map_or_else(|| "not ranked".to_owned(), |value| measure.says(value));
            [outcome.place(lane), results[lane].lane.to_string(), value, guessed.to_string()]
        })
        .collect();
    let heads = ["", "lane", measure.title(), "your place"];
    let wide = |at: usize| {
        rows.iter().map(|row| row[at].chars().count()).chain([heads[at].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(wide).collect();
    let line = |cells: [&str; 4]| {
        let cell = |at: usize| {
            let blanks = " ".repeat(widths[at] - cells[at].chars().count());
            if at == 1 { format!("{}{blanks}", cells[at]) } else { format!("{blanks}{}", cells[at]) }
        };
        format!("{}  {}  {}  {}", cell(0), cell(1), cell(2), cell(3)).trim_end().to_owned()
    };
    let mut text = format!("\n{}\n", paint(FAINT, line(heads)));
    for row in &rows {
        let _ = writeln!(text, "{}", line([&row[0], &row[1], &row[2], &row[3]]));
    }
    for result in results {
        if let Ending::Broken(why) = &result.ending {
            text.push_str(&paint(BAD, wrapped("", &format!("{} did not run: {why}", result.lane), width)));
        }
    }
    let _ = writeln!(text);
    text.push_str(&paint(GOOD, wrapped("", &outcome.says(guess), width)));
    let test = experiment.test();
    let said = [
        ("Rule", experiment.rule, String::new()),
        ("Try next", experiment.next.why, experiment.next_command(place)),
        ("The code", "", format!("lanes export {} --lane {}", experiment.name_in(place), experiment.code())),
        ("How we know", &format!("the test {test}"), format!("cargo test -p lanes-backend --test experiments {test}")),
    ];
    for (head, line, command) in said {
        let head = format!("{head:<13}");
        if line.is_empty() {
            let _ = writeln!(text, "{head}{command}");
            continue;
        }
        text.push_str(&wrapped(&head, line, width));
        // On a line of its own, so that it can be copied.
        if !command.is_empty() {
            let _ = writeln!(text, "{}{command}", " ".repeat(head.len()));
        }
    }
    text
}

/// That there was no guess, and how to run it all the same.
pub(super) fn skipped(experiment: &Experiment, place: Place) -> String {
    format!("Skipped; “lanes run {}” runs it without a guess.\n\n", experiment.name_in(place))
}

/// What was guessed until now.
pub(super) fn so_far(kept: &Kept) -> String {
    let (done, mean) = kept.so_far();
    let mean = mean.map_or_else(String::new, |mean| {
        format!(", {mean:.0} points on average by your first guesses; guessing at random gets 50")
    });
    let done = of(done as u64, "experiment", "experiments");
    wrapped("", &format!("{done} of {} guessed{mean}.", experiments::all().count()), style::width())
}

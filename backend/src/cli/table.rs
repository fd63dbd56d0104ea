//! The comparison: a row for each lane, what ties, what stands out, footnotes. It judges nothing and prints nothing.

use lanes_core::{
    present::{
        deviating, duration,
        footnotes::{self, Footnotes},
        list, rate, times,
        words::label_title,
    },
    report::{Agreement, Ending, LaneResult, agreement, speedup},
    result::reference,
    scenario::{Label, Lane},
    spread::{self, Floor},
};

use super::style::{self, BAD, BAR, FAINT, GOOD, STRONG, WARN, paint, wrapped};

/// Columns of the bar.
const BAR_WIDTH: usize = 16;
/// Blanks between columns.
const GAP: usize = 2;

/// A column: its heading, whether its cells are pushed to the right, and the narrowest output it is shown in.
struct Column {
    heading: &'static str,
    to_the_right: bool,
    from_width: usize,
}

const fn column(heading: &'static str, to_the_right: bool, from_width: usize) -> Column {
    Column { heading, to_the_right, from_width }
}

const COLUMNS: [Column; 10] = [
    column("lane", false, 0),
    column("", false, 92),
    column("median ± dev.", true, 0),
    column("speed", false, 108),
    column("speed-up", true, 0),
    column("tasks", true, 72),
    column("p50", true, 80),
    column("p99", true, 64),
    column("answer", false, 0),
    column("notes", false, 0),
];

/// A cell: its text and its style.
type Cell = (String, anstyle::Style);

/// The table of some results with everything under it, `width` columns wide.
pub(super) fn table(results: &[LaneResult], width: usize) -> String {
    let agreements = agreement(results);
    let fastest =
        results.iter().zip(&agreements).filter(|(_, a)| **a == Agreement::Agrees).filter_map(|(lane, _)| lane.wall);
    let fastest_ns = fastest.map(|wall| wall.median).min();
    let mut footnotes = Footnotes::default();
    let rows: Vec<[Cell; 10]> = results
        .iter()
        .zip(&agreements)
        .map(|(lane, agreement)| row(lane, results, *agreement, fastest_ns, &mut footnotes))
        .collect();
    let mut text = laid_out(&rows, width);
    text.extend(ties(results, &agreements, width));
    text.push_str(&footnotes_text(&footnotes, width));
    if COLUMNS.iter().any(|column| column.heading == "p99" && column.from_width <= width) {
        let from_due = results.iter().any(LaneResult::counts_from_due);
        let from = if from_due { footnotes::LATENCY_COUNTS_FROM_DUE } else { footnotes::LATENCY_COUNTS_FROM };
        text.push_str(&format!("\n{}", wrapped("", from, width)));
    }
    text
}

fn row(
    lane: &LaneResult,
    all: &[LaneResult],
    agreement: Agreement,
    fastest_ns: Option<u64>,
    footnotes: &mut Footnotes,
) -> [Cell; 10] {
    let none = || ("–".to_owned(), FAINT);
    let plain = |text: String| (text, style::PLAIN);
    let is_ranked = agreement == Agreement::Agrees;
    let label = match lane.label {
        Label::Real => (label_title(lane.label).to_owned(), FAINT),
        Label::Modelled => (label_title(lane.label).to_owned(), WARN),
    };
    let time = match (lane.wall, &lane.ending) {
        (Some(_), _) if lane.all_failed() => ("failed".to_owned(), BAD),
        (Some(wall), _) if lane.wall_ns.len() > 1 => plain(deviating(wall.median, wall.mad)),
        (Some(wall), _) => plain(duration(wall.median)),
        (None, Ending::Cancelled) => ("cancelled".to_owned(), WARN),
        (None, _) => ("broken".to_owned(), BAD),
    };
    let bar = match (fastest_ns, lane.wall) {
        (Some(fastest), Some(wall)) if is_ranked => (bar(fastest as f64 / wall.median.max(1) as f64), BAR),
        _ => plain(String::new()),
    };
    let ratio = reference(lane, all).and_then(|reference| speedup(lane, reference)).filter(|_| is_ranked);
    let latency = lane.latency();
    let done = lane.tasks().done > 0;
    let after = |ns: u64| if done { plain(duration(ns)) } else { none() };
    let answer = match agreement {
        Agreement::Agrees => ("✓".to_owned(), GOOD),
        Agreement::Differs => ("✗".to_owned(), BAD),
        Agreement::Unknown => none(),
    };
    let texts = footnotes::ending(lane).into_iter().chain(footnotes::remarks(lane, agreement)).collect();
    let marks: Vec<String> = footnotes.number(texts).iter().map(ToString::to_string).collect();
    [
        (lane.lane.to_string(), STRONG),
        label,
        time,
        bar,
        ratio.map_or_else(none, |ratio| plain(times(ratio))),
        lane.throughput().filter(|_| done).map_or_else(none, |tasks| plain(rate(tasks))),
        after(latency.p50),
        after(latency.p99),
        answer,
        (marks.join(" "), FAINT),
    ]
}

/// A bar for a share of 1, in eighths of a column; never nothing.
pub(super) fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = ((share * (BAR_WIDTH * 8) as f64).round() as usize).clamp(1, BAR_WIDTH * 8);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn laid_out(rows: &[[Cell; 10]], width: usize) -> String {
    let shown: Vec<usize> = (0..COLUMNS.len())
        .filter(|&i| COLUMNS[i].from_width <= width)
        .filter(|&i| rows.iter().any(|row| !row[i].0.is_empty()))
        .collect();
    let columns = |text: &str| text.chars().count();
    let widths: Vec<usize> = shown
        .iter()
        .map(|&i| rows.iter().map(|row| columns(&row[i].0)).chain([columns(COLUMNS[i].heading)]).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    let mut line = |cells: &dyn Fn(usize) -> Cell| {
        let mut line = String::new();
        for (&i, &width) in shown.iter().zip(&widths) {
            let (cell, style) = cells(i);
            let blanks = " ".repeat(width - columns(&cell));
            let cell = if cell.is_empty() { cell } else { paint(style, cell) };
            line.push_str(&if COLUMNS[i].to_the_right { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") });
            line.push_str(&" ".repeat(GAP));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(&|i| (COLUMNS[i].heading.to_owned(), FAINT));
    rows.iter().for_each(|row| line(&|i| row[i].clone()));
    text
}

/// Lanes that cannot be told apart: each group's are all within the spread of its fastest.
fn ties(results: &[LaneResult], agreements: &[Agreement], width: usize) -> Option<String> {
    let mut lanes: Vec<&LaneResult> = results
        .iter()
        .zip(agreements)
        .filter(|(lane, agreement)| **agreement == Agreement::Agrees && lane.wall.is_some())
        .map(|(lane, _)| lane)
        .collect();
    lanes.sort_by_key(|lane| lane.wall.map(|wall| wall.median));
    let mut groups: Vec<Vec<&LaneResult>> = Vec::new();
    for lane in lanes {
        // The first, so that whoever ties with the fastest of all stands beside it, as in the verdict.
        match groups.iter_mut().find(|group| spread::is_tie(lane, group[0], Floor::Share)) {
            Some(group) => group.push(lane),
            None => groups.push(vec![lane]),
        }
    }
    let groups: Vec<String> = groups
        .iter()
        .filter(|group| group.len() > 1)
        .map(|group| list(&group.iter().map(|lane| lane.lane).collect::<Vec<Lane>>()))
        .collect();
    (!groups.is_empty()).then(|| {
        let text = format!("{}: the difference lies inside the spread.", groups.join("; "));
        format!("\n{}", wrapped("Ties  ", &text, width))
    })
}

/// What a reader should know, with the numbers that the rows have for it.
fn footnotes_text(footnotes: &Footnotes, width: usize) -> String {
    let lines = (1..).zip(footnotes.texts()).map(|(number, text)| wrapped(&format!("{number:>3}  "), text, width));
    let text: String = lines.collect();
    if text.is_empty() { text } else { format!("\n{text}") }
}

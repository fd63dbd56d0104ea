//! The verdict, printed: one clear sentence, then what it rests on. What it says is core's.

use lanes_core::{
    report::LaneResult,
    result::Machine,
    scenario::Scenario,
    verdict::{self, Verdict},
};

use super::style::{FAINT, STRONG, paint, wrapped};

/// The verdict on some results, `width` columns wide.
pub(super) fn verdict_text(scenario: &Scenario, results: &[LaneResult], machine: &Machine, width: usize) -> String {
    let verdict = verdict::verdict_beside(scenario, results, machine.other_work_percent);
    let mut text = String::new();
    for line in wrapped("", &verdict.sentence, width).lines() {
        text.push_str(&paint(STRONG, line));
        text.push('\n');
    }
    text.push_str(&section("Why", &why(&verdict), width));
    let instead = verdict.by_goal.iter().filter_map(|best| best.instead.clone());
    text.push_str(&section("By another goal", &instead.collect::<Vec<_>>(), width));
    let excluded =
        verdict.excluded.iter().map(|excluded| format!("{} {}.", excluded.lane, excluded.reason.trim_end_matches('.')));
    text.push_str(&section("Not ranked", &excluded.collect::<Vec<_>>(), width));
    if !verdict.code.is_empty() {
        text.push_str(&format!("\n{}\n", paint(FAINT, "To write")));
        for line in &verdict.code {
            text.push_str(format!("    {line}").trim_end());
            text.push('\n');
        }
    }
    text.push_str(&section("What would change it", &verdict.would_change, width));
    text
}

/// The rule that decided, the other places' recommendations, and the evidence.
fn why(verdict: &Verdict) -> Vec<String> {
    let mut lines: Vec<String> = verdict.per_place.iter().map(|taken| format!("{}.", taken.why)).collect();
    lines.extend(verdict.evidence.iter().cloned());
    lines
}

fn section(title: &str, lines: &[String], width: usize) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| wrapped("  - ", line, width)).collect();
    format!("\n{}\n{lines}", paint(FAINT, title))
}

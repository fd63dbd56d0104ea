//! The lanes under an interpreter lock, the modelled and the real ones one below the other: what each thread did with it.

use lanes_core::{
    gil_use::{GilUse, Share},
    present::{of, share},
    report::LaneResult,
    trace::State,
};

use super::style::{self, FAINT, STRONG, paint, wrapped};

/// Columns of a thread's bar.
const BAR_WIDTH: usize = 40;
/// Threads of a lane that get a row of their own; more would be a wall of text.
const MOST_THREADS: usize = 8;

/// A row for each thread of each lane that has a lock, and how it was seen; nothing where there is none.
pub(super) fn lock(results: &[LaneResult], width: usize) -> String {
    let used: Vec<(String, GilUse)> = results
        .iter()
        .filter_map(|lane| Some((lane.lane.to_string(), GilUse::of(lane.shown.as_ref()?)?)))
        .filter(|(_, used)| !used.threads.is_empty())
        .collect();
    if used.is_empty() {
        return String::new();
    }
    let names = used.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text =
        format!("\n{}\n", paint(FAINT, format!("{:names$}  thread   holds   waits    free", "interpreter lock")));
    // The heading may be wider than the names.
    let names = names.max("interpreter lock".len());
    for (name, used) in &used {
        let mut title = paint(STRONG, format!("{name:names$}"));
        let shown = used.threads.iter().take(MOST_THREADS).map(|(worker, share)| (worker.to_string(), *share));
        let all = (used.threads.len() > 1).then(|| ("all".to_owned(), used.total()));
        for (thread, used) in shown.chain(all) {
            let Share { holds_ns, waits_ns, free_ns } = used;
            let [holds, waits, free] = [holds_ns, waits_ns, free_ns].map(|ns| share(ns, used.whole_ns()));
            text.push_str(&format!("{title}  {thread:>6}  {holds:>6}  {waits:>6}  {free:>6}"));
            if names + 38 + BAR_WIDTH <= width {
                let [holds, waits, _] = used.parts();
                text.push_str("  ");
                text.push_str(&bar([holds, waits]));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
            title = " ".repeat(names);
        }
        if let Some(more) = used.threads.len().checked_sub(MOST_THREADS + 1) {
            let more = of(more as u64 + 1, "more thread", "more threads");
            text.push_str(&format!("{title}          and {more}\n"));
        }
    }
    let mut said: Vec<&str> = Vec::new();
    for (name, used) in &used {
        let how = used.seen.how();
        if !said.contains(&how) {
            text.push_str(&wrapped("     ", &format!("{name}: {how}."), width));
            said.push(how);
        }
    }
    text
}

/// Holding and waiting in the colours of computing and of waiting for a lock, to scale; the rest stays blank.
fn bar([holds, waits]: [f64; 2]) -> String {
    let columns = |part: f64| (part * BAR_WIDTH as f64).round() as usize;
    let held = columns(holds).min(BAR_WIDTH);
    // Rounded together, so that two halves do not make more than a whole.
    let waited = columns(holds + waits).clamp(held, BAR_WIDTH) - held;
    let paint_in = |state, sign: &str, length: usize| {
        if length == 0 { String::new() } else { paint(style::of_state(state), sign.repeat(length)) }
    };
    format!("{}{}", paint_in(State::Compute, "█", held), paint_in(State::WaitLock, "░", waited))
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        gil_use::GilSeen,
        report::{Ending, RunReport, TaskCounts},
        scenario::{Lane, Model},
        trace::Tally,
    };

    use super::*;

    fn lane(lane: Lane, gil: Option<GilSeen>) -> LaneResult {
        let worker = |number, compute, waits| {
            let mut tally = Tally::new(number);
            tally.add_state(State::Compute, compute);
            tally.add_state(State::WaitLock, waits);
            tally
        };
        let run = RunReport {
            lane,
            ending: Ending::Complete,
            wall_ns: 1000,
            tasks: TaskCounts::default(),
            workers: vec![worker(0, 500, 500), worker(1, 250, 250)],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil,
            broke_at: None,
        };
        LaneResult::new(lane, &[], &[run])
    }

    #[test]
    fn modelled_and_real_stand_one_below_the_other() {
        let results = [
            lane(Lane::native(Model::Gil), Some(GilSeen::Recorded)),
            lane(Lane::native(Model::Threads), None),
            lane(Lane::python(Model::Threads), Some(GilSeen::Inferred { steps: 2, exact: 2 })),
        ];
        let text = anstream::adapter::strip_str(&lock(&results, 120)).to_string();
        let lines: Vec<&str> = text.lines().skip(1).take(5).collect();
        assert_eq!(lines[0], "interpreter lock  thread   holds   waits    free");
        let full = format!("{}{}", "█".repeat(20), "░".repeat(20));
        assert_eq!(lines[1], format!("native/gil             0    50 %    50 %     0 %  {full}"));
        assert_eq!(
            lines[2],
            format!("                       1    25 %    25 %    50 %  {}{}", "█".repeat(10), "░".repeat(10))
        );
        assert!(lines[4].starts_with("python/threads         0    50 %"), "{text}");
        assert!(text.contains("native/gil: modelled:") && text.contains("python/threads: from outside:"), "{text}");
        assert!(lock(&results, 60).lines().all(|line| !line.contains('█')), "no room for bars");
    }

    #[test]
    fn without_a_lock_there_is_no_table() {
        assert_eq!(lock(&[lane(Lane::native(Model::Threads), None)], 120), "");
    }
}

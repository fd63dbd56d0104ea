//! A million tiny tasks, with workers that are replaced all the time.

use std::time::Instant;

use lanes_backend::runner::CancelToken;
use lanes_core::{
    report::Ending,
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![trial("a_million_tiny_tasks_in_flat_memory", million).with_ignored_flag(true)]
}

fn million() {
    println!("| chunk | time | workers' processes | memory at 100,000 | at the end |\n| --- | --- | --- | --- | --- |");
    for chunk in ["1", "\"auto\""] {
        let scenario = scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":1000000,"steps":[{{"compute":{{"size":1}}}}]}}],"workers":2,
                "chunk":{chunk}}}"#
        ));
        let mut runner = runner(|options| options.recycle_after = Some(10_000));
        let early = std::cell::Cell::new(None);
        let starts = std::cell::Cell::new(0);
        let begun = Instant::now();
        let report = runner.run_lane(&scenario, Lane::native(Model::Processes), 1, &CancelToken::new(), &|frame| {
            let is_start = |span: &&lanes_core::trace::Span| span.state == lanes_core::trace::State::StartUp;
            starts.set(starts.get() + frame.spans.iter().filter(is_start).count());
            if frame.ended >= 100_000 && early.get().is_none() {
                early.set(rss_kib());
            }
        });
        let took = begun.elapsed();
        assert_eq!(report.ending, Ending::Complete, "{report:?}");
        assert_eq!(report.tasks.done, 1_000_000);
        let (early, late) = (early.get().unwrap_or_default(), rss_kib().unwrap_or_default());
        println!("| {chunk} | {took:?} | {} | {early} KiB | {late} KiB |", starts.get());
        println!("dropped {} of {} spans", report.dropped, report.total().recorded);
        assert!(late < early + 16_384, "it grew from {early} to {late} KiB");
    }
}

fn rss_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

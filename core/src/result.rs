//! The result file: what a comparison came to, the same JSON whoever wrote it. It writes no file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    gil_use::{GilUse, Share},
    report::{Agreement, Ending, LaneResult, agreement, speedup},
    scenario::{Model, Scenario},
    trace::State,
    verdict::verdict_beside,
};

/// The version of the format, in its first field.
pub const VERSION: u64 = 1;

/// The machine that a result was measured on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Logical processors, as the place says; browsers may understate or overstate them.
    pub cores: u32,
    /// The operating system, where it is known.
    pub os: String,
    /// The processor, where it is known.
    pub cpu: String,
    /// Whatever ran the lanes, with its version: a browser, a build of Lanes, an interpreter.
    pub versions: Vec<String>,
    /// The share of the machine that other programs had while it measured, in percent; `None` where nobody knows.
    #[serde(default)]
    pub other_work_percent: Option<u8>,
}

impl Machine {
    /// As files have it: what is not known is not there. (Left out by serde, it would be left out of bytes, too, in which every
    /// field has its place.)
    #[must_use]
    pub fn written(&self) -> Value {
        let mut written = json!(self);
        if let Some(fields) = written.as_object_mut().filter(|_| self.other_work_percent.is_none()) {
            fields.remove("other_work_percent");
        }
        written
    }
}

/// The result file of design version [`VERSION`].
///
/// Checksums are written in hexadecimal, as texts: JavaScript's numbers do not hold 64 bits.
#[must_use]
pub fn result_file(scenario: &Scenario, machine: &Machine, lanes: &[LaneResult]) -> Value {
    let agreements = agreement(lanes);
    let entries: Vec<Value> = lanes
        .iter()
        .zip(&agreements)
        .map(|(lane, agreement)| entry(lane, *agreement, reference(lane, lanes)))
        .collect();
    json!({
        "lanes_result": VERSION,
        "scenario": scenario,
        "machine": machine.written(),
        "lanes": entries,
        "verdict": verdict_beside(scenario, lanes, machine.other_work_percent),
    })
}

/// The sequential lane of the same place and interpreter, which speed-ups are measured against; where that interpreter
/// has none, the place's.
#[must_use]
pub fn reference<'a>(lane: &LaneResult, lanes: &'a [LaneResult]) -> Option<&'a LaneResult> {
    let mut yardsticks =
        lanes.iter().filter(|other| other.lane.place == lane.lane.place && other.lane.model == Model::Sequential);
    let first = yardsticks.clone().next();
    yardsticks.find(|other| other.lane.interpreter == lane.lane.interpreter).or(first)
}

fn states(states_ns: &[u64; State::ALL.len()]) -> Value {
    let entries = State::ALL.iter().zip(states_ns).filter(|(_, ns)| **ns > 0);
    Value::Object(entries.map(|(state, ns)| (state.id().to_owned(), json!(ns))).collect::<Map<_, _>>())
}

fn entry(lane: &LaneResult, agreement: Agreement, reference: Option<&LaneResult>) -> Value {
    let total = lane.total();
    let tasks = lane.tasks();
    let latency = lane.latency();
    let shown = lane.shown.as_ref();
    let workers: Vec<Value> = shown
        .into_iter()
        .flat_map(|run| &run.workers)
        .map(|worker| {
            json!({
                "worker": worker.worker,
                "tasks": worker.done + worker.failed,
                "states_ns": states(&worker.states_ns),
                "peak_rss_bytes": worker.peak_rss_bytes,
            })
        })
        .collect();
    json!({
        "lane": lane.lane,
        "label": lane.label,
        "ending": match &lane.ending {
            Ending::Complete => "complete",
            Ending::Cancelled => "cancelled",
            Ending::Broken(_) => "broken",
        },
        "why": match &lane.ending { Ending::Broken(why) => Some(why), _ => None },
        "checksum": lane.checksum().map(|sum| format!("{sum:016x}")),
        "agreement": agreement,
        "tasks": {
            "done": tasks.done, "failed": tasks.failed, "cancelled": tasks.cancelled,
            "abandoned": tasks.abandoned, "retried": tasks.retried,
        },
        "failures": lane.failures(),
        "wall_ns": lane.wall_ns,
        "median_ns": lane.wall.map(|wall| wall.median),
        "watched_median_ns": lane.watched.map(|watched| watched.median),
        "mad_ns": lane.wall.map(|wall| wall.mad),
        "speedup": reference.and_then(|reference| speedup(lane, reference)),
        "tasks_per_second": lane.throughput(),
        "latency_ns": latency,
        "latency_from": if lane.counts_from_due() { "due" } else { "taken" },
        "arrivals": lane.counts_from_due().then(|| json!({ "tasks": total.arrived, "behind": total.behind })),
        "states_ns": states(&total.states_ns),
        "workers": workers,
        "start_up_ns": lane.start_up_ns,
        "peak_rss_bytes": total.peak_rss_bytes,
        "held_bytes": Some(total.held_bytes).filter(|bytes| *bytes > 0),
        "processor_ns": total.processor_ns,
        "loop_lag_ns": lane.loop_lag_ns().map(|(mean, max)| json!({ "mean": mean, "max": max })),
        "fetched_bytes": total.fetched_bytes,
        "payload_bytes": total.payload_bytes,
        "bytes_in": total.bytes_in,
        "bytes_out": total.bytes_out,
        "met": total.met,
        "counter": shown.and_then(|run| run.counter),
        "gil": shown.and_then(GilUse::of).as_ref().map(gil),
        "spans": { "recorded": total.recorded, "dropped": shown.map_or(0, |run| run.dropped) },
        "clock_resolution_ns": shown.map(|run| run.clock_resolution_ns),
        "notes": shown.map(|run| run.notes.clone()).unwrap_or_default(),
    })
}

/// What each thread did with the interpreter lock, as parts of the wall time.
fn gil(used: &GilUse) -> Value {
    let parts = |share: Share| {
        let [holds, waits, free] = share.parts();
        json!({ "holds": holds, "waits": waits, "free": free })
    };
    let inferred = |waits_ns: u64, share: Share| json!(waits_ns as f64 / share.whole_ns().max(1) as f64);
    let mut all = parts(used.total());
    let threads = used.threads.iter().enumerate().map(|(number, (worker, share))| {
        let mut thread = parts(*share);
        thread["worker"] = json!(worker);
        if let Some(waits_ns) = &used.inferred_waits_ns {
            thread["waits_inferred"] = inferred(waits_ns[number], *share);
        }
        thread
    });
    let threads: Vec<Value> = threads.collect();
    if let Some(waits_ns) = &used.inferred_waits_ns {
        all["waits_inferred"] = inferred(waits_ns.iter().sum(), used.total());
    }
    json!({ "seen": used.seen.how(), "all": all, "threads": threads })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{RunReport, TaskCounts},
        scenario::Lane,
        trace::Tally,
    };

    #[test]
    fn checksums_are_texts_and_speedups_are_against_the_same_place() {
        let run = |model, wall_ns| {
            let mut tally = Tally::new(0);
            tally.task_done(u64::MAX, 5);
            tally.add_state(State::Compute, 7);
            RunReport {
                lane: Lane::browser(model),
                ending: Ending::Complete,
                wall_ns,
                tasks: TaskCounts { done: 1, ..TaskCounts::default() },
                workers: vec![tally],
                dropped: 0,
                counter: None,
                clock_resolution_ns: 5,
                notes: Vec::new(),
                gil: None,
                broke_at: None,
            }
        };
        let lanes: Vec<LaneResult> = [(Model::Sequential, 100), (Model::Threads, 50)]
            .map(|(model, wall)| LaneResult::new(Lane::browser(model), &[], &[run(model, wall)]))
            .to_vec();
        let file = result_file(&Scenario::default(), &Machine::default(), &lanes);
        assert_eq!(file["lanes_result"], 1);
        assert_eq!(file["lanes"][1]["checksum"], "ffffffffffffffff");
        assert_eq!(file["lanes"][1]["speedup"], 2.0);
        assert_eq!(file["lanes"][1]["states_ns"], json!({"compute": 7}));
        assert_eq!(file["lanes"][1]["agreement"], "agrees");
        assert_eq!(file["verdict"]["overall"]["lane"], "browser/sequential", "100 ns are too small to matter");
    }
}

//! The trace event format that Perfetto (ui.perfetto.dev) and `chrome://tracing` open.
//!
//! ```text
//! process          a lane                    pid: its place in the list, from 1
//! └─ thread 0      the run as a whole        one event as long as the run
//! └─ thread 1…     a worker, or on an event loop one of its slots
//!    └─ "X" event  a span                    ts and dur in µs, exact to the nanosecond
//! ```
//!
//! Reference: "Trace Event Format", the Chromium project.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use crate::{
    scenario::{Label, Lane, Scenario},
    trace::{NO_TASK, Span},
};

/// The spans of one run of one lane.
#[derive(Clone, Copy, Debug)]
pub struct LaneTrace<'a> {
    /// Which lane.
    pub lane: Lane,
    /// Which repeat the spans are of, from 0.
    pub repeat: usize,
    /// How long the run took, in nanoseconds.
    pub wall_ns: u64,
    /// Its spans, in any order.
    pub spans: &'a [Span],
    /// Spans that are missing here.
    pub dropped: u64,
}

/// Writes the lanes of a session as one trace: one event a line, so that a large one can be looked into.
///
/// # Errors
/// What the writer says.
pub fn write(out: &mut impl Write, scenario: &Scenario, lanes: &[LaneTrace<'_>]) -> io::Result<()> {
    let about = json!({ "scenario": scenario, "made_by": concat!("lanes ", env!("CARGO_PKG_VERSION")) });
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
    let mut events = Events { out, is_first: true };
    for (pid, lane) in (1..).zip(lanes) {
        write_lane(&mut events, pid, lane)?;
    }
    out.write_all(b"\n]}\n")
}

struct Events<'a, W> {
    out: &'a mut W,
    is_first: bool,
}

impl<W: Write> Events<'_, W> {
    fn push(&mut self, event: &Value) -> io::Result<()> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        write!(self.out, "{event}")
    }

    fn name(&mut self, what: &str, pid: usize, tid: usize, args: &Value) -> io::Result<()> {
        self.push(&json!({ "ph": "M", "name": what, "pid": pid, "tid": tid, "args": args }))
    }
}

fn write_lane<W: Write>(events: &mut Events<'_, W>, pid: usize, trace: &LaneTrace<'_>) -> io::Result<()> {
    let label = match trace.lane.label() {
        Label::Real => "real",
        Label::Modelled => "modelled",
    };
    events.name("process_name", pid, 0, &json!({ "name": format!("{} ({label})", trace.lane) }))?;
    events.name("process_sort_index", pid, 0, &json!({ "sort_index": pid }))?;
    events.name("thread_name", pid, 0, &json!({ "name": format!("run {}", trace.repeat + 1) }))?;
    events.name("thread_sort_index", pid, 0, &json!({ "sort_index": 0 }))?;
    let rows = rows(trace.spans);
    for (&(worker, slot), &(tid, has_slots)) in &rows {
        let name = if has_slots { format!("worker {worker}, slot {slot}") } else { format!("worker {worker}") };
        events.name("thread_name", pid, tid, &json!({ "name": name }))?;
        events.name("thread_sort_index", pid, tid, &json!({ "sort_index": tid }))?;
    }
    events.push(&json!({
        "ph": "X", "name": "run", "cat": "run", "pid": pid, "tid": 0, "ts": 0, "dur": micros(trace.wall_ns),
        "args": { "spans": trace.spans.len(), "dropped": trace.dropped },
    }))?;
    for span in trace.spans {
        let (tid, _) = rows[&(span.worker, span.slot)];
        let args = if span.task == NO_TASK { json!({}) } else { json!({ "task": span.task }) };
        events.push(&json!({
            "ph": "X", "name": span.state.id(), "cat": "span", "pid": pid, "tid": tid,
            "ts": micros(span.start_ns), "dur": micros(span.duration_ns()), "args": args,
        }))?;
    }
    Ok(())
}

/// The thread of each worker and slot, in their order, and whether its worker has several slots.
fn rows(spans: &[Span]) -> BTreeMap<(u16, u16), (usize, bool)> {
    let mut rows: BTreeMap<(u16, u16), (usize, bool)> = BTreeMap::new();
    for span in spans {
        rows.entry((span.worker, span.slot)).or_default();
    }
    let mut slots: BTreeMap<u16, usize> = BTreeMap::new();
    for (worker, _) in rows.keys() {
        *slots.entry(*worker).or_default() += 1;
    }
    for (tid, ((worker, _), row)) in (1..).zip(&mut rows) {
        *row = (tid, slots[worker] > 1);
    }
    rows
}

/// Microseconds, exact to the nanosecond for any run shorter than a month.
fn micros(ns: u64) -> f64 {
    ns as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scenario::Model, trace::State};

    fn span(worker: u16, slot: u16, task: u32, state: State, start_ns: u64, end_ns: u64) -> Span {
        Span { worker, slot, task, state, start_ns, end_ns }
    }

    fn events(lanes: &[LaneTrace<'_>]) -> Vec<Value> {
        let mut bytes = Vec::new();
        write(&mut bytes, &Scenario::default(), lanes).expect("memory takes everything");
        let trace: Value = serde_json::from_slice(&bytes).expect("valid JSON");
        trace["traceEvents"].as_array().expect("a list").clone()
    }

    #[test]
    fn lanes_are_processes_and_slots_are_threads() {
        let loop_spans = [
            span(0, 0, 0, State::WaitIo, 0, 1_500),
            span(0, 1, 1, State::WaitIo, 0, 2_500),
            span(0, 0, 0, State::Compute, 1_500, 1_501),
        ];
        let thread_spans = [span(1, 0, NO_TASK, State::StartUp, 7, 1_000)];
        let lane =
            |model, spans| LaneTrace { lane: Lane::browser(model), repeat: 1, wall_ns: 3_000, spans, dropped: 0 };
        let events = events(&[lane(Model::Async, &loop_spans), lane(Model::Gil, &thread_spans)]);
        let named = |what: &str| -> Vec<&str> {
            let of = events.iter().filter(|event| event["name"] == what);
            of.filter_map(|event| event["args"]["name"].as_str()).collect()
        };
        assert_eq!(named("process_name"), ["browser/async (real)", "browser/gil (modelled)"]);
        assert_eq!(named("thread_name"), ["run 2", "worker 0, slot 0", "worker 0, slot 1", "run 2", "worker 1"]);
        let compute = events.iter().find(|event| event["name"] == "compute").expect("the span");
        assert_eq!(compute["ph"], "X");
        assert_eq!((compute["ts"].as_f64(), compute["dur"].as_f64()), (Some(1.5), Some(0.001)));
        assert_eq!((&compute["pid"], &compute["tid"], &compute["args"]["task"]), (&json!(1), &json!(1), &json!(0)));
        let start_up = events.iter().find(|event| event["name"] == "start-up").expect("the span");
        assert_eq!((&start_up["pid"], &start_up["args"]), (&json!(2), &json!({})));
    }

    #[test]
    fn nothing_is_a_trace_too() {
        assert!(events(&[]).is_empty());
    }
}

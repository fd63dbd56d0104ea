//! CPython in the page: the exported program of a lane, run by an interpreter in a sandboxed frame.
//!
//! ```text
//! page_python.rs ── order ──▶ pyodide/host.js ──▶ frame.js ──▶ worker.js: lanes_page.py, the program
//!       │ ◀── what it tells, its thread logs, in batches ──┘        └── a process: another worker
//!       └─ trace collector (core) ─▶ the events of any run
//! ```
//!
//! The files come when a lane of this place is first run. What comes out of the frame is data that a program may have made up:
//! it is read as such, and what cannot be read ends the run.

use std::collections::VecDeque;

use futures::{StreamExt, channel::mpsc};
use js_sys::{Array, Function, Reflect, Uint8Array};
use lanes_core::{
    collector::{
        Alone, TraceCollector,
        log::{HEADER_BYTES, Header, RECORD_BYTES, record},
        rows,
        told::{self, Outcome},
    },
    export::program::{Language, Program},
    gil_use::GilSeen,
    plan::Plan,
    present::{bytes, duration, lock},
    report::{Ending, RunReport},
    run::outcome::{self, Circumstances, LaneEnd},
    scenario::{Call, Lane, Model, Place, Step, ValidScenario, limits},
    trace::{FailedAt, Failure, Span, Tally},
    wire::{Event, Frame},
};
use wasm_bindgen::prelude::*;

use super::follow::RunHandle;
use crate::{js_error, program_writer::ProgramWriter};

/// Records that a thread's log may have; what has no more room is counted.
const ROOM: u32 = 1 << 18;
/// What is kept of what a program prints, in bytes: its end.
const KEPT: usize = 2_000;
/// The number of the interpreter that runs the program itself.
const LEADER: u32 = 1;
/// The steps of the clock of an isolated page, in nanoseconds.
const CLOCK_NS: u64 = 5_000;

#[wasm_bindgen(inline_js = "export async function startPagePython(progress, tell) {
  const host = await import(new URL('pyodide/host.js', document.baseURI));
  return host.start(progress, tell);
}")]
extern "C" {
    type Host;

    #[wasm_bindgen(js_name = startPagePython, catch)]
    async fn start_page_python(progress: &Function, tell: &Function) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn run(this: &Host, module: &str, program: &str, model: &str, is_watched: bool, room: u32);
    /// What is run next calls a function of the user's own.
    #[wasm_bindgen(method, js_name = calls)]
    fn calls(this: &Host, module: &str, function: &str, text: &str, tasks: u32, on_threads: bool);
    /// What is run next may ask these addresses.
    #[wasm_bindgen(method)]
    fn names(this: &Host, addresses: Vec<String>);
    #[wasm_bindgen(method)]
    fn end(this: &Host);
    #[wasm_bindgen(method)]
    fn remove(this: &Host);
    #[wasm_bindgen(method, getter)]
    fn python(this: &Host) -> String;
    /// Whether this browser can suspend a stack, as threads need it.
    #[wasm_bindgen(method, getter)]
    fn stacks(this: &Host) -> bool;
    #[wasm_bindgen(method, getter)]
    fn origin(this: &Host) -> f64;
}

/// The program that a lane runs; or why it cannot.
pub(super) async fn program_of(lane: Lane, scenario: &ValidScenario) -> Result<Program, String> {
    scenario.check_place(Place::Pyodide).map_err(|why| why.to_string())?;
    if let Some(call) = scenario.call().filter(|call| call.source().is_none()) {
        return Err(format!(
            "the scenario names {}() and does not bring its code, which the page would need: lanes of python run it",
            call.function
        ));
    }
    let workers = scenario.workers_of(lane);
    if lane.model == Model::Processes && u64::from(workers) > limits::MAX_PAGE_INTERPRETERS {
        let most = limits::MAX_PAGE_INTERPRETERS;
        return Err(format!(
            "{workers} processes would be as many interpreters of 50 MB; the page has up to {most} (workers)"
        ));
    }
    ProgramWriter::load().await?.program(scenario, lane, Language::Python)
}

/// A sandboxed frame with interpreters in it.
pub(super) struct PagePython {
    host: Host,
    messages: mpsc::UnboundedReceiver<Array>,
    // Called for as long as the frame is there.
    _tell: Closure<dyn FnMut(Array)>,
}

impl Drop for PagePython {
    fn drop(&mut self) {
        self.host.remove();
    }
}

impl PagePython {
    /// Loads the files, says how much of them is there, and starts the first interpreter.
    pub(super) async fn start(say: mpsc::UnboundedSender<String>) -> Result<Self, String> {
        let progress = Closure::<dyn FnMut(f64, f64)>::new(move |loaded: f64, whole: f64| {
            let text = match loaded < whole {
                true => format!("loading CPython: {} of {}", bytes(loaded as u64), bytes(whole as u64)),
                false => "starting CPython".to_owned(),
            };
            // Whoever asked may have gone.
            let _ = say.unbounded_send(text);
        });
        let (send, messages) = mpsc::unbounded();
        let tell = Closure::<dyn FnMut(Array)>::new(move |batch: Array| drop(send.unbounded_send(batch)));
        let host = start_page_python(progress.as_ref().unchecked_ref(), tell.as_ref().unchecked_ref())
            .await
            .map_err(|error| js_error::describe(&error))?;
        Ok(Self { host: host.unchecked_into(), messages, _tell: tell })
    }

    /// Why it has no lane of a model.
    pub(super) fn lacks(&self, model: Model, call: Option<&Call>) -> Option<&'static str> {
        (needs_stacks(model, call) && !self.host.stacks()).then_some(
            "this browser cannot suspend a stack of WebAssembly (JSPI), on which the threads of the page's CPython stand: \
             Chrome and Edge can from 137 on, Firefox from 153 on; async and processes run here too",
        )
    }
}

/// Whether a program starts threads. A loop hands a function of the user's own to threads where it is no coroutine.
fn needs_stacks(model: Model, call: Option<&Call>) -> bool {
    match model {
        Model::Threads | Model::Hybrid => true,
        Model::Async => call.is_some_and(|call| call.coroutine.is_empty()),
        _ => false,
    }
}

/// A run of one program.
pub(super) struct PageRun<'a> {
    python: &'a mut PagePython,
    run: u32,
    lane: Lane,
    plan: Plan,
    is_watched: bool,
    began_ms: f64,
    collector: Option<TraceCollector>,
    /// What the collector calls the threads, by what the frame calls them.
    threads: Vec<(String, usize)>,
    reasons: Vec<Failure>,
    /// t = 0 on the program's clock.
    zero_ns: Option<u64>,
    cost_ns: Option<u64>,
    outcome: Option<Outcome>,
    why: Option<String>,
    /// Where in the user's file.
    broke_at: Option<FailedAt>,
    printed: String,
    spans: Vec<Span>,
    events: VecDeque<Event>,
}

impl<'a> PageRun<'a> {
    /// Starts it.
    pub(super) fn start(
        python: &'a mut PagePython,
        run: u32,
        lane: Lane,
        scenario: &ValidScenario,
        is_watched: bool,
        program: &Program,
    ) -> Self {
        // Of a run that was given up.
        while python.messages.try_recv().is_ok() {}
        let name = program.file_name.strip_suffix(".py").unwrap_or(&program.file_name);
        if let Some((call, source)) = scenario.call().and_then(|call| Some((call, call.source()?))) {
            let on_threads = needs_stacks(lane.model, Some(call));
            python.host.calls(&call.module, &call.function, source, scenario.tasks(), on_threads);
        }
        // Nobody else's code comes with addresses: a call is its scenario's only step.
        python.host.names(scenario.addresses().map(str::to_owned).collect());
        python.host.run(&format!("lanes_job_{name}"), &program.code, lane.model.id(), is_watched, ROOM);
        let plan = Plan::new(scenario.for_lane(lane));
        Self {
            collector: Some(TraceCollector::new(lane.model, LEADER, &plan, &Alone::default()).all_under_lock()),
            python,
            run,
            lane,
            plan,
            is_watched,
            began_ms: js_sys::Date::now(),
            threads: Vec::new(),
            reasons: Vec::new(),
            zero_ns: None,
            cost_ns: None,
            outcome: None,
            why: None,
            broke_at: None,
            printed: String::new(),
            spans: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes in what the frame says; `false` of what makes no sense.
    fn take(&mut self, message: &JsValue) -> bool {
        let field = |name: &str| Reflect::get(message, &name.into()).unwrap_or_default();
        let text = |name: &str| field(name).as_string();
        match text("kind").unwrap_or_default().as_str() {
            "event" => {
                let is_leader = field("number").as_f64() == Some(f64::from(LEADER));
                text("text").is_some_and(|line| self.take_event(&line, is_leader))
            }
            "log" => {
                let bytes = field("bytes").dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec());
                bytes.is_ok_and(|bytes| self.take_log(text("thread").unwrap_or_default(), &bytes))
            }
            "failure" => {
                self.reasons.extend(text("text").and_then(|line| told::failure(&line)));
                true
            }
            "output" => {
                self.printed += &text("text").unwrap_or_default();
                let from = self.printed.len().saturating_sub(KEPT);
                let from = (from..=self.printed.len()).find(|at| self.printed.is_char_boundary(*at)).unwrap_or(0);
                self.printed.drain(..from);
                true
            }
            "lost" | "broken" => {
                let number = field("number").as_f64().unwrap_or_default();
                let why = text("why").unwrap_or_default();
                let who = if number == f64::from(LEADER) { "the interpreter" } else { "an interpreter of its pool" };
                self.why.get_or_insert(format!("{who} ended: {why}"));
                self.finish(Ending::Complete);
                true
            }
            "flood" => {
                self.why = Some("the program said more than a page can take in, and was ended".into());
                self.finish(Ending::Complete);
                true
            }
            "ended" => {
                self.finish(Ending::Cancelled);
                true
            }
            "over" => {
                self.finish(Ending::Complete);
                true
            }
            _ => false,
        }
    }

    fn take_event(&mut self, line: &str, is_leader: bool) -> bool {
        match told::Event::read(line) {
            Some(told::Event::Begins { perf_ns, cost_ns, .. }) if self.zero_ns.is_none() => {
                (self.zero_ns, self.cost_ns) = (Some(perf_ns), cost_ns);
                if let Some(collector) = &mut self.collector {
                    collector.begin(perf_ns);
                }
                let epoch_ns = (self.python.host.origin() * 1e3) as u64 * 1_000 + perf_ns;
                let workers = u16::try_from(self.plan.scenario().workers).unwrap_or(u16::MAX);
                let workers = rows(self.lane.model, workers);
                self.events.push_back(Event::Started { run: self.run, epoch_ns, workers });
                true
            }
            Some(told::Event::Done(outcome)) => {
                self.outcome.get_or_insert(outcome);
                true
            }
            Some(told::Event::Broke { why, at, .. }) => {
                if self.why.is_none() {
                    self.why = Some(format!("the program ended with an exception: {why}"));
                    self.broke_at = at;
                }
                if !is_leader {
                    // Its pool would wait for it for ever.
                    self.python.host.end();
                }
                true
            }
            Some(told::Event::Begins { .. } | told::Event::Lost { .. }) => true,
            None => false,
        }
    }

    fn take_log(&mut self, name: String, bytes: &[u8]) -> bool {
        let Some((head, records)) = bytes.split_first_chunk::<HEADER_BYTES>() else { return false };
        let (Some(header), Some(collector)) = (Header::read(head), &mut self.collector) else { return false };
        let known = self.threads.iter().find(|(known, _)| *known == name).map(|(_, thread)| *thread);
        let thread = known.unwrap_or_else(|| {
            let thread = collector.add(header, 0, |_| true);
            self.threads.push((name, thread));
            thread
        });
        collector.update(thread, header);
        let mut all = true;
        for bytes in records.chunks_exact(RECORD_BYTES) {
            match record(bytes) {
                Some(record) => collector.take(thread, &record, |_, _, _| None, &mut self.spans),
                None => all = false,
            }
        }
        all
    }

    fn now_ns(&self) -> u64 {
        let Some(zero_ns) = self.zero_ns else { return 0 };
        let since_ms = js_sys::Date::now() - self.python.host.origin();
        ((since_ms * 1e6) as u64).saturating_sub(zero_ns)
    }

    fn send_frame(&mut self) {
        let Some(collector) = &self.collector else { return };
        let (run, now_ns) = (self.run, self.now_ns());
        let (ended, dropped) = (collector.ended, collector.dropped());
        self.events.push_back(Event::Frame(Frame {
            run,
            now_ns,
            ended,
            dropped,
            spans: std::mem::take(&mut self.spans),
        }));
    }

    /// The run is over: what it came to.
    fn finish(&mut self, ending: Ending) {
        self.send_frame();
        let Some(collector) = self.collector.take() else { return };
        let (scenario, tasks) = (self.plan.scenario(), u64::from(self.plan.tasks()));
        let (in_flight, dropped) = (collector.in_flight(), collector.dropped());
        let said = self.outcome.take();
        let mut workers = collector.tallies(said.as_ref().map_or(0, |said| said.memory), &mut self.reasons);
        if let (false, Some(first), Some(said)) = (self.is_watched, workers.first_mut(), &said) {
            said.count(first, tasks);
        }
        if let (Some(_), Some(said), Some(first)) = (scenario.call(), &said, workers.first_mut()) {
            // What results prove is found out once all of them are there.
            first.checksum = said.checksum;
        }
        let mut total = Tally::new(0);
        for tally in &mut workers {
            tally.watching_ns = self.cost_ns.unwrap_or_default() * (tally.done + tally.failed);
            total.merge(tally);
        }
        let wall_ns = match (&said, self.zero_ns) {
            (Some(said), Some(zero_ns)) => said.end_ns.saturating_sub(zero_ns),
            _ => self.now_ns(),
        };
        let ending = match (ending, self.why.take(), &said) {
            (_, Some(why), _) => Ending::Broken(why),
            (Ending::Complete, None, Some(said)) => match said.check(&total, tasks) {
                Ok(()) => Ending::Complete,
                Err(unseen) => Ending::Broken(unseen.to_string()),
            },
            (Ending::Complete, None, None) => Ending::Broken("the program ended without a result".into()),
            (ending, ..) => ending,
        };
        let mut notes = vec![self.about()];
        if self.lane.model == Model::Processes {
            notes.push(
                "its processes are interpreters that were started before and are used again; how long messages are under way \
                 between them is left blank"
                    .into(),
            );
        }
        let shares_lock = needs_stacks(self.lane.model, scenario.call());
        if shares_lock {
            notes.push(
                "its threads are stacks in one interpreter, which take turns where CPython's lock changes hands: when they block, \
                 and when somebody else has waited for a switch interval. No two compute at once, SHA-256 neither"
                    .into(),
            );
        }
        notes.extend(lock::without_lock(scenario).filter(|_| !shares_lock));
        if !self.is_watched {
            notes.push("recording was off: the program ran as it is, so there are totals and no spans".into());
        }
        notes.extend(said.iter().flat_map(|said| said.notes.iter().cloned()));
        let printed = self.printed.trim();
        if matches!(ending, Ending::Broken(_)) && !printed.is_empty() {
            notes.push(format!("the end of what it said: {printed}"));
        }
        let has_bumps = scenario.steps().any(|step| matches!(step, Step::Bump(_)));
        let counted = said.as_ref().and_then(|said| said.counter).filter(|_| has_bumps);
        let known = Circumstances {
            span_ns: 0.0,
            cancelled: false,
            // Said above.
            recording: true,
            dropped,
            counted: counted.unwrap_or_default(),
            clock_resolution_ns: CLOCK_NS,
        };
        let abandoned = in_flight.min(tasks.saturating_sub(total.done + total.failed));
        let end = LaneEnd { wall_ns, workers, abandoned, notes, ..LaneEnd::default() };
        let report = outcome::report(self.lane, &self.plan, end, known);
        let gil = (self.lane.model == Model::Threads && self.is_watched).then_some(GilSeen::Recorded);
        let (counter, broke_at) = (report.counter.filter(|_| counted.is_some()), self.broke_at.take());
        let report = RunReport { ending, gil, counter, broke_at, ..report };
        self.events.push_back(Event::Finished { run: self.run, report: Box::new(report) });
    }

    fn about(&self) -> String {
        let mut about = format!("CPython {} in the page, compiled to WebAssembly", self.python.host.python());
        if let Some(zero_ns) = self.zero_ns {
            let until_ms = self.python.host.origin() + zero_ns as f64 / 1e6 - self.began_ms;
            let until = duration((until_ms.max(0.0) * 1e6) as u64);
            about += &format!("; {until} from the order until the job began");
        }
        if let Some(cost_ns) = self.cost_ns {
            about += &format!("; timing costs {} a task", duration(cost_ns));
        }
        about
    }
}

impl RunHandle for PageRun<'_> {
    /// Its interpreters are ended from outside, whatever they do.
    const GRACE_MS: u32 = 2_000;

    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let Some(batch) = self.python.messages.next().await else {
                return Event::Broken("the frame of the page's CPython is gone".into());
            };
            for message in batch.iter() {
                if self.collector.is_some() && !self.take(&message) {
                    self.python.host.end();
                    return Event::Broken(
                        "the program told the page something that makes no sense, and was ended".into(),
                    );
                }
            }
            if self.collector.is_some() && !self.spans.is_empty() {
                self.send_frame();
            }
        }
    }

    fn cancel(&mut self) {
        self.python.host.end();
    }

    // A pool of the page's CPython would wait for ever, as CPython's own does; nobody is offered it.
    fn kill(&mut self, _: u16) {}
}

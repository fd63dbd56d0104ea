//! An isolated worker: the browser's process. Its own instance, its own memory, nothing but messages.
//!
//! It does one chunk of tasks after another and answers each with what came out. It keeps no state that matters, so
//! it can be killed at any moment.

use std::cell::RefCell;

use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    scenario::{Model, Scenario},
    trace::{Drain, NO_TASK, Span, State, Tally, recorder},
    wire,
    work::{BlockingWorld, Hand, SharedCounter, World, do_task},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::MessageEvent;

use super::{
    clock::Clock,
    reporter::scope,
    settings::Settings,
    world::{BrowserWorld, FileShares},
};

/// From the parent to an isolated worker. The shares of a file travel beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ToChild {
    /// A new run: make the plan.
    Job {
        /// The worker's number.
        worker: u16,
        /// The scenario, as JSON.
        scenario: String,
        /// t = 0 of the run's clock.
        epoch_ms: f64,
    },
    /// Do these tasks.
    Chunk {
        /// The first.
        first: u32,
        /// The one after the last.
        end: u32,
        /// When it was sent.
        posted_ns: u64,
        /// Lengths of the tasks' shares of the file, in the payload beside it; empty without a file.
        shares: Vec<u32>,
    },
}

/// From an isolated worker to its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FromChild {
    /// It has started.
    Ready,
    /// A chunk is done.
    Answer {
        /// How long the worker had it in hand.
        took_ns: u64,
        /// What came out.
        tally: Box<Tally>,
        /// What it did.
        spans: Vec<Span>,
        /// Spans its ring had no room for since the last answer.
        dropped: u64,
    },
}

struct Child {
    settings: Settings,
    job: Option<Job>,
}

struct Job {
    plan: Plan,
    world: ChildWorld,
    hand: Hand,
    drain: Drain,
    dropped_before: u64,
    /// End of the last thing it did: a message that arrives later was under way since then, or since it was sent.
    free_since_ns: u64,
    bytes: Vec<u8>,
}

/// The entry of an isolated worker. `config` is as for an engine.
#[wasm_bindgen]
pub fn start_isolated(config: JsValue) {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let message = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&message, &"broken".into(), &info.to_string().into());
        let _ = scope().post_message(&message);
    }));
    let mut child = Child { settings: Settings::read(&config), job: None };
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| child.receive(&event));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    send(&wire::encode(&FromChild::Ready));
}

fn send(bytes: &[u8]) {
    let array = js_sys::Uint8Array::new_from_slice(bytes);
    let _ = scope().post_message_with_transfer(&array, &js_sys::Array::of1(&array.buffer()));
}

impl Child {
    fn receive(&mut self, event: &MessageEvent) {
        let received_ns = self.job.as_ref().map_or(0, |job| job.world.now_ns());
        let message: js_sys::Array = event.data().unchecked_into();
        let bytes = js_sys::Uint8Array::new(&message.get(0)).to_vec();
        match wire::decode::<ToChild>(&bytes) {
            Ok(ToChild::Job { worker, scenario, epoch_ms }) => {
                let scenario = Scenario::from_json(&scenario).expect("the parent has checked it");
                self.job = Some(Job::new(&self.settings, worker, scenario, epoch_ms));
            }
            Ok(ToChild::Chunk { first, end, posted_ns, shares }) => {
                let job = self.job.as_mut().expect("a job comes before its chunks");
                job.payload(first, &shares, &message.get(1));
                job.chunk(first, end, posted_ns, received_ns);
            }
            Err(error) => wasm_bindgen::throw_str(&error.to_string()),
        }
    }
}

impl Job {
    fn new(settings: &Settings, worker: u16, scenario: Scenario, epoch_ms: f64) -> Self {
        let clock = Clock { epoch_ms };
        let plan = Plan::new(scenario);
        let (recorder, drain) = recorder(worker, plan.ring_capacity(4));
        let world = BrowserWorld::new(clock, settings.network.clone(), FileShares::default(), Model::Processes, &plan);
        let free_since_ns = clock.now_ns();
        let world = ChildWorld { world, payload: RefCell::default() };
        Self { plan, world, hand: Hand::new(recorder), drain, dropped_before: 0, free_since_ns, bytes: Vec::new() }
    }

    /// Takes over the shares of the file that came with a chunk.
    fn payload(&mut self, first: u32, shares: &[u32], beside: &JsValue) {
        let mut payload = self.world.payload.borrow_mut();
        payload.shares.clear();
        let mut start = 0;
        for (share, task) in shares.iter().zip(first..) {
            payload.shares.push((task, start..start + *share as usize));
            start += *share as usize;
        }
        if let Some(array) = beside.dyn_ref::<js_sys::Uint8Array>() {
            payload.bytes.resize(array.length() as usize, 0);
            array.copy_to(&mut payload.bytes);
        }
    }

    fn chunk(&mut self, first: u32, end: u32, posted_ns: u64, received_ns: u64) {
        let arrived_from = posted_ns.max(self.free_since_ns).min(received_ns);
        self.hand.recorder.span(0, NO_TASK, State::Transfer, arrived_from, received_ns);
        let started_ns = self.world.now_ns();
        self.hand.recorder.span(0, NO_TASK, State::Serialise, received_ns, started_ns);
        for task in first..end {
            // Only a kill ends a chunk early, so there is nothing to be cancelled here.
            let _ = do_task(&self.world, &self.plan, task, &mut self.hand, &mut self.bytes);
        }
        let ended_ns = self.world.now_ns();
        let mut spans = Vec::new();
        self.drain.drain(&mut spans, usize::MAX);
        let dropped = self.drain.dropped();
        let answer = FromChild::Answer {
            took_ns: ended_ns.saturating_sub(started_ns),
            tally: Box::new(self.hand.recorder.take_tally()),
            spans,
            dropped: dropped - self.dropped_before,
        };
        self.dropped_before = dropped;
        send(&wire::encode(&answer));
        self.free_since_ns = self.world.now_ns();
        // This one goes with the next answer: it cannot be part of what it measures.
        self.hand.recorder.span(0, NO_TASK, State::Serialise, ended_ns, self.free_since_ns);
    }
}

/// The world of an isolated worker: the browser's, but the file comes with the messages, and the counter is its own.
#[derive(Debug)]
struct ChildWorld {
    world: BrowserWorld,
    payload: RefCell<Payload>,
}

#[derive(Debug, Default)]
struct Payload {
    bytes: Vec<u8>,
    shares: Vec<(u32, std::ops::Range<usize>)>,
}

impl World for ChildWorld {
    fn now_ns(&self) -> u64 {
        self.world.now_ns()
    }
    fn is_cancelled(&self) -> bool {
        false
    }
    fn gil(&self) -> Option<&Gil> {
        None
    }
    fn counter(&self) -> &SharedCounter {
        self.world.counter()
    }
}

impl BlockingWorld for ChildWorld {
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), String> {
        self.world.fetch(action, body)
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
        let payload = self.payload.borrow();
        let share = payload.shares.iter().find(|(number, _)| *number == task);
        let (_, range) = share.ok_or("the share of the file did not come with the message")?;
        bytes.extend_from_slice(payload.bytes.get(range.clone()).ok_or("the share of the file came short")?);
        Ok(())
    }
}

//! The events of a run on their way to whoever reads its stream, however slowly they do.
//!
//! The run's side never waits: when more than [`MAX_BYTES`] are unread, spans are left out and counted, and only the
//! latest progress is kept. How a run ends is always told.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};
use std::{collections::VecDeque, time::Duration};

use axum::body::Bytes;
use lanes_core::{
    api::HEARTBEAT_MS,
    wire::{self, Event, Frame},
};
use tokio::sync::Notify;

/// Bytes that may be unread before spans are left out.
const MAX_BYTES: usize = 16 << 20;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Length-prefixed bytes of [`wire`].
    Frames,
    /// JSON, one event a line.
    Lines,
}

/// The run's side: takes events and never waits.
#[derive(Clone, Debug)]
pub(super) struct EventQueue(Arc<Inner>);

/// The reader's side. When it is dropped, events are no longer kept.
#[derive(Debug)]
pub(super) struct Subscriber(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    form: Form,
    most: usize,
    unread: Mutex<Unread>,
    changed: Notify,
    is_gone: AtomicBool,
}

#[derive(Debug, Default)]
struct Unread {
    events: VecDeque<Bytes>,
    bytes: usize,
    /// The latest progress that there was no room for, without its spans.
    latest: Option<Frame>,
    left_out: u64,
    is_over: bool,
}

/// Both sides.
pub(super) fn event_queue(form: Form) -> (EventQueue, Subscriber) {
    with_room(form, MAX_BYTES)
}

fn with_room(form: Form, most: usize) -> (EventQueue, Subscriber) {
    let inner = Inner { form, most, unread: Mutex::default(), changed: Notify::new(), is_gone: AtomicBool::new(false) };
    let inner = Arc::new(inner);
    (EventQueue(Arc::clone(&inner)), Subscriber(inner))
}

impl Inner {
    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, event: &Event) -> Bytes {
        match self.form {
            Form::Frames => {
                let message = wire::encode(event);
                let length = u32::try_from(message.len()).expect("a frame holds a few thousand spans");
                [&length.to_le_bytes()[..], &message].concat().into()
            }
            Form::Lines => {
                let mut line = serde_json::to_vec(event).expect("events are plain data");
                line.push(b'\n');
                line.into()
            }
        }
    }
}

impl Unread {
    fn push(&mut self, bytes: Bytes) {
        self.bytes += bytes.len();
        self.events.push_back(bytes);
    }
}

impl EventQueue {
    /// Adds an event; never waits.
    pub(super) fn push(&self, event: Event) {
        if self.0.is_gone.load(Relaxed) {
            return;
        }
        let mut unread = self.0.unread();
        match event {
            Event::Frame(mut frame) => {
                if unread.bytes > self.0.most {
                    unread.left_out += frame.spans.len() as u64;
                    frame.spans = Vec::new();
                    frame.dropped += unread.left_out;
                    unread.latest = Some(frame);
                } else {
                    frame.dropped += unread.left_out;
                    unread.latest = None;
                    let bytes = self.0.write(&Event::Frame(frame));
                    unread.push(bytes);
                }
            }
            Event::Finished { run, mut report } => {
                report.dropped += unread.left_out;
                if let Some(latest) = unread.latest.take() {
                    let bytes = self.0.write(&Event::Frame(latest));
                    unread.push(bytes);
                }
                let bytes = self.0.write(&Event::Finished { run, report });
                unread.push(bytes);
            }
            other => {
                let bytes = self.0.write(&other);
                unread.push(bytes);
            }
        }
        drop(unread);
        self.0.changed.notify_one();
    }

    /// Ends the stream after the events so far.
    pub(super) fn close(&self) {
        self.0.unread().is_over = true;
        self.0.changed.notify_one();
    }
}

impl Subscriber {
    /// The next bytes: an event, or a heartbeat when there was none for a while; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            {
                let mut unread = self.0.unread();
                if let Some(bytes) = unread.events.pop_front() {
                    unread.bytes -= bytes.len();
                    return Some(bytes);
                }
                if let Some(latest) = unread.latest.take() {
                    return Some(self.0.write(&Event::Frame(latest)));
                }
                if unread.is_over {
                    return None;
                }
            }
            let heartbeat = Duration::from_millis(HEARTBEAT_MS);
            if tokio::time::timeout(heartbeat, self.0.changed.notified()).await.is_err() {
                return Some(self.0.write(&Event::Alive));
            }
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.0.is_gone.store(true, Relaxed);
        *self.0.unread() = Unread::default();
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        report::{Ending, RunReport, TaskCounts},
        scenario::{Lane, Model},
        trace::{Span, State},
    };

    use super::*;

    fn frame(ended: u64, spans: usize) -> Event {
        let span = Span { worker: 0, slot: 0, task: 0, state: State::Compute, start_ns: 0, end_ns: 1 };
        Event::Frame(Frame { run: 1, now_ns: ended, ended, dropped: 0, spans: vec![span; spans] })
    }

    fn finished() -> Event {
        let report = RunReport {
            lane: Lane::native(Model::Threads),
            ending: Ending::Complete,
            wall_ns: 1,
            tasks: TaskCounts::default(),
            workers: Vec::new(),
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil: None,
            broke_at: None,
        };
        Event::Finished { run: 1, report: Box::new(report) }
    }

    fn read(bytes: &Bytes) -> Event {
        let (length, message) = bytes.split_at(4);
        assert_eq!(u32::from_le_bytes(length.try_into().expect("four")) as usize, message.len());
        wire::decode(message).expect("a message")
    }

    #[tokio::test]
    async fn a_slow_reader_loses_spans_and_neither_progress_nor_the_end() {
        let (queue, mut subscriber) = with_room(Form::Frames, 1_000);
        for ended in 0..1_000 {
            queue.push(frame(ended, 10));
        }
        assert!(queue.0.unread().bytes < 1_200, "memory is bounded");
        queue.push(finished());
        queue.close();
        let mut events = Vec::new();
        while let Some(bytes) = subscriber.next().await {
            events.push(read(&bytes));
        }
        let spans: usize = events.iter().map(|event| if let Event::Frame(f) = event { f.spans.len() } else { 0 }).sum();
        let [.., Event::Frame(last), Event::Finished { report, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((last.ended, last.dropped), (999, 10_000 - spans as u64));
        assert_eq!(report.dropped, last.dropped);
        assert!(spans > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_heartbeats() {
        let (queue, mut subscriber) = event_queue(Form::Lines);
        assert_eq!(subscriber.next().await.expect("alive"), "\"Alive\"\n");
        queue.push(frame(1, 0));
        assert!(subscriber.next().await.expect("a frame").starts_with(b"{\"Frame\":"));
        queue.push(finished());
        assert!(subscriber.next().await.expect("the end").starts_with(b"{\"Finished\":"));
        drop(subscriber);
        queue.push(frame(2, 100));
        assert_eq!(queue.0.unread().bytes, 0, "nothing is kept for nobody");
    }
}

//! What the page knows, as signals, and the few changes of them that everything else is made of.
//!
//! It is at the bottom of the page: it knows the backend's connection, and neither sessions, files nor addresses.

use lanes_core::{
    report::LaneResult,
    scenario::{
        Lane, Problem, Scenario, ValidScenario,
        presets::{self, Preset},
    },
};
use leptos::prelude::*;
use serde_json::Value;

use crate::backend::Backend;

/// The page's state; `Copy`, handed down as a context.
#[derive(Clone, Copy)]
pub struct Page {
    /// The scenario being edited, as JSON. Every field of the editor reads and writes a place in it; a field that
    /// does not hold what it should keeps what was typed, so that nothing is lost.
    pub draft: RwSignal<Value>,
    /// The draft read and checked: the scenario, or every problem with the field it is in.
    pub checked: Memo<Result<ValidScenario, Vec<Problem>>>,
    /// The preset that the draft still is, if any.
    pub preset: Memo<Option<&'static Preset>>,
    /// The user's own file; it never leaves the machine, and the page only for the local backend.
    pub file: RwSignal<Option<ChosenFile>, LocalStorage>,
    /// What is going on.
    pub phase: RwSignal<Phase>,
    /// The lanes of the run that is going on, or of the last one.
    pub lanes: RwSignal<Vec<LaneProgress>>,
    /// The scenario that the results belong to, and the result of each lane so far.
    pub outcome: RwSignal<Option<Outcome>>,
    /// Something a person should know: a broken link, a copied link, a lane that cannot run here.
    pub notices: RwSignal<Vec<Notice>>,
    /// What this browser can do.
    pub abilities: RwSignal<Abilities>,
    /// The local backend, if there is one.
    pub backend: Backend,
    /// Whether it is known what this browser can do, so that something can be run.
    pub is_ready: RwSignal<bool>,
    /// Whether the page has decided what it opens with: what it does by itself is done, or under way.
    pub has_opened: RwSignal<bool>,
}

impl Page {
    /// The state of a page that has just been opened.
    #[must_use]
    pub fn new(abilities: Abilities, backend: Backend) -> Self {
        let draft = RwSignal::new(first_example());
        let checked = Memo::new(move |_| {
            draft.with(|draft| match draft {
                // JSON that could not be read, kept as it was typed.
                Value::String(text) => ValidScenario::from_json(text),
                value => ValidScenario::from_value(value),
            })
        });
        let preset = Memo::new(move |_| {
            let scenario = checked.get().ok()?;
            presets::all().find(|preset| preset.scenario() == *scenario)
        });
        Self {
            draft,
            checked,
            preset,
            file: RwSignal::new_local(None),
            phase: RwSignal::new(Phase::Idle),
            lanes: RwSignal::new(Vec::new()),
            outcome: RwSignal::new(None),
            notices: RwSignal::new(Vec::new()),
            abilities: RwSignal::new(abilities),
            backend,
            is_ready: RwSignal::new(false),
            has_opened: RwSignal::new(false),
        }
    }

    /// Whether the page has opened and nothing runs; tracked.
    #[must_use]
    pub fn is_idle(self) -> bool {
        self.has_opened.get() && self.phase.get() == Phase::Idle
    }

    /// Whether nobody has edited or run anything since this was the edited scenario.
    #[must_use]
    pub fn is_untouched_since(self, draft: &Value) -> bool {
        let is_same = self.draft.with_untracked(|now| now == draft);
        is_same && self.phase.get_untracked() == Phase::Idle && self.outcome.with_untracked(Option::is_none)
    }

    /// Makes a scenario the edited one; whether it was not.
    pub fn edit(self, scenario: &Scenario) -> bool {
        let value = serde_json::to_value(scenario).unwrap_or_default();
        let is_new = self.draft.with_untracked(|draft| *draft != value);
        if is_new {
            self.draft.set(value);
        }
        is_new
    }

    /// Makes the first example the edited scenario.
    pub fn edit_first_example(self) {
        self.draft.set(first_example());
    }

    /// Adds a notice, unless it is there.
    pub fn notify(self, kind: NoticeKind, text: String) {
        self.notices.update(|notices| {
            notices.retain(|notice| notice.text != text && notice.kind != NoticeKind::Done);
            notices.push(Notice { kind, text });
        });
    }

    /// Takes a notice away.
    pub fn dismiss(self, index: usize) {
        self.notices.update(|notices| {
            if index < notices.len() {
                notices.remove(index);
            }
        });
    }
}

/// The scenario of a page that was opened without a link.
fn first_example() -> Value {
    serde_json::to_value(presets::PRESETS[0].scenario()).unwrap_or_default()
}

/// What is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// A run: `round` of `rounds` (the unmeasured ones included, counted from 1), `lane` by its place in the list.
    Running {
        /// From 1.
        round: u32,
        /// Of so many.
        rounds: u32,
        /// Whether there may be fewer: until the order of the lanes is clear.
        may_be_fewer: bool,
        /// Whether this round is not measured.
        warmup: bool,
        /// Index into the lanes.
        lane: usize,
    },
    /// A kernel is being tried out.
    Trying,
    /// A run that is being cancelled.
    Cancelling,
}

/// How far a lane is.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneProgress {
    /// Which lane.
    pub lane: Lane,
    /// Where it stands.
    pub status: LaneStatus,
    /// Tasks ended in the run that is going on.
    pub ended: u64,
    /// Of so many.
    pub tasks: u64,
}

/// Where a lane stands.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneStatus {
    /// Its turn has not come.
    Waiting,
    /// Its turn has come, but it cannot begin yet; the words say why.
    Held(String),
    /// It runs now.
    Running,
    /// Its last run ended; more may follow.
    Ran {
        /// Wall time of that run, in nanoseconds.
        wall_ns: u64,
    },
    /// It cannot run here or broke; the sentence says why and what would help.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}

/// Results and what they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was run.
    pub scenario: ValidScenario,
    /// What came out, lane by lane, in the scenario's order.
    pub lanes: Vec<LaneResult>,
    /// Whether the run was cancelled before its end.
    pub cancelled: bool,
    /// What ran the lanes outside the page, with its version.
    pub elsewhere: Vec<String>,
}

/// The user's file.
#[derive(Clone)]
pub struct ChosenFile {
    /// The browser's handle.
    pub handle: web_sys::File,
    /// Its name.
    pub name: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Whether its beginning looks like text.
    pub is_text: bool,
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How urgent it is.
    pub kind: NoticeKind,
    /// What happened and what to do.
    pub text: String,
}

/// How urgent a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something went as wanted.
    Done,
    /// Something is limited here.
    Hint,
    /// Something went wrong.
    Error,
}

/// What this browser can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Memory can be shared between workers: the page is cross-origin isolated.
    pub shared_memory: bool,
    /// A service worker answers this page's requests.
    pub service_worker: bool,
    /// Logical processors, as the browser says.
    pub cores: u32,
}

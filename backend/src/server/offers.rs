//! The functions of the user's own that the server was started with: found again by their digests, and offered anew when
//! their files have changed. It runs none of them; an interpreter imports a file when the server starts, and when the file
//! has changed since, never because somebody asks for something.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, SystemTime},
};

use lanes_core::{
    api::Offered,
    scenario::{Call, NotCalled, Scenario, Step, ValidScenario},
};

use crate::{
    own::{self, Own, OwnError, OwnFile, Plan, longest},
    python::OwnCode,
    runner::PythonOptions,
};

/// How often it is looked whether a file has changed.
const EVERY: Duration = Duration::from_secs(1);

/// The page says how many items are in progress at once, and so the first item suggests it.
const PLAN: Plan = Plan {
    has_workers: false,
    has_concurrency: false,
    has_chunk: false,
    otherwise: "the scenario's form in the page says otherwise",
};

/// Most bytes of an expression for items, which the page gets to see and to hand on.
const MOST_ITEM_BYTES: usize = 64 * 1024;

/// Why nothing is offered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OfferError {
    /// The argument names no file of Python.
    #[error(
        "“{0}” is no Python file: name files of your own to be offered in the page, such as thumbs.py or etl.py:clean"
    )]
    NotPython(String),
    /// Items are named, and not for which function.
    #[error(
        "{0} chooses the items of one function, and {1}: start a server for each, or let the files say their items"
    )]
    WhoseItems(&'static str, &'static str),
    /// The items take too much room.
    #[error(
        "the items of {file} take {bytes} bytes spelled out, and the most that a page is told is {MOST_ITEM_BYTES}: let the \
         file make them, as ITEMS or items()"
    )]
    LongItems {
        /// The file.
        file: String,
        /// Their length.
        bytes: usize,
    },
    /// The file is not what it should be.
    #[error(transparent)]
    Own(#[from] OwnError),
}

/// The functions that are offered.
#[derive(Debug, Default)]
pub(super) struct Offers {
    list: Mutex<Vec<Offer>>,
    arguments: own::Arguments,
    interpreters: Vec<PathBuf>,
}

/// One function.
#[derive(Debug)]
struct Offer {
    named: OwnFile,
    /// What its file is called.
    file: String,
    /// Of the file as it was read last.
    stamp: Stamp,
    /// As it is now, or why it cannot be run.
    function: Result<Function, String>,
    /// What its first item decided when the server was started.
    tried: Tried,
}

/// What the first item of a function has decided.
#[derive(Clone, Debug)]
struct Tried {
    scenario: Scenario,
    longest: Option<Duration>,
}

#[derive(Debug)]
struct Function {
    /// With its source.
    call: Call,
    /// Without: what is told to others.
    named: Call,
    path: PathBuf,
    items: u32,
    scenario: Scenario,
}

/// When a file was written, and how long it is; nothing of one that is not there.
type Stamp = Option<(SystemTime, u64)>;

/// A function that was asked for, and may be called.
#[derive(Clone, Debug)]
pub(super) struct Found {
    call: Call,
    path: PathBuf,
    longest: Option<Duration>,
    memory_limit: Option<u64>,
}

impl Found {
    /// The scenario that named it, with its source in the name's place.
    pub(super) fn in_place(&self, scenario: &ValidScenario) -> ValidScenario {
        let mut whole = (**scenario).clone();
        for step in whole.groups.iter_mut().flat_map(|group| &mut group.steps) {
            *step = Step::Call(self.call.clone());
        }
        // It is the only step of its scenario, and was read by the same rules.
        whole.validate().unwrap_or_else(|_| scenario.clone())
    }

    /// What Python lanes are told that call it.
    pub(super) fn options(&self, options: PythonOptions) -> PythonOptions {
        let deadline = options.deadline.max(self.longest.unwrap_or_default());
        let own_code = OwnCode::File(self.path.clone());
        PythonOptions { deadline, own_code, memory_limit: self.memory_limit, ..options }
    }
}

impl Offers {
    /// Imports the files that were named, and calls each function once, for its first item. `say` is told what whoever
    /// waits should know.
    ///
    /// # Errors
    /// When one of them cannot be run.
    pub(super) fn load(
        names: &[String],
        arguments: &own::Arguments,
        interpreters: &[PathBuf],
        task_deadline: Option<Duration>,
        say: impl Fn(&str),
    ) -> Result<Self, OfferError> {
        if let Some(option) = arguments.given_for_items().first()
            && names.len() != 1
        {
            let which = if names.is_empty() { "none is named" } else { "several are named" };
            return Err(OfferError::WhoseItems(option, which));
        }
        let offers = Self { list: Mutex::default(), arguments: arguments.clone(), interpreters: interpreters.to_vec() };
        for name in names {
            let named = OwnFile::of(name).ok_or_else(|| OfferError::NotPython(name.clone()))?;
            let stamp = stamp(&named.path);
            let own = offers.read(&named)?;
            let call = own.call();
            let items = lanes_core::present::of(own.items.into(), "item", "items");
            say(&format!("{name}: {}() and {items}. It is called once now, for the first of them.", call.function));
            let mut scenario = own.scenario.clone();
            let (sentences, one_by_one) = own.try_first(&mut scenario, PLAN, task_deadline);
            sentences.iter().for_each(|sentence| say(sentence));
            let tried = Tried { scenario, longest: one_by_one.map(longest) };
            let file = own.file_name();
            let function = Ok(Function::of(own, &tried));
            offers.list().push(Offer { named, file, stamp, function, tried });
        }
        Ok(offers)
    }

    /// What is offered, without its code.
    pub(super) fn all(&self) -> Vec<Offered> {
        self.list().iter().map(Offer::told).collect()
    }

    /// The function that a call names.
    ///
    /// # Errors
    /// When the call brings code, or names what nobody offers as it was named.
    pub(super) fn find(&self, call: &Call) -> Result<Found, NotCalled> {
        let list = self.list();
        let named = list.iter().map(|offer| (offer.file.as_str(), offer.known().map(|function| &function.named)));
        if let Some(why) = call.why_not_among(named) {
            return Err(why);
        }
        let mut known = list.iter().filter_map(|offer| Some((offer, offer.known()?)));
        let (offer, function) = known.find(|(_, function)| function.named == *call).ok_or_else(|| call.not_called())?;
        Ok(Found {
            call: function.call.clone(),
            path: function.path.clone(),
            longest: offer.tried.longest,
            memory_limit: self.arguments.memory_limit_bytes(),
        })
    }

    /// Goes on reading the files again that have changed, until the process ends; not while `is_busy` says that something
    /// is measured.
    pub(super) fn watch(self: Arc<Self>, is_busy: impl Fn() -> bool + Send + 'static) -> std::io::Result<()> {
        if self.list().is_empty() {
            return Ok(());
        }
        let watch = move || {
            loop {
                thread::sleep(EVERY);
                if !is_busy() {
                    self.read_again();
                }
            }
        };
        thread::Builder::new().name("offers".into()).spawn(watch).map(drop)
    }

    fn read_again(&self) {
        let changed: Vec<(usize, OwnFile, Stamp)> = {
            let list = self.list();
            let look = list.iter().enumerate().map(|(at, offer)| (at, offer, stamp(&offer.named.path)));
            look.filter(|(_, offer, now)| *now != offer.stamp)
                .map(|(at, offer, now)| (at, offer.named.clone(), now))
                .collect()
        };
        for (at, named, now) in changed {
            // Nobody who asks what there is waits for an import.
            let own = self.read(&named);
            let mut list = self.list();
            let offer = &mut list[at];
            offer.stamp = now;
            offer.function = own.map(|own| Function::of(own, &offer.tried)).map_err(|error| error.to_string());
            tracing::info!(file = offer.file, problem = offer.function.as_ref().err(), "offered anew");
        }
    }

    fn read(&self, named: &OwnFile) -> Result<Own, OfferError> {
        let own = named.load(&self.arguments, &self.interpreters, &[])?;
        let bytes = own.call().items.len();
        if bytes > MOST_ITEM_BYTES {
            return Err(OfferError::LongItems { file: own.file_name(), bytes });
        }
        Ok(own)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Offer>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Offer {
    /// Its function, where it can be run as it is now.
    fn known(&self) -> Option<&Function> {
        self.function.as_ref().ok()
    }

    fn told(&self) -> Offered {
        let (items, scenario, problem) = match &self.function {
            Ok(function) => (function.items, serde_json::to_value(&function.scenario).ok(), None),
            Err(why) => (0, None, Some(why.clone())),
        };
        Offered { file: self.file.clone(), items, scenario, problem }
    }
}

impl Function {
    /// What is in a file, run as its first item decided once.
    fn of(own: Own, tried: &Tried) -> Self {
        let (call, file) = (own.call().clone(), own.file_name());
        let named = call.named(&file);
        let mut scenario = own.scenario;
        for step in scenario.groups.iter_mut().flat_map(|group| &mut group.steps) {
            *step = Step::Call(named.clone());
        }
        let Tried { scenario: tried, .. } = tried;
        (scenario.workers, scenario.concurrency, scenario.chunk) = (tried.workers, tried.concurrency, tried.chunk);
        Self { call, named, path: own.path, items: own.items, scenario }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

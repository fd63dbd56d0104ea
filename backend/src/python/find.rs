//! Which interpreters there are on this machine, and what each of them is.
//!
//! Every one is asked by running it: whatever answers badly is listed with the reason, and disturbs none of the others.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use super::{
    interpreter::{Candidate, Origin},
    probe,
    search::{Surroundings, places},
};

type Found = Arc<Vec<Candidate>>;

static FOUND: Mutex<Option<HashMap<Vec<PathBuf>, Found>>> = Mutex::new(None);

/// The interpreters of this machine, in the order in which they are preferred: those that are `given`, the
/// environment's `LANES_PYTHON`, virtual environments, those of `PATH`, those of version managers. Each is asked once,
/// several at a time, until something is missing ([`forget`]).
#[must_use]
pub fn find(given: &[PathBuf]) -> Found {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = found.get_or_insert_default();
    let ask = || Arc::new(ask_all(&places(given, &Surroundings::here())));
    Arc::clone(found.entry(given.to_vec()).or_insert_with(ask))
}

/// Forgets what was found: the next who looks asks all of them again. For when something was missing that may be
/// installed meanwhile.
pub(super) fn forget() {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// Asks several at a time, as many as there are processors: one that is slow because of the others is not slow.
fn ask_all(places: &[(PathBuf, Origin)]) -> Vec<Candidate> {
    let asked = Mutex::new(places.iter().enumerate());
    let answers = Mutex::new(Vec::new());
    let ask = || {
        loop {
            let next = asked.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, (path, origin))) = next else { break };
            let answer = probe::ask(path);
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((place, path.clone(), *origin, answer));
        }
    };
    let at_once = thread::available_parallelism().map_or(2, usize::from).min(8);
    thread::scope(|scope| {
        for _ in 1..at_once {
            // Where the system allows no more threads, those that are there ask the rest.
            let _ = thread::Builder::new().name("python-probe".into()).spawn_scoped(scope, ask);
        }
        ask();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(place, ..)| *place);
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for (_, path, origin, answer) in answers {
        // A virtual environment runs the interpreter it was made from, with other packages.
        let is_known = |answer: &probe::Answer| !seen.insert((answer.executable.clone(), answer.prefix.clone()));
        if answer.as_ref().is_ok_and(is_known) {
            continue;
        }
        let python = answer.and_then(|answer| answer.python(&path));
        candidates.push(Candidate { path, origin, python });
    }
    candidates
}

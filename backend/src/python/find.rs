//! Which interpreters there are on this machine, and what each of them is.
//!
//! Every one is asked by running it, with a time limit and limited ears: whatever answers badly is listed with the
//! reason, and disturbs none of the others.

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

use super::child::{self, Group};

/// How long an interpreter may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(8);

/// The oldest version that the programs run on: 3.9.
pub(super) const OLDEST: (u8, u8) = (3, 9);

/// What the answer begins with, so that a line of something else is not taken for it.
const MARK: &str = "lanes-python ";

const PROBE: &str = include_str!("probe.py");

/// An interpreter that was found, usable or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it was found.
    pub path: PathBuf,
    /// What it is, or one sentence on why it cannot be used.
    pub python: Result<Python, String>,
}

/// An interpreter that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// How it is started.
    pub path: PathBuf,
    /// 3, 13, 1 of 3.13.1.
    pub version: (u8, u8, u8),
    /// `CPython`, `PyPy`, …
    pub implementation: String,
    /// Whether it is built to run without the global lock.
    pub free_threaded: bool,
    /// Whether the global lock is on when it starts.
    pub gil: bool,
    /// Whether it can run interpreters in the threads of one process, each with a lock of its own.
    pub interpreters: bool,
    /// Whether the system manages its packages, so that pip refuses to (PEP 668).
    pub managed: bool,
    /// What it needs for real requests on an event loop.
    pub aiohttp: Module,
    /// What it needs for real requests that block.
    pub requests: Module,
}

/// Whether a package can be imported.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Module {
    /// It can.
    There {
        /// Its version, where it has one.
        version: String,
    },
    /// It is not installed.
    Missing,
    /// It is installed, and importing it fails.
    Broken {
        /// With this.
        why: String,
    },
}

/// What the probe says.
#[derive(Deserialize)]
struct Answer {
    version: (u8, u8, u8),
    implementation: String,
    executable: PathBuf,
    prefix: PathBuf,
    free_threaded: bool,
    gil: bool,
    interpreters: bool,
    #[serde(default)]
    managed: bool,
    aiohttp: Module,
    requests: Module,
}

impl Python {
    /// Its name with its version: `CPython 3.13.1`, `CPython 3.14.0t`.
    #[must_use]
    pub fn name(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{} {major}.{minor}.{patch}{}", self.implementation, if self.free_threaded { "t" } else { "" })
    }
}

type Found = Arc<Vec<Candidate>>;

static FOUND: Mutex<Option<HashMap<Vec<PathBuf>, Found>>> = Mutex::new(None);

/// The interpreters of this machine, in the order in which they are preferred: those that are `given`, the
/// environment's `LANES_PYTHON`, the project's own `.venv`, those of `PATH`, those of version managers. Each is asked
/// once, several at a time, until something is missing ([`forget`]).
#[must_use]
pub fn find(given: &[PathBuf]) -> Found {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = found.get_or_insert_default();
    Arc::clone(found.entry(given.to_vec()).or_insert_with(|| Arc::new(ask_all(&places(given)))))
}

/// Forgets what was found: the next who looks asks all of them again. For when something was missing that may be
/// installed meanwhile.
pub(super) fn forget() {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// Asks several at a time, as many as there are processors: one that is slow because of the others is not slow.
fn ask_all(paths: &[PathBuf]) -> Vec<Candidate> {
    let asked = Mutex::new(paths.iter().enumerate());
    let answers = Mutex::new(Vec::new());
    let at_once = thread::available_parallelism().map_or(2, usize::from).min(8);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = asked.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((place, path)) = next else { break };
                    let answer = ask(path);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((place, path.clone(), answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(place, ..)| *place);
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for (_, path, answer) in answers {
        let python = answer.and_then(|answer| {
            // A virtual environment runs the interpreter it was made from, with other packages.
            let is_new = seen.insert((answer.executable.clone(), answer.prefix.clone()));
            if is_new { Ok(Some(judged(&path, answer)?)) } else { Ok(None) }
        });
        match python {
            Ok(None) => {}
            Ok(Some(python)) => candidates.push(Candidate { path, python: Ok(python) }),
            Err(why) => candidates.push(Candidate { path, python: Err(why) }),
        }
    }
    candidates
}

fn judged(path: &Path, answer: Answer) -> Result<Python, String> {
    let Answer { version, implementation, free_threaded, gil, interpreters, managed, aiohttp, requests, .. } = answer;
    if (version.0, version.1) < OLDEST {
        let (major, minor, patch) = version;
        return Err(format!("is {major}.{minor}.{patch}, and the programs need {}.{} or later", OLDEST.0, OLDEST.1));
    }
    if implementation != "CPython" {
        return Err(format!("is {implementation}, and these lanes are CPython's"));
    }
    let path = path.to_owned();
    Ok(Python { path, version, implementation, free_threaded, gil, interpreters, managed, aiohttp, requests })
}

/// What the interpreter at `path` says it is.
fn ask(path: &Path) -> Result<Answer, String> {
    let (tell, told) = mpsc::sync_channel(4);
    let mut other: Option<String> = None;
    let mut command = command(path);
    // Not in whatever folder this is called from: Python would import its `json.py`.
    command.current_dir("/").arg("-c").arg(PROBE);
    let mut group = Group::start(&mut command, move |line| match line.strip_prefix(MARK) {
        Some(answer) => drop(tell.try_send(Ok(answer.to_owned()))),
        None if other.is_none() => {
            let _ = tell.try_send(Err(line.to_owned()));
            other = Some(line.to_owned());
        }
        None => {}
    })
    .map_err(|error| format!("cannot be started: {error}"))?;
    let until = Instant::now() + PATIENCE;
    let mut garbage = None;
    let answer = loop {
        match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(answer)) => break Some(answer),
            Ok(Err(line)) => garbage = Some(line),
            Err(_) => break None,
        }
    };
    let ended = group.wait(until.saturating_duration_since(Instant::now()));
    let status = group.end().map_err(|error| format!("cannot be waited for: {error}"))?;
    if let Some(answer) = answer {
        return serde_json::from_str(&answer).map_err(|error| format!("answers what it should not ({error})"));
    }
    if !ended {
        return Err(format!("did not say what it is within {} s", PATIENCE.as_secs()));
    }
    let words = group.last_words();
    let last = words.lines().last().or(garbage.as_deref()).unwrap_or_default();
    let said: String = last.chars().take(200).collect();
    let said = if said.is_empty() { String::new() } else { format!(", saying “{said}”") };
    Err(format!("did not say what it is: it ended {}{said}", child::ending(status)))
}

/// A command for an interpreter, in an environment that does not change what it is.
pub(super) fn command(path: &Path) -> Command {
    let mut command = Command::new(path);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") || name == "__PYVENV_LAUNCHER__" {
            command.env_remove(name);
        }
    }
    // Nothing is left lying about beside other people's files.
    command.arg("-B");
    command
}

/// Where interpreters may be, the preferred first, each once.
fn places(given: &[PathBuf]) -> Vec<PathBuf> {
    let named = env::var_os("LANES_PYTHON").filter(|path| !path.is_empty()).map(PathBuf::from);
    // They are run in other folders than this one; a bare name is looked for in PATH.
    let absolute = |path: PathBuf| match path.components().count() {
        1 => path,
        _ => std::path::absolute(&path).unwrap_or(path),
    };
    let mut places: Vec<PathBuf> = given.iter().cloned().chain(named).map(absolute).collect();
    if let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).parent() {
        places.extend(Some(root.join(".venv/bin/python")).filter(|path| path.exists()));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    for folder in env::split_paths(&path).filter(|folder| folder.is_absolute()) {
        places.extend(interpreters_in(&folder));
    }
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = env::var_os("PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
    for managed in [
        pyenv.join("versions"),
        home.join(".local/share/uv/python"),
        home.join(".asdf/installs/python"),
        home.join(".local/share/mise/installs/python"),
        home.join(".rye/py"),
    ] {
        for version in sorted(&managed) {
            let names = ["bin/python3", "bin/python"].map(|name| version.join(name));
            places.extend(names.into_iter().find(|path| path.exists()));
        }
    }
    for folder in ["/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin"] {
        places.extend(interpreters_in(Path::new(folder)));
    }
    let mut seen = HashSet::new();
    places.retain(|path| {
        let is_shim = path.parent().is_some_and(|folder| folder.ends_with("shims"));
        // A shim's versions come by themselves; a link of a virtual environment is not what it leads to.
        !(is_shim && path.file_name().is_some_and(|name| name != "python3")) && seen.insert(path.clone())
    });
    places
}

/// `python3` and `python3.N` of a folder, `python3` first.
fn interpreters_in(folder: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let version = name.strip_prefix("python3").map(|rest| rest.strip_suffix('t').unwrap_or(rest));
        version.is_some_and(|version| {
            version.is_empty()
                || version
                    .strip_prefix('.')
                    .is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    sorted(folder).into_iter().filter(is_one).collect()
}

/// What is in a folder, by name; nothing where there is no such folder.
fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

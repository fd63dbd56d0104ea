//! Which interpreter a lane runs in, which lanes this machine has, and what is missing for the others.

use std::path::{Path, PathBuf};

use lanes_core::{
    api::LaneHere,
    scenario::{Interpreter, Lane, Model},
};

use super::interpreter::{Candidate, Module, OLDEST, Origin, Python, Unusable};

/// The models that every interpreter has.
const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

/// Why a lane has no interpreter here, and how to get one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The one that the user named cannot be used; no other is taken for it.
    #[error("{}{} {why}: name another one, or none for those that are found (lanes list shows them)", said_by(*.origin), .path.display())]
    Named {
        /// As it was named.
        path: PathBuf,
        /// With which option or variable.
        origin: Origin,
        /// What is wrong with it.
        why: Unusable,
    },
    /// This one cannot run interpreters in threads.
    #[error("{} has no InterpreterPoolExecutor, which came with 3.14; {}", .0, get("3.14"))]
    NoInterpreterPool(String),
    /// None can.
    #[error("no CPython with InterpreterPoolExecutor, which came with 3.14, was found; {}", get("3.14"))]
    NoneWithInterpreterPool,
    /// All need the lock.
    #[error("no CPython that is built to run without its lock was found; {}", get("3.14t"))]
    NoneFreeThreaded,
    /// The lane asks for a version on which the programs do not run.
    #[error("CPython 3.{} is too old: the programs need {}.{} or later", .0, OLDEST.0, OLDEST.1)]
    TooOld(u8),
    /// The version that the lane asks for, such as 3.12 or 3.14t, is not here.
    #[error("no CPython {} was found; {}", .0, get(.0))]
    Version(String),
    /// There is none at all.
    #[error("no Python was found; {}", get("3.13"))]
    None,
    /// There are some, and none can be used: each with its reason.
    #[error("no Python {}.{} or later was found ({}); {}", OLDEST.0, OLDEST.1, .0.join("; "), get("3.13"))]
    NoneUsable(Vec<String>),
}

fn said_by(origin: Origin) -> &'static str {
    match origin {
        Origin::Argument => "--python ",
        Origin::Variable => "LANES_PYTHON=",
        Origin::Found => "",
    }
}

/// The interpreter that a lane runs in. `python/…` runs in the one that the user named, where there is one.
///
/// # Errors
/// What is missing and how to get it; also where one that the user named cannot be used, whatever else is there.
pub(crate) fn choose(candidates: &[Candidate], lane: Lane) -> Result<&Python, Missing> {
    if let Some(named) = named_and_unusable(candidates) {
        return Err(named);
    }
    let is_named = |candidate: &&Candidate| candidate.origin != Origin::Found;
    let named = candidates.iter().find(is_named).and_then(|candidate| candidate.python.as_ref().ok());
    let mut usable = candidates.iter().filter_map(|candidate| candidate.python.as_ref().ok());
    let found = match lane.interpreter {
        Interpreter::Any if named.is_some() => named,
        Interpreter::Any if lane.model == Model::Interpreters => usable.find(|python| python.interpreters),
        Interpreter::Any => usable.next(),
        Interpreter::FreeThreaded => usable.find(|python| python.free_threaded),
        Interpreter::Exact { minor, free_threaded } => {
            usable.find(|python| (python.version.1, python.free_threaded) == (minor, free_threaded))
        }
    };
    match found {
        Some(python) if lane.model == Model::Interpreters && !python.interpreters => {
            Err(Missing::NoInterpreterPool(python.name()))
        }
        Some(python) => Ok(python),
        None => Err(nothing(candidates, lane)),
    }
}

/// The first that the user named and that cannot be used.
fn named_and_unusable(candidates: &[Candidate]) -> Option<Missing> {
    candidates.iter().find_map(|Candidate { path, origin, python }| match (origin, python) {
        (Origin::Argument | Origin::Variable, Err(why)) => {
            Some(Missing::Named { path: path.clone(), origin: *origin, why: why.clone() })
        }
        _ => None,
    })
}

fn nothing(candidates: &[Candidate], lane: Lane) -> Missing {
    match lane.interpreter {
        Interpreter::Any if lane.model == Model::Interpreters => Missing::NoneWithInterpreterPool,
        Interpreter::Any => {
            let bad = candidates.iter().filter_map(|candidate| {
                Some(format!("{} {}", candidate.path.display(), candidate.python.as_ref().err()?))
            });
            let bad: Vec<String> = bad.take(3).collect();
            if bad.is_empty() { Missing::None } else { Missing::NoneUsable(bad) }
        }
        Interpreter::FreeThreaded => Missing::NoneFreeThreaded,
        Interpreter::Exact { minor, .. } if minor < OLDEST.1 => Missing::TooOld(minor),
        Interpreter::Exact { minor, free_threaded } => {
            Missing::Version(format!("3.{minor}{}", if free_threaded { "t" } else { "" }))
        }
    }
}

/// How to get a version.
fn get(version: &str) -> String {
    let command = if is_on_path("uv") || !is_on_path("pyenv") {
        format!("uv python install {version}")
    } else {
        format!("pyenv install {version}")
    };
    format!("get one with “{command}”, or name yours with --python PATH")
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A package that real requests need and an interpreter lacks, with the command that helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Package {
    /// It is not installed.
    #[error("{python} lacks {name}, which real requests need: {remedy}")]
    Missing { python: String, name: String, remedy: String },
    /// It is, and importing it fails.
    #[error("{python} cannot import {name}, which real requests need ({why}): {remedy}")]
    Broken { python: String, name: String, why: String, remedy: String },
}

/// Looks for the packages that a program needs.
///
/// # Errors
/// When one of them cannot be imported.
pub(super) fn has_all(python: &Python, needs: &[String]) -> Result<(), Package> {
    for need in needs {
        let name = need.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap_or_default();
        let module = match name {
            "aiohttp" => &python.aiohttp,
            "requests" => &python.requests,
            _ => continue,
        };
        let pip = |option: &str| install(python, &format!("{option}{name}"), "aiohttp requests");
        let (python, name) = (python.name(), name.to_owned());
        match module {
            Module::There { .. } => {}
            Module::Missing => return Err(Package::Missing { python, remedy: pip(""), name }),
            Module::Broken { why } => {
                return Err(Package::Broken { python, why: why.clone(), remedy: pip("--force-reinstall "), name });
            }
        }
    }
    Ok(())
}

/// The command that installs a package into an interpreter.
pub(super) fn how_to_install(python: &Python, package: &str) -> String {
    install(python, package, package)
}

/// The command that installs `what`; where the system manages the interpreter's packages, all of `wanted` into another one.
fn install(python: &Python, what: &str, wanted: &str) -> String {
    match (python.managed, quoted(&python.path)) {
        (false, path) => format!("{path} -m pip install {what}"),
        // Its own pip would refuse.
        (true, path) => format!(
            "{path} -m venv ~/.venvs/lanes && ~/.venvs/lanes/bin/pip install {wanted}, then run with --python \
             ~/.venvs/lanes/bin/python"
        ),
    }
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    if is_plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Why a lane cannot run, and what would help.
#[must_use]
pub fn missing(candidates: &[Candidate], lane: Lane) -> Option<Missing> {
    choose(candidates, lane).err()
}

/// The lanes of Python: those of the preferred interpreter, those that only some have, and those of each version.
#[must_use]
pub fn lanes(candidates: &[Candidate]) -> Vec<LaneHere> {
    let mut lanes: Vec<Lane> = MODELS.map(Lane::python).to_vec();
    lanes.push(Lane::python(Model::Interpreters));
    lanes.push(Lane { interpreter: Interpreter::FreeThreaded, ..Lane::python(Model::Threads) });
    let mut versions: Vec<&Python> = candidates.iter().filter_map(|candidate| candidate.python.as_ref().ok()).collect();
    if named_and_unusable(candidates).is_some() {
        // It has been said of the lanes above; of each version once more it would be noise.
        versions.clear();
    }
    versions.sort_by_key(|python| (python.version.1, python.free_threaded));
    versions.dedup_by_key(|python| (python.version.1, python.free_threaded));
    for python in versions {
        let interpreter = Interpreter::Exact { minor: python.version.1, free_threaded: python.free_threaded };
        let models = MODELS.into_iter().chain(python.interpreters.then_some(Model::Interpreters));
        lanes.extend(models.map(|model| Lane { interpreter, ..Lane::python(model) }));
    }
    let here = |lane: Lane| {
        let chosen = choose(candidates, lane);
        let (version, missing) = match chosen {
            Ok(python) => (python.about(), None),
            Err(why) => (String::new(), Some(why.to_string())),
        };
        LaneHere { lane, label: lane.label(), version, missing }
    };
    lanes.into_iter().map(here).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(minor: u8, free_threaded: bool) -> Candidate {
        let path = format!("/opt/3.{minor}/bin/python3").into();
        let python = Python {
            path,
            version: (3, minor, 1),
            implementation: "CPython".into(),
            free_threaded,
            gil: !free_threaded,
            interpreters: minor >= 14,
            managed: false,
            aiohttp: Module::Missing,
            requests: Module::Broken { why: "ImportError: no".into() },
        };
        Candidate { path: python.path.clone(), origin: Origin::Found, python: Ok(python) }
    }

    fn chosen(candidates: &[Candidate], lane: &str) -> Result<String, String> {
        choose(candidates, lane.parse().expect("a lane")).map(Python::name).map_err(|why| why.to_string())
    }

    #[test]
    fn a_lane_gets_the_first_that_fits() {
        let too_old = Err(Unusable::TooOld((3, 6, 1)));
        let bad = Candidate { path: "/bin/python3".into(), origin: Origin::Found, python: too_old };
        let all = [bad, python(11, false), python(13, true), python(14, false)];
        for (lane, name) in [
            ("python/async", "CPython 3.11.1"),
            ("python3.14/async", "CPython 3.14.1"),
            ("python3.13t/threads", "CPython 3.13.1t"),
            ("python/free-threads", "CPython 3.13.1t"),
            ("python/interpreters", "CPython 3.14.1"),
        ] {
            assert_eq!(chosen(&all, lane), Ok(name.to_owned()), "{lane}");
        }
    }

    #[test]
    fn one_that_was_named_is_run_or_nothing_is() {
        let named = |origin, python| Candidate { path: "/nonexist".into(), origin, python };
        let gone = || Err(Unusable::NotStarted("No such file or directory".into()));
        for (origin, by) in [(Origin::Argument, "--python /nonexist"), (Origin::Variable, "LANES_PYTHON=/nonexist")] {
            let all = [named(origin, gone()), python(14, false)];
            for lane in ["python/threads", "python/interpreters", "python3.14/async"] {
                let why = chosen(&all, lane).expect_err("nothing else is run");
                assert!(why.starts_with(&format!("{by} cannot be started: No such file")), "{lane}: {why}");
            }
        }
        let old = Candidate { origin: Origin::Argument, ..python(11, false) };
        let all = [old, python(14, false)];
        assert_eq!(chosen(&all, "python/async"), Ok("CPython 3.11.1".to_owned()));
        assert!(chosen(&all, "python/interpreters").expect_err("not in the other").contains("CPython 3.11.1 has no"));
        assert_eq!(chosen(&all, "python3.14/async"), Ok("CPython 3.14.1".to_owned()));
    }

    #[test]
    fn what_is_missing_is_said_with_what_helps() {
        let all = [python(11, false)];
        for (lane, version) in
            [("python/free-threads", "3.14t"), ("python3.12/async", "3.12"), ("python3.11/interpreters", "3.14")]
        {
            let why = chosen(&all, lane).expect_err("missing");
            assert!(why.contains(&format!(" install {version}”")), "{why}");
        }
        assert!(chosen(&[], "python/async").expect_err("missing").contains("no Python was found"));
        assert!(chosen(&all, "python3.8/async").expect_err("old").contains("3.8 is too old"));
        let Ok(python) = &all[0].python else { unreachable!() };
        assert_eq!(has_all(python, &[]), Ok(()));
        let why = has_all(python, &["aiohttp".into()]).expect_err("missing").to_string();
        assert!(why.ends_with("/opt/3.11/bin/python3 -m pip install aiohttp"), "{why}");
        assert!(has_all(python, &["requests>=2".into()]).expect_err("broken").to_string().contains("ImportError: no"));
        let managed = Python { managed: true, ..python.clone() };
        let why = has_all(&managed, &["aiohttp".into()]).expect_err("missing").to_string();
        assert!(
            why.contains("-m venv ~/.venvs/lanes && ") && why.ends_with("--python ~/.venvs/lanes/bin/python"),
            "{why}"
        );
    }
}

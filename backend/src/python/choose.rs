//! Which interpreter a lane runs in, which lanes this machine has, and what is missing for the others.

use std::path::Path;

use lanes_core::{
    api::LaneHere,
    scenario::{Interpreter, Lane, Model, Place},
};

use super::{Candidate, Module, Python, find::OLDEST};

/// The models that every interpreter has.
const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

/// The interpreter that a lane runs in.
///
/// # Errors
/// One sentence on what is missing and how to get it.
pub(super) fn choose(candidates: &[Candidate], lane: Lane) -> Result<&Python, String> {
    let mut usable = candidates.iter().filter_map(|candidate| candidate.python.as_ref().ok());
    let found = match lane.interpreter {
        Interpreter::Any if lane.model == Model::Interpreters => usable.find(|python| python.interpreters),
        Interpreter::Any => usable.next(),
        Interpreter::FreeThreaded => usable.find(|python| python.free_threaded),
        Interpreter::Exact { minor, free_threaded } => {
            usable.find(|python| (python.version.1, python.free_threaded) == (minor, free_threaded))
        }
    };
    match found {
        Some(python) if lane.model == Model::Interpreters && !python.interpreters => {
            Err(format!("{} has no InterpreterPoolExecutor, which came with 3.14; {}", python.name(), get("3.14")))
        }
        Some(python) => Ok(python),
        None => Err(nothing(candidates, lane)),
    }
}

fn nothing(candidates: &[Candidate], lane: Lane) -> String {
    let wanted = match lane.interpreter {
        Interpreter::Any if lane.model == Model::Interpreters => {
            return format!(
                "no CPython with InterpreterPoolExecutor, which came with 3.14, was found; {}",
                get("3.14")
            );
        }
        Interpreter::Any => "3.13".to_owned(),
        Interpreter::FreeThreaded => {
            return format!("no CPython that is built to run without its lock was found; {}", get("3.14t"));
        }
        Interpreter::Exact { minor, .. } if minor < OLDEST.1 => {
            let (major, oldest) = OLDEST;
            return format!("CPython 3.{minor} is too old: the programs need {major}.{oldest} or later");
        }
        Interpreter::Exact { minor, free_threaded } => format!("3.{minor}{}", if free_threaded { "t" } else { "" }),
    };
    let bad: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| Some(format!("{} {}", candidate.path.display(), candidate.python.as_ref().err()?)))
        .take(3)
        .collect();
    let (major, minor) = OLDEST;
    match lane.interpreter {
        Interpreter::Any if bad.is_empty() => format!("no Python was found; {}", get(&wanted)),
        Interpreter::Any => {
            format!("no Python {major}.{minor} or later was found ({}); {}", bad.join("; "), get(&wanted))
        }
        _ => format!("no CPython {wanted} was found; {}", get(&wanted)),
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

/// What keeps an interpreter from making real requests.
///
/// # Errors
/// One sentence with the command that helps, when a package that is needed cannot be imported.
pub(super) fn has_all(python: &Python, needs: &[String]) -> Result<(), String> {
    for need in needs {
        let name = need.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap_or_default();
        let module = match name {
            "aiohttp" => &python.aiohttp,
            "requests" => &python.requests,
            _ => continue,
        };
        let pip = |option: &str| match (python.managed, quoted(&python.path)) {
            (false, path) => format!("{path} -m pip install {option}{name}"),
            // Its own pip would refuse.
            (true, path) => format!(
                "{path} -m venv ~/.venvs/lanes && ~/.venvs/lanes/bin/pip install aiohttp requests, then run with --python \
                 ~/.venvs/lanes/bin/python"
            ),
        };
        match module {
            Module::There { .. } => {}
            Module::Missing => {
                return Err(format!("{} lacks {name}, which real requests need: {}", python.name(), pip("")));
            }
            Module::Broken { why } => {
                return Err(format!(
                    "{} cannot import {name}, which real requests need ({why}): {}",
                    python.name(),
                    pip("--force-reinstall ")
                ));
            }
        }
    }
    Ok(())
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    if is_plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Why a lane cannot run, and what would help.
#[must_use]
pub fn missing(candidates: &[Candidate], lane: Lane) -> Option<String> {
    choose(candidates, lane).err()
}

/// The lanes of Python: those of the preferred interpreter, those that only some have, and those of each version.
#[must_use]
pub fn lanes(candidates: &[Candidate]) -> Vec<LaneHere> {
    let mut lanes: Vec<Lane> = MODELS.map(Lane::python).to_vec();
    lanes.push(Lane::python(Model::Interpreters));
    lanes.push(Lane { place: Place::Python, interpreter: Interpreter::FreeThreaded, model: Model::Threads });
    let mut versions: Vec<&Python> = candidates.iter().filter_map(|candidate| candidate.python.as_ref().ok()).collect();
    versions.sort_by_key(|python| (python.version.1, python.free_threaded));
    versions.dedup_by_key(|python| (python.version.1, python.free_threaded));
    for python in versions {
        let interpreter = Interpreter::Exact { minor: python.version.1, free_threaded: python.free_threaded };
        let models = MODELS.into_iter().chain(python.interpreters.then_some(Model::Interpreters));
        lanes.extend(models.map(|model| Lane { place: Place::Python, interpreter, model }));
    }
    let here = |lane: Lane| {
        let chosen = choose(candidates, lane);
        let (version, missing) = match chosen {
            Ok(python) => (about(python), None),
            Err(why) => (String::new(), Some(why)),
        };
        LaneHere { lane, label: lane.label(), version, missing }
    };
    lanes.into_iter().map(here).collect()
}

/// `CPython 3.13.1 with its lock, /usr/bin/python3`
pub(super) fn about(python: &Python) -> String {
    let lock = if python.gil { "with its lock" } else { "without its lock" };
    format!("{} {lock}, {}", python.name(), python.path.display())
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
        Candidate { path: python.path.clone(), python: Ok(python) }
    }

    fn chosen(candidates: &[Candidate], lane: &str) -> Result<String, String> {
        choose(candidates, lane.parse().expect("a lane")).map(Python::name)
    }

    #[test]
    fn a_lane_gets_the_first_that_fits() {
        let bad = Candidate { path: "/bin/python3".into(), python: Err("is 3.6.1".into()) };
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
        let why = has_all(python, &["aiohttp".into()]).expect_err("missing");
        assert!(why.ends_with("/opt/3.11/bin/python3 -m pip install aiohttp"), "{why}");
        assert!(has_all(python, &["requests>=2".into()]).expect_err("broken").contains("ImportError: no"));
        let why = has_all(&Python { managed: true, ..python.clone() }, &["aiohttp".into()]).expect_err("missing");
        assert!(
            why.contains("-m venv ~/.venvs/lanes && ") && why.ends_with("--python ~/.venvs/lanes/bin/python"),
            "{why}"
        );
    }
}

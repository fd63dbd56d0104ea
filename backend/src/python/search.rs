//! Where on this machine interpreters may be, the preferred first. It runs none of them.
//!
//! A virtual environment is looked for when the program runs, never where it was built: an active one
//! (`VIRTUAL_ENV`) before a `.venv` in the current folder or one above it, before that of the checkout in whose
//! `target` folder the program lies.

use std::{
    collections::HashSet,
    env,
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::interpreter::Origin;

/// What the search knows of the process that searches.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The variables `LANES_PYTHON`, `VIRTUAL_ENV`, `PATH`, `HOME` and `PYENV_ROOT`, as far as they are set.
    pub(super) variables: Vec<(&'static str, OsString)>,
    /// The current folder.
    pub(super) folder: Option<PathBuf>,
    /// This program.
    pub(super) program: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub(super) fn here() -> Self {
        let names = ["LANES_PYTHON", "VIRTUAL_ENV", "PATH", "HOME", "PYENV_ROOT"];
        Self {
            variables: names.into_iter().filter_map(|name| Some((name, env::var_os(name)?))).collect(),
            folder: env::current_dir().ok(),
            program: env::current_exe().ok(),
        }
    }

    fn variable(&self, name: &str) -> Option<PathBuf> {
        let (_, value) = self.variables.iter().find(|(known, value)| *known == name && !value.is_empty())?;
        Some(value.into())
    }
}

/// Where interpreters may be, the preferred first, each once: those that are `given`, `LANES_PYTHON`, virtual
/// environments, those of `PATH`, those of version managers.
pub(super) fn places(given: &[PathBuf], surroundings: &Surroundings) -> Vec<(PathBuf, Origin)> {
    // They are run in other folders than this one; a bare name is looked for in PATH.
    let absolute = |path: PathBuf| match path.components().count() {
        1 => path,
        _ => std::path::absolute(&path).unwrap_or(path),
    };
    let given = given.iter().cloned().map(|path| (absolute(path), Origin::Argument));
    let variable = surroundings.variable("LANES_PYTHON").map(|path| (absolute(path), Origin::Variable));
    let mut places: Vec<(PathBuf, Origin)> = given.chain(variable).collect();
    let found = environments(surroundings).into_iter().chain(installed(surroundings));
    places.extend(found.map(|path| (path, Origin::Found)));
    let mut seen = HashSet::new();
    places.retain(|(path, origin)| {
        let is_shim = path.parent().is_some_and(|folder| folder.ends_with("shims"));
        // A shim's versions come by themselves; a link of a virtual environment is not what it leads to.
        let is_version_of_shim = is_shim && path.file_name().is_some_and(|name| name != "python3");
        !(is_version_of_shim && *origin == Origin::Found) && seen.insert(path.clone())
    });
    places
}

/// The interpreters of virtual environments.
fn environments(surroundings: &Surroundings) -> Vec<PathBuf> {
    let active = surroundings.variable("VIRTUAL_ENV");
    let beside = surroundings.folder.iter().flat_map(|folder| folder.ancestors()).map(|folder| folder.join(".venv"));
    let checkout = surroundings.program.as_deref().and_then(checkout_of).map(|folder| folder.join(".venv"));
    // Whoever may write to a folder above this one must not decide what is run here.
    let beside = beside.filter(|environment| is_own(environment)).take(1);
    let found = active.into_iter().chain(beside).chain(checkout);
    found.map(|environment| environment.join("bin/python")).filter(|path| path.exists()).collect()
}

/// Whether a folder is a virtual environment that this user, or the system, has made.
fn is_own(environment: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    fs::metadata(environment.join("pyvenv.cfg")).is_ok_and(|file| [0, user].contains(&file.uid()))
}

/// The checkout of Lanes in whose `target` folder a program lies.
fn checkout_of(program: &Path) -> Option<&Path> {
    let target = program.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "target"))?;
    target.parent().filter(|folder| folder.join("backend/Cargo.toml").exists())
}

/// The interpreters of `PATH`, of version managers, and of the folders where systems keep them.
fn installed(surroundings: &Surroundings) -> Vec<PathBuf> {
    let mut places = Vec::new();
    let path = surroundings.variable("PATH").unwrap_or_default();
    for folder in env::split_paths(&path).filter(|folder| folder.is_absolute()) {
        places.extend(interpreters_in(&folder));
    }
    let home = surroundings.variable("HOME").unwrap_or_default();
    let pyenv = surroundings.variable("PYENV_ROOT").unwrap_or_else(|| home.join(".pyenv"));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a virtual environment of this name in it.
    fn environment(folder: &Path, name: &str) -> PathBuf {
        let environment = folder.join(name);
        fs::create_dir_all(environment.join("bin")).expect("room");
        fs::write(environment.join("pyvenv.cfg"), "").expect("room");
        fs::write(environment.join("bin/python"), "").expect("room");
        environment.join("bin/python")
    }

    fn found(surroundings: &Surroundings) -> Vec<PathBuf> {
        places(&[], surroundings)
            .into_iter()
            .map(|(path, _)| path)
            .take_while(|path| path.ends_with("bin/python"))
            .collect()
    }

    #[test]
    fn an_active_environment_beats_that_of_the_folder_and_that_of_the_checkout() {
        let root = tempfile::tempdir().expect("a folder");
        let (work, checkout) = (root.path().join("work"), root.path().join("checkout"));
        let deep = work.join("a/b");
        fs::create_dir_all(&deep).expect("room");
        fs::create_dir_all(checkout.join("backend")).expect("room");
        fs::write(checkout.join("backend/Cargo.toml"), "").expect("room");
        let (of_folder, of_checkout) = (environment(&work, ".venv"), environment(&checkout, ".venv"));
        let active = environment(root.path(), "active");
        let here = Surroundings {
            variables: vec![("VIRTUAL_ENV", root.path().join("active").into())],
            folder: Some(deep.clone()),
            program: Some(checkout.join("target/release/lanes")),
        };
        assert_eq!(found(&here), [active.clone(), of_folder.clone(), of_checkout.clone()]);
        assert_eq!(found(&Surroundings { variables: Vec::new(), ..here }), [of_folder.clone(), of_checkout]);
        // Where the program was built says nothing once it lies elsewhere.
        let installed =
            Surroundings { program: Some(root.path().join("bin/lanes")), folder: Some(deep), variables: Vec::new() };
        assert_eq!(found(&installed), [of_folder]);
    }

    #[test]
    fn what_is_named_comes_first_and_is_told_from_what_is_found() {
        let here = Surroundings {
            variables: vec![("LANES_PYTHON", "/opt/b/python".into()), ("PATH", "/opt/none".into())],
            ..Surroundings::default()
        };
        let places = places(&["/opt/a/python".into(), "python3.12".into()], &here);
        let named = [
            ("/opt/a/python".into(), Origin::Argument),
            ("python3.12".into(), Origin::Argument),
            ("/opt/b/python".into(), Origin::Variable),
        ];
        assert_eq!(places[..3], named);
        assert!(places[3..].iter().all(|(_, origin)| *origin == Origin::Found));
    }
}

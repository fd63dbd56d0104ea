//! What this machine was measured at, kept in a file of the user's cache. It measures nothing.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use lanes_core::{predict::Profile, result::Machine};
use serde::{Deserialize, Serialize};

use crate::cache;

/// The version of the file.
const VERSION: u64 = 1;

/// The profiles of a machine, by place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    lanes_calibration: u64,
    places: BTreeMap<String, Profile>,
}

/// There are no measurements of another machine.
#[derive(Debug, thiserror::Error)]
#[error("--machine {}: {cause}; what “lanes predict” has measured on the other machine is wanted, the file calibration.json of its cache folder", .path.display())]
pub(crate) struct OtherMachine {
    path: PathBuf,
    cause: String,
}

/// Where it is kept unless said otherwise: the user's folder for what can be made again.
pub(crate) fn default_path() -> Option<PathBuf> {
    cache::file("calibration.json")
}

impl Kept {
    /// What is kept there of this machine; nothing where there is nothing, of another version or of another machine.
    pub(crate) fn read(path: &Path, machine: &Machine) -> Self {
        let read = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Self>(&text).ok());
        let mut kept = read.filter(|kept| kept.lanes_calibration == VERSION).unwrap_or_default();
        kept.places.retain(|_, profile| profile.machine == *machine);
        kept
    }

    /// What is kept there of any machine.
    ///
    /// # Errors
    /// When there is no such file, or it is none of this version.
    pub(crate) fn of_another(path: &Path) -> Result<Self, OtherMachine> {
        let wrong = |cause: String| OtherMachine { path: path.to_owned(), cause };
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let kept: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if kept.lanes_calibration != VERSION || kept.places.is_empty() {
            return Err(wrong("it holds no measurements of this version".to_owned()));
        }
        Ok(kept)
    }

    /// The machine that it is of, where anything is known.
    pub(crate) fn machine(&self) -> Option<&Machine> {
        self.places.values().next().map(|profile| &profile.machine)
    }

    /// The place of this name, or where there is none another one of the same language.
    pub(crate) fn like(&self, place: &str) -> String {
        let language = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
        let same = |known: &&String| language(known) == language(place);
        let known = self.places.contains_key(place).then_some(place);
        known.or_else(|| self.places.keys().find(same).map(String::as_str)).unwrap_or(place).to_owned()
    }

    /// Keeps it there.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        cache::write(path, &Self { lanes_calibration: VERSION, ..self.clone() })
    }

    /// What is known of a place of this machine.
    pub(crate) fn profile(&mut self, place: &str, machine: &Machine) -> &mut Profile {
        self.places
            .entry(place.to_owned())
            .or_insert_with(|| Profile { machine: machine.clone(), ..Profile::default() })
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::Kernel;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_on_the_same_machine_alone() {
        let folder = tempfile::tempdir().expect("room");
        let path = folder.path().join("a").join("calibration.json");
        let machine = Machine { cores: 2, ..Machine::default() };
        assert!(Kept::read(&path, &machine).places.is_empty(), "there is no such file");
        let mut kept = Kept::default();
        kept.profile("native", &machine).kernel_mut(Kernel::Pi).tried(10, 20.0);
        kept.write(&path).expect("room");
        let mut back = Kept::read(&path, &machine);
        assert_eq!(back.profile("native", &machine), kept.profile("native", &machine));
        let other = Kept::read(&path, &Machine { cores: 3, ..machine.clone() });
        assert!(other.places.is_empty());
        let another = Kept::of_another(&path).expect("it is there");
        assert_eq!((another.like("native"), another.like("CPython 3.9.1")), ("native".into(), "CPython 3.9.1".into()));
        fs::write(&path, "{").expect("room");
        assert!(Kept::of_another(&path).is_err() && Kept::of_another(&folder.path().join("none")).is_err());
        assert!(Kept::read(&path, &machine).places.is_empty(), "what is broken is measured again");
    }
}

//! What this machine was measured at, kept in a file of the user's cache. It measures nothing.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use lanes_core::{
    predict::{Profile, probes::Figure},
    result::Machine,
    scenario::Lane,
};
use serde::{Deserialize, Serialize};

use crate::cache;

/// The version of the file.
const VERSION: u64 = 1;

/// The profiles of a machine, by place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    lanes_calibration: u64,
    places: BTreeMap<String, Profile>,
    /// The figures that were found out, by place and lane.
    known: BTreeMap<String, Vec<String>>,
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
        let Self { places, known, .. } = &mut kept;
        known.retain(|key, _| key.split_once('\n').is_some_and(|(place, _)| places.contains_key(place)));
        kept
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

    /// Whether a figure of a lane was found out.
    pub(crate) fn is_known(&self, place: &str, lane: Lane, figure: Figure) -> bool {
        self.known.get(&key(place, lane)).is_some_and(|known| known.contains(&format!("{figure:?}")))
    }

    /// A figure of a lane was found out.
    pub(crate) fn knows(&mut self, place: &str, lane: Lane, figure: Figure) {
        self.known.entry(key(place, lane)).or_default().push(format!("{figure:?}"));
    }
}

fn key(place: &str, lane: Lane) -> String {
    format!("{place}\n{}", lane.base())
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{Kernel, Model};

    use super::*;

    #[test]
    fn what_is_kept_comes_back_on_the_same_machine_alone() {
        let folder = tempfile::tempdir().expect("room");
        let path = folder.path().join("a").join("calibration.json");
        let (machine, lane) = (Machine { cores: 2, ..Machine::default() }, Lane::native(Model::Async));
        assert!(Kept::read(&path, &machine).places.is_empty(), "there is no such file");
        let mut kept = Kept::default();
        kept.profile("native", &machine).kernel_mut(Kernel::Pi).tried(10, 20.0);
        kept.knows("native", lane, Figure::Task);
        kept.write(&path).expect("room");
        let mut back = Kept::read(&path, &machine);
        assert_eq!(back.profile("native", &machine), kept.profile("native", &machine));
        assert!(back.is_known("native", lane, Figure::Task) && !back.is_known("native", lane, Figure::Start));
        let other = Kept::read(&path, &Machine { cores: 3, ..machine.clone() });
        assert!(other.places.is_empty() && !other.is_known("native", lane, Figure::Task));
        fs::write(&path, "{").expect("room");
        assert!(Kept::read(&path, &machine).places.is_empty(), "what is broken is measured again");
    }
}

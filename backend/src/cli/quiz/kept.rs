//! What was guessed so far, kept in a file of the user's cache. It asks nobody.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::cache;

/// The version of the file.
const VERSION: u64 = 1;

/// The experiments that were guessed, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    lanes_quiz: u64,
    done: BTreeMap<String, Done>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Done {
    /// The lanes as they were guessed, the best first.
    pub(super) guess: Vec<String>,
    /// The lanes as they were measured, the best first.
    pub(super) measured: Vec<String>,
    /// What the guess was worth, from 0 to 100; nothing where no two lanes could be told apart.
    pub(super) points: Option<f64>,
}

impl Kept {
    /// What is kept there; nothing where there is nothing, or of another version.
    pub(super) fn read(path: &Path) -> Self {
        let read = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Self>(&text).ok());
        read.filter(|kept| kept.lanes_quiz == VERSION).unwrap_or_default()
    }

    /// Keeps it there.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        cache::write(path, &Self { lanes_quiz: VERSION, ..self.clone() })
    }

    /// Whether an experiment was guessed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.done.contains_key(name)
    }

    /// An experiment was guessed; the first guess counts, since afterwards one knows.
    pub(super) fn add(&mut self, name: &str, done: Done) {
        self.done.entry(name.to_owned()).or_insert(done);
    }

    /// How many were guessed, and the mean of their points where there are any.
    pub(super) fn so_far(&self) -> (usize, Option<f64>) {
        let points: Vec<f64> = self.done.values().filter_map(|done| done.points).collect();
        let mean = (!points.is_empty()).then(|| points.iter().sum::<f64>() / points.len() as f64);
        (self.done.len(), mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_guess_is_kept_and_comes_back() {
        let folder = tempfile::tempdir().expect("room");
        let path = folder.path().join("a").join("quiz.json");
        let done = |points| Done { guess: vec!["a".into()], measured: vec!["b".into()], points };
        let mut kept = Kept::read(&path);
        assert_eq!(kept.so_far(), (0, None));
        kept.add("convoy", done(Some(50.0)));
        kept.add("convoy", done(Some(100.0)));
        kept.add("crunch", done(None));
        kept.write(&path).expect("room");
        let back = Kept::read(&path);
        assert_eq!((back.so_far(), back.has("convoy"), back.has("downloads")), ((2, Some(50.0)), true, false));
        fs::write(&path, "[]").expect("room");
        assert_eq!(Kept::read(&path).so_far(), (0, None), "what is broken begins anew");
    }
}

//! What the items of a function of the user's own came to, lane after lane, so that a difference is said with the item that it is
//! in. Whether lanes agree at all is said by their checksums.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use lanes_core::{
    present::{count, of},
    scenario::Lane,
};

/// One item: what proves its result, and how people read it; nothing where it failed.
type Answer = Option<(u64, String)>;

/// Which lane it was, and what its items came to.
type First = (Lane, Vec<Answer>);

/// The answers of the first run of a session that came to its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers(Arc<Mutex<Option<First>>>);

impl Answers {
    /// Compares what a run wrote down with the first one, which it may be itself: a sentence, where an item came to something
    /// else.
    pub(super) fn compare(&self, lane: Lane, logs: &Path) -> Option<String> {
        let answers = read(&fs::read_to_string(logs.join("answers")).ok()?)?;
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((other, known)) = &*first else {
            *first = Some((lane, answers));
            return None;
        };
        let mut differing = known.iter().zip(&answers).enumerate().filter_map(|(item, (known, answer))| {
            let ((known_proof, known), (proof, answer)) = (known.as_ref()?, answer.as_ref()?);
            (known_proof != proof).then_some((item, known, answer))
        });
        let (item, known, answer) = differing.next()?;
        let more = differing.count() as u64;
        let more = if more > 0 {
            format!(", and {} differ too", of(more, "other item", "other items"))
        } else {
            String::new()
        };
        let before = if *other == lane { "before".to_owned() } else { format!("in {other}") };
        Some(format!(
            "item {} came to {answer} here and to {known} {before}{more}: what a function keeps from item to item (a global, a \
             file, a random number) is not the same in every lane; let it depend on its item alone, or define digest(result) \
             to say what of a result counts",
            count(item as u64)
        ))
    }
}

fn read(text: &str) -> Option<Vec<Answer>> {
    let line = |line: &str| match line.split_once('\t') {
        None => Some(None),
        Some((proof, shown)) => Some(Some((u64::from_str_radix(proof, 16).ok()?, shown.to_owned()))),
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::Model;

    use super::*;

    #[test]
    fn the_first_item_that_differs_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let answers = Answers::default();
        let compare = |model, text: &str| {
            fs::write(folder.path().join("answers"), text).expect("room");
            answers.compare(Lane::python(model), folder.path())
        };
        assert_eq!(compare(Model::Sequential, "01\t1\n-\n03\t3\n04\t4\n"), None);
        assert_eq!(compare(Model::Threads, "01\t1\n02\t2\n03\t3\n04\t4\n"), None, "what failed is not compared");
        let said = compare(Model::Processes, "01\t1\n-\n05\t5\n06\t6\n").expect("another answer");
        assert!(
            said.starts_with("item 2 came to 5 here and to 3 in python/sequential, and 1 other item differ too"),
            "{said}"
        );
        let said = compare(Model::Sequential, "09\t9\n").expect("another answer");
        assert!(said.starts_with("item 0 came to 9 here and to 1 before: "), "{said}");
    }
}

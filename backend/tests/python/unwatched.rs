//! Lanes that timing their tasks slows down: they are measured again as they are, and their timeline stays.

use lanes_backend::runner::{CancelToken, Observer, PythonOptions, Turn};
use lanes_core::{
    report::{Ending, LaneResult, RunReport},
    wire::Frame,
};
use libtest_mimic::Trial;

use crate::{runner, scenario, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("what_timing_slows_down_is_measured_again_as_it_is", slowed_down),
        trial("what_timing_hardly_slows_down_is_measured_once", hardly),
    ]
}

/// Who is told nothing.
struct Nobody;

impl Observer for Nobody {
    fn begins(&self, _: &Turn) {}
    fn frame(&self, _: usize, _: &Frame) {}
    fn ended(&self, _: usize, _: &RunReport, _: &[LaneResult]) {}
}

fn session(json: &str) -> Vec<LaneResult> {
    runner(PythonOptions::default()).session(&scenario(json), &CancelToken::new(), &Nobody)
}

/// Tasks of a microsecond or two.
fn slowed_down() {
    let results = session(
        r#"{"lanes_scenario":2,"workers":2,"repeats":2,"warmup":0,
            "lanes":["native/sequential","python/sequential","python/async","python/threads","python/processes"],
            "groups":[{"tasks":3000,"steps":[{"compute":{"kernel":"primes","size":4}}]}]}"#,
    );
    let expected = results[0].checksum();
    assert!(expected.is_some(), "{:?}", results[0].shown);
    assert!(results[1].watched.is_some(), "{:?}", results[1].shown);
    for lane in &results[1..] {
        let shown = lane.shown.as_ref().expect("it ran");
        assert_eq!(lane.ending, Ending::Complete, "{shown:?}");
        assert_eq!((lane.checksum(), lane.tasks().done), (expected, 3000), "{}", lane.lane);
        assert!(shown.total().recorded > 0, "the timeline is a watched run's: {shown:?}");
        // A loop or a pool adds so much to each task that timing may be less than a twentieth of it.
        let Some(watched) = lane.watched else { continue };
        assert_eq!((lane.wall_ns.len(), lane.rounds.as_slice()), (2, &[2, 3][..]), "{}", lane.lane);
        assert!(shown.notes.iter().any(|note| note.contains("of 2 runs that were not watched")), "{:?}", shown.notes);
        println!("{}: {:.0} %; watched {watched:?}, not {:?}", lane.lane, shown.watching_share() * 100.0, lane.wall);
    }
}

fn hardly() {
    let results = session(
        r#"{"lanes_scenario":2,"repeats":1,"warmup":0,"lanes":["python/sequential"],
            "groups":[{"tasks":5,"steps":[{"compute":{"kernel":"primes","size":30000}}]}]}"#,
    );
    assert_eq!((results[0].watched, results[0].wall_ns.len()), (None, 1));
}

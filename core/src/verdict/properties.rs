//! What holds of every verdict, and how the evidence reads.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{
    tests::{judge, lane, scenario},
    *,
};
use crate::{
    scenario::Model,
    spread::{self, Floor, is_tie, median},
};

/// The whole of it, as a reader sees it.
fn check_whole(text: &str, expected: &Expect) {
    let verdict = judge(text);
    let why = verdict.overall.map(|taken| taken.why).unwrap_or_default();
    let lines = [vec![verdict.sentence, why], verdict.evidence, vec!["—".into()], verdict.would_change].concat();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn evidence_of_computing_names_the_lock_and_the_messages() {
    check_whole(
        "native/sequential 400 401 402 compute=400
         native/threads 201 202 203
         native/gil 400 404 408 compute=400 lock=380
         native/hybrid 100 101 102 sum=9
         native/processes 300 301 302 compute=400 transfer=100",
        &expect![[r#"
            This job computes (100 % of its work): use every core, native/threads, which took 202 ms, 1.99× as fast as one task after another.
            native/threads took 202 ms, 1.99× as fast as one task after another; computing needs cores, and only several workers use several of them
            400 ms of work, as native/sequential saw it: 0 ns waiting for data (0 %), 400 ms computing (100 %).
            native/threads took 202 ± 1 ms (median ± deviation); the next that is no tie, native/processes, took 301 ± 1 ms: 1.49× as long.
            native/hybrid was faster, but is not ranked: it came to another answer than the other lanes.
            Under an interpreter lock as CPython's (modelled in native/gil) threads are 0.99× as fast as one task after another: no gain, because only one computes at a time. In CPython, use processes for this.
            native/gil computes as machine code does, not scaled to CPython's speed: how the lock is shared is as in CPython, how long it takes is not.
            native/gil was limited by its interpreter lock: it was held >99 % of the time, and its threads waited 49 % of theirs for it.
            native/processes: 20 % of its workers' time went into messages (100 ms).
            native/threads was faster than native/processes, the next, in 3 of 3 rounds: 94 % sure by these alone.
            —
            Much smaller tasks, or much data for each: then handing them over costs more than it saves.
            Other work on the same cores, or more workers than cores."#]],
    );
}

#[test]
fn evidence_of_waiting_says_that_the_lock_is_free() {
    check_whole(
        "native/sequential 800 wait=799 compute=1
         native/async 51
         native/gil 52
         native/threads 52",
        &expect![[r#"
            This job waits (>99 % of its work): overlap the waiting on one event loop, native/async, which took 51.0 ms, 15.7× as fast as one task after another; native/threads ties with it.
            native/async took 51.0 ms, 15.7× as fast as one task after another; waiting needs no core, so one event loop does all of it at once
            800 ms of work, as native/sequential saw it: 799 ms waiting for data (>99 %), 1.00 ms computing (<1 %).
            native/async took 51.0 ms; the next that is no tie, native/sequential, took 800 ms: 15.7× as long.
            Under an interpreter lock as CPython's (modelled in native/gil) threads are 15.4× as fast as one task after another, as without it: waiting releases the lock, so threads help here in CPython too.
            1 repeat without a warm-up says nothing of the spread: differences below 25 % count as ties.
            —
            More computing for each answer: an event loop computes on one core only, and then a pool beside it pays.
            Blocking calls inside the tasks: one of them stops the whole loop.
            More than 1 repeat: they may tell the tied lanes apart."#]],
    );
}

#[test]
fn repeats_that_stand_out() {
    assert!(spread::outliers(&[100, 100, 900]).is_empty(), "three are too few");
    assert!(spread::outliers(&[100, 100, 100, 101]).is_empty(), "less than the least share");
    assert_eq!(spread::outliers(&[100, 103, 101, 102, 300]), [4]);
}

fn any_lane() -> impl Strategy<Value = LaneResult> {
    let walls = prop::collection::vec(1u32..2_000, 1..5);
    let marks = prop::sample::select(vec!["", "", "", "", "sum=8", "!failed", "!cancelled", "!broken", "lost=3"]);
    (0..4usize, 0..6usize, walls, 0u32..500, 0u32..500, marks).prop_map(|(place, model, walls, wait, compute, mark)| {
        let (place, model) = (Place::ALL[place], Model::ALL[model]);
        let name = Lane::new(if place.has(model) { place } else { Place::Browser }, model);
        let walls: Vec<String> = walls.iter().map(|wall| (f64::from(*wall) / 7.0).to_string()).collect();
        lane(&format!("{name} {} wait={wait} compute={compute} {mark}", walls.join(" ")))
    })
}

fn any_lanes() -> impl Strategy<Value = Vec<LaneResult>> {
    prop::collection::vec(any_lane(), 0..9).prop_map(|mut lanes| {
        lanes.sort_by_key(|lane| lane.lane);
        lanes.dedup_by_key(|lane| lane.lane);
        lanes
    })
}

proptest! {
    #[test]
    fn no_excluded_or_modelled_lane_is_recommended(lanes in any_lanes()) {
        let verdict = verdict(&scenario(), &lanes);
        for taken in verdict.per_place.iter().chain(&verdict.overall) {
            prop_assert!(verdict.excluded.iter().all(|excluded| excluded.lane != taken.lane));
            prop_assert!(taken.ties.iter().all(|tie| verdict.excluded.iter().all(|excluded| excluded.lane != *tie)));
            prop_assert!(taken.lane.is_recommendable());
        }
        prop_assert!(verdict.sentence.ends_with('.'));
    }

    #[test]
    fn the_recommended_lane_is_the_fastest_or_ties_with_it(lanes in any_lanes()) {
        let verdict = verdict(&scenario(), &lanes);
        let ranked = |lane: &&LaneResult| {
            lane.lane.is_recommendable() && verdict.excluded.iter().all(|excluded| excluded.lane != lane.lane)
        };
        for taken in verdict.per_place.iter().chain(&verdict.overall) {
            let is_overall = verdict.overall.as_ref() == Some(taken);
            let across = is_overall && verdict.ranked_within.is_none();
            let here = |lane: &&LaneResult| across || lane.lane.place == taken.place;
            let fastest = lanes.iter().filter(ranked).filter(here).min_by_key(|lane| median(lane)).expect("one at least");
            let lane = lanes.iter().find(|lane| lane.lane == taken.lane).expect("it ran");
            let floor = if taken.rule == Rule::TooSmallToMatter { Floor::Job(MATTERS_NS) } else { Floor::Share };
            prop_assert!(lane.lane == fastest.lane || is_tie(lane, fastest, floor), "{} {}", lane.lane, fastest.lane);
        }
    }

    #[test]
    fn the_order_of_the_results_does_not_matter(lanes in any_lanes(), seed in any::<u64>()) {
        let mut shuffled = lanes.clone();
        shuffled.sort_by_key(|lane| crate::rng::mix(seed ^ crate::rng::mix(lane.lane.place as u64 * 8 + lane.lane.model as u64)));
        prop_assert_eq!(verdict(&scenario(), &lanes), verdict(&scenario(), &shuffled));
    }
}

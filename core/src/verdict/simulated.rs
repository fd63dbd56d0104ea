//! The verdict over simulated sessions on a noisy machine, many of each: what is said must hold.

use super::{tests::TASKS, *};
use crate::{
    paired::{Order, Pairs, simulated::noisy_ns},
    report::{Ending, TaskCounts},
    run::{outcome::not_begun, rounds::Rounds},
    scenario::{Group, Lane, Model, Repeats},
    trace::{State, Tally},
};

const MODELS: [Model; 3] = [Model::Sequential, Model::Threads, Model::Processes];

/// Runs a session of three lanes that usually take so many milliseconds.
fn session(seed: u64, repeats: Repeats, usual_ms: [f64; 3], noise: f64) -> (Scenario, Vec<LaneResult>) {
    let scenario = Scenario {
        groups: vec![Group { tasks: TASKS, ..Group::default() }],
        lanes: MODELS.map(Lane::native).to_vec(),
        repeats,
        ..Scenario::default()
    };
    let mut rounds = Rounds::new(&scenario, 0);
    while let Some(turn) = rounds.next_turn() {
        let wall_ns = noisy_ns(seed, turn.index as u64, turn.round.into(), usual_ms[turn.index] * 1e6, noise) as u64;
        let mut tally = Tally::new(0);
        tally.add_state(State::Compute, wall_ns);
        tally.checksum = 7;
        let tasks = TaskCounts { done: TASKS.into(), ..TaskCounts::default() };
        let report = not_begun(turn.lane, 0, Ending::Complete);
        rounds.ended(crate::report::RunReport { wall_ns, tasks, workers: vec![tally], ..report });
    }
    let results = rounds.finish();
    (scenario, results)
}

fn verdicts(seeds: u64, repeats: Repeats, usual_ms: [f64; 3], noise: f64) -> Vec<Verdict> {
    let judge = |seed| {
        let (scenario, results) = session(seed, repeats, usual_ms, noise);
        verdict(&scenario, &results)
    };
    (0..seeds).map(judge).collect()
}

fn count(verdicts: &[Verdict], is: impl Fn(&Verdict) -> bool) -> usize {
    verdicts.iter().filter(|verdict| is(verdict)).count()
}

#[test]
fn a_long_job_whose_repeats_drown_its_differences_is_noisy_and_not_too_small() {
    // 10 s each, and nothing between them but noise of up to several times that.
    let verdicts = verdicts(200, Repeats::Fixed(3), [1e4; 3], 0.6);
    assert_eq!(count(&verdicts, |verdict| verdict.kind == Kind::TooSmall), 0);
    assert!(verdicts.iter().all(|verdict| !verdict.sentence.contains("makes no difference")));
    let noisy = count(&verdicts, |verdict| verdict.kind == Kind::Noisy);
    assert!(noisy > 140, "{noisy} of 200");
    let clear = count(&verdicts, |verdict| verdict.ties.len() < 2 && verdict.kind != Kind::Noisy);
    assert!(clear < 60, "three repeats may be too alike by chance, but not often: {clear} of 200");
}

#[test]
fn repeats_until_it_is_clear_hardly_ever_find_what_is_not_there() {
    let verdicts = verdicts(200, Repeats::Auto, [20.0; 3], 0.5);
    let simplest = Lane::native(Model::Sequential);
    let taken = count(&verdicts, |verdict| verdict.overall.as_ref().map(|taken| taken.lane) == Some(simplest));
    assert!(taken >= 190, "at least 95 %: {taken} of 200");
    assert!(count(&verdicts, |verdict| verdict.kind == Kind::Noisy) > 100);
}

#[test]
fn repeats_until_it_is_clear_find_what_is_there_and_never_turn_it_round() {
    let usual_ms = [30.0, 20.0, 26.0];
    for seed in 0..200 {
        let (_, results) = session(seed, Repeats::Auto, usual_ms, 0.4);
        for (a, b) in [(1, 0), (1, 2), (2, 0)] {
            let order = Pairs::of(&results[a], &results[b]).order();
            assert_ne!(order, Order::Slower, "seed {seed}: lane {a} takes {} and {b} {}", usual_ms[a], usual_ms[b]);
        }
    }
    let verdicts = verdicts(200, Repeats::Auto, usual_ms, 0.4);
    let fastest = Lane::native(Model::Threads);
    let taken = count(&verdicts, |verdict| verdict.overall.as_ref().map(|taken| taken.lane) == Some(fastest));
    assert!(taken >= 190, "{taken} of 200");
}

#[test]
fn other_work_is_named_and_what_to_do_is_said() {
    let (scenario, results) = session(1, Repeats::Fixed(5), [1e4; 3], 0.8);
    let verdict = verdict_beside(&scenario, &results, Some(43));
    assert_eq!(verdict.kind, Kind::Noisy, "{}", verdict.sentence);
    assert!(verdict.sentence.contains("other work had 43 % of the machine"), "{}", verdict.sentence);
    assert!(verdict.would_change.iter().any(|change| change.contains("\"repeats\": \"auto\"")));
    assert!(verdict.evidence.iter().any(|line| line.starts_with("The repeats took ")), "{:?}", verdict.evidence);
}

//! Data that tasks are given and give back, natively: counted, drawn, and what they do to the advice.

use lanes_core::{
    report::{Ending, LaneResult},
    scenario::{Lane, Model},
    trace::State,
    verdict::verdict,
};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("data_are_shared_by_threads_and_sent_to_processes", counted),
        trial("processes_that_lose_because_of_data_say_so", advice),
        trial("the_longest_data_of_a_task_arrive", longest),
    ]
}

fn run(json: &str, models: &[Model]) -> Vec<LaneResult> {
    let scenario = scenario(json);
    let mut runner = runner(|_| {});
    let lanes = models.iter().map(|model| {
        let lane = Lane::native(*model);
        let report = runner.run_lane(&scenario, lane, 1, &Default::default(), &|_| {});
        assert_eq!(report.ending, Ending::Complete, "{lane}");
        LaneResult::new(lane, &[], &[report])
    });
    lanes.collect()
}

fn counted() {
    let (tasks, taken, given) = (30, 400_000, 50_000);
    for shape in ["bytes", "numbers", "objects"] {
        let json = format!(
            r#"{{"lanes_scenario":2,"workers":2,"groups":[{{"tasks":{tasks},"steps":[
                {{"compute":{{"size":500,"bytes_in":{taken},"bytes_out":{given},"shape":"{shape}"}}}}]}}]}}"#
        );
        let lanes = run(&json, &[Model::Sequential, Model::Threads, Model::Async, Model::Hybrid, Model::Processes]);
        for lane in &lanes {
            let total = lane.total();
            let what = format!("{shape}, {}", lane.lane);
            assert_eq!((total.bytes_in, total.bytes_out), (tasks * taken, tasks * given), "{what}");
            assert_eq!(total.checksum, lanes[0].total().checksum, "{what}");
            let messages = [State::Serialise, State::Transfer].map(|state| total.state_ns(state));
            if lane.lane.model == Model::Processes {
                // Packed numbers of 53 bits are 8 bytes long now and then, never much shorter.
                let least = tasks * (taken + given) * 9 / 10;
                assert!(total.payload_bytes > least, "{what}: {} bytes in messages", total.payload_bytes);
                assert!(messages.iter().all(|ns| *ns > 0), "{what}: {messages:?} ns");
            } else {
                assert_eq!((total.payload_bytes, messages), (0, [0, 0]), "{what}");
            }
        }
    }
}

/// A job that computes, so that processes look as good as threads as long as nobody asks what their tasks are given.
fn advice() {
    let json = r#"{"lanes_scenario":2,"workers":2,"groups":[{"tasks":60,"steps":[
        {"compute":{"size":4000,"bytes_in":4000000,"bytes_out":200000}}]}]}"#;
    let lanes = run(json, &[Model::Sequential, Model::Threads, Model::Processes]);
    let verdict = verdict(&scenario(json), &lanes);
    let taken = verdict.overall.expect("lanes that may be ranked").lane;
    assert_ne!(taken.model, Model::Processes, "{}", verdict.sentence);
    let said = " of what its processes did was to send 240 MiB that native/";
    assert!(
        verdict.sentence.contains("native/processes took ") && verdict.sentence.contains(said),
        "{}",
        verdict.sentence
    );
}

fn longest() {
    let json = r#"{"lanes_scenario":2,"workers":2,"chunk":3,"groups":[{"tasks":3,"steps":[
        {"compute":{"size":10,"bytes_in":67108864,"bytes_out":67108864}}]}]}"#;
    let lanes = run(json, &[Model::Threads, Model::Processes]);
    assert_eq!(lanes[0].total().checksum, lanes[1].total().checksum);
}

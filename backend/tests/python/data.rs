//! Data that tasks are given and give back, in CPython: what they cost processes, and what they do to the advice.

use lanes_backend::runner::{CancelToken, PythonOptions};
use lanes_core::{
    report::{Ending, LaneResult},
    scenario::{Lane, Model},
    trace::State,
    verdict::verdict,
};
use libtest_mimic::Trial;

use crate::{runner, scenario, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("processes_that_lose_because_of_data_say_so", advice)]
}

fn advice() {
    let scenario = scenario(
        r#"{"lanes_scenario":2,"workers":2,"groups":[{"tasks":60,"steps":[
            {"compute":{"size":300,"bytes_in":4000000,"bytes_out":200000}}]}]}"#,
    );
    let mut runner = runner(PythonOptions::default());
    let lanes: Vec<LaneResult> = [Model::Sequential, Model::Threads, Model::Processes]
        .map(|model| {
            let lane = Lane::python(model);
            let report = runner.run_lane(&scenario, lane, 1, &CancelToken::new(), &|_| {});
            assert_eq!(report.ending, Ending::Complete, "{lane}");
            let total = report.total();
            assert_eq!((total.bytes_in, total.bytes_out), (60 * 4_000_000, 60 * 200_000), "{lane}");
            LaneResult::new(lane, &[], &[report])
        })
        .into();
    let processes = lanes[2].total();
    assert!(processes.payload_bytes > 60 * 4_200_000, "{} bytes in messages", processes.payload_bytes);
    let [serialise, transfer] = [State::Serialise, State::Transfer].map(|state| processes.state_ns(state));
    assert!(serialise > 0 && transfer > 0, "{serialise} ns serialising, {transfer} ns under way");
    let verdict = verdict(&scenario, &lanes);
    assert_ne!(verdict.overall.expect("lanes that may be ranked").lane.model, Model::Processes, "{}", verdict.sentence);
    let said = " of what its processes did was to send 240 MiB that python/";
    assert!(verdict.sentence.contains(said), "{}", verdict.sentence);
}

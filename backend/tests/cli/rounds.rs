//! How many rounds are run, and what is said of them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    paired::{Order, Pairs},
    rng::nth,
};
use serde_json::Value;

use super::{lanes, text};

/// Twenty waits of 3 ms, one after another or all at once: no noise turns that round.
const WAITS: &str = r#"{ "lanes_scenario": 2, "warmup": 0, "lanes": ["native/sequential", "native/async"],
    "groups": [{ "tasks": 20, "steps": [{ "fetch": { "latency_ms": 3, "bytes": 64 } }] }] }"#;

fn result(arguments: &[&str], job: &str) -> (Value, String) {
    let output = lanes(&[&["run", "-", "--json", "-"], arguments].concat(), job);
    let (json, aside) = (text(&output.stdout), text(&output.stderr));
    (serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}{aside}")), aside)
}

#[test]
fn rounds_go_on_until_the_order_is_clear_or_the_budget_is_spent() {
    let (result, aside) = result(&["--repeats", "auto"], WAITS);
    assert_eq!(result["scenario"]["repeats"], "auto");
    assert!(aside.contains("run 8 of at most 100"), "{aside}");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["wall_ns"].as_array().map(Vec::len), Some(8), "the fewest that can tell: {lane}");
    }
    // Each round takes longer than the whole budget, and three are made all the same.
    let (result, _) =
        self::result(&["--repeats", "auto", "--budget", "0.1", "--workers", "1"], &WAITS.replace('3', "30"));
    assert_eq!(result["lanes"][0]["wall_ns"].as_array().map(Vec::len), Some(3), "{result}");
}

#[test]
fn wrong_repeats_and_budgets_are_named() {
    let output = lanes(&["run", "-", "--repeats", "auto", "--budget", "0"], WAITS);
    let aside = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(aside.contains("budget_s: should be a number from 0.1 to 3600, not 0"), "{aside}");
    let aside = text(&lanes(&["run", "-", "--repeats", "often"], WAITS).stderr);
    assert!(aside.contains("should be a whole number, or auto"), "{aside}");
}

/// Twenty times the same job twice, on a machine that something else keeps busy by fits and starts: no pair of lanes that one
/// run puts in an order is put the other way round by another one, and where nothing is clear, that is called noise.
#[test]
#[ignore = "takes minutes, and all of the machine; cargo test -p lanes-backend --test cli -- --ignored --nocapture busy"]
fn the_order_holds_on_a_busy_machine() {
    let over = Arc::new(AtomicBool::new(false));
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let load: Vec<_> = (0..2 * cores)
        .map(|number| {
            let over = Arc::clone(&over);
            thread::spawn(move || keep_busy(number, &over))
        })
        .collect();
    let lanes = ["native/sequential", "native/threads", "native/processes"];
    let job = format!(
        r#"{{ "lanes_scenario": 2, "warmup": 1, "workers": 2, "repeats": "auto", "budget_s": 1, "lanes": {lanes:?},
            "groups": [{{ "tasks": 8, "steps": [{{ "compute": {{ "kernel": "primes", "size": 60000 }} }}] }}] }}"#
    );
    let (mut kept, mut kinds, mut taken) = (0, BTreeMap::<String, u32>::new(), BTreeMap::<String, u32>::new());
    for _ in 0..20 {
        let runs = [(); 2].map(|()| result(&["--quiet"], &job).0);
        let orders = runs.each_ref().map(clear_orders);
        kept += u32::from(orders[0].iter().all(|(a, b)| !orders[1].contains(&(b.clone(), a.clone()))));
        for run in &runs {
            let verdict = &run["verdict"];
            *kinds.entry(verdict["kind"].to_string()).or_default() += 1;
            *taken.entry(verdict["overall"]["lane"].to_string()).or_default() += 1;
            println!("{:?} busy {}: {}", clear_orders(run), run["machine"]["other_work_percent"], verdict["sentence"]);
        }
    }
    over.store(true, Relaxed);
    load.into_iter().for_each(|thread| thread.join().expect("it ends"));
    println!("kept {kept} of 20; kinds {kinds:?}; taken {taken:?}");
    assert_eq!(kept, 20);
}

/// Computes and rests for some milliseconds each, now more, now less, until it is over.
fn keep_busy(number: u64, over: &AtomicBool) {
    let mut turn = 0;
    while !over.load(Relaxed) {
        turn += 1;
        let length = |what| Duration::from_millis(nth(number * 2 + what, turn) % 60);
        let begin = Instant::now();
        while begin.elapsed() < length(0) {}
        thread::sleep(length(1));
    }
}

/// Which of two lanes is the faster one, for each pair that the rounds put in an order at the confidence of `auto`.
fn clear_orders(result: &Value) -> Vec<(String, String)> {
    let lanes = result["lanes"].as_array().expect("lanes");
    let walls = |lane: &Value| -> Vec<u64> {
        lane["wall_ns"].as_array().expect("times").iter().filter_map(Value::as_u64).collect()
    };
    let mut orders = Vec::new();
    for a in lanes {
        for b in lanes {
            // A lane whose order is clear sits out the last rounds.
            let pairs: Vec<(u64, u64)> = walls(a).into_iter().zip(walls(b)).collect();
            let faster = pairs.iter().filter(|(a, b)| a < b).count() as u32;
            let pairs = Pairs { rounds: pairs.len() as u32, faster, ..Pairs::default() };
            if pairs.order() == Order::Faster {
                orders.push((a["lane"].to_string(), b["lane"].to_string()));
            }
        }
    }
    orders
}

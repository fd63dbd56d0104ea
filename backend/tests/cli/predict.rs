//! `lanes predict` and `lanes sweep`. What is asserted of times are orders that are far apart by what the jobs wait.

use serde_json::{Value, json as json_of};

use super::*;

/// Sixteen waits of 20 ms: what two workers do in half the time, on any machine.
const WAITS: &str = r#"{ "lanes_scenario": 2, "title": "Waits", "workers": 2, "concurrency": 16, "repeats": 2, "warmup": 0,
    "groups": [{ "tasks": 16, "steps": [{ "fetch": { "latency_ms": 20, "bytes": 0 } }] }],
    "lanes": ["native/sequential", "native/threads", "native/async"] }"#;

fn lane<'a>(file: &'a Value, name: &str) -> &'a Value {
    let lanes = file["lanes"].as_array().expect("lanes");
    lanes.iter().find(|lane| lane["lane"] == name).expect("a lane")
}

fn ms(file: &Value, name: &str) -> f64 {
    lane(file, name)["median_ns"].as_f64().expect("predicted") / 1e6
}

#[test]
fn a_prediction_names_what_it_is_and_measures_the_machine_once() {
    let folder = tempfile::tempdir().expect("room");
    let kept = folder.path().join("a/calibration.json").display().to_string();
    let predict = |more: &[&str]| {
        let arguments = [&["predict", WAITS, "--calibration", &kept, "--json", "-"], more].concat();
        let output = lanes(&arguments, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        (json(&text(&output.stdout)), text(&output.stderr))
    };
    let (file, said) = predict(&[]);
    assert!(said.contains("measuring native/threads") && said.contains("Predicted, not measured: take"), "{said}");
    assert_eq!((&file["predicted"], &file["lanes_result"]), (&json_of!(true), &json_of!(1)));
    for name in ["native/sequential", "native/threads", "native/async"] {
        let lane = lane(&file, name);
        let at = |index: usize| lane["interval_ns"][index].as_f64().expect("an interval");
        let median = lane["median_ns"].as_f64().expect("a median");
        assert!(at(0) < median && median < at(1), "{lane}");
        assert_eq!(
            (&lane["predicted"], &lane["checksum"], &lane["agreement"]),
            (&json_of!(true), &Value::Null, &Value::Null)
        );
    }
    // They wait for so long at least; how much longer the machine decides.
    for (name, least) in [("native/sequential", 320.0), ("native/threads", 160.0), ("native/async", 20.0)] {
        assert!(ms(&file, name) >= least, "{name}: {}", ms(&file, name));
    }
    // A busy machine is measured anew each time, which is said; a quiet one is not.
    let is_kept = std::path::Path::new(&kept).exists();
    assert!(is_kept || said.contains("is not kept"), "{said}");
    let (eight, said) = predict(&["--workers", "8", "--tasks", "64"]);
    assert_eq!(said.contains("measuring"), !is_kept, "{said}");
    assert!(ms(&eight, "native/sequential") > 3.0 * ms(&file, "native/sequential"), "four times the tasks");
    assert!(ms(&eight, "native/threads") < ms(&eight, "native/sequential") / 4.0, "eight at a time");
    assert_eq!(eight["scenario"]["groups"][0]["tasks"], 64);
    let (slow, _) = predict(&["--latency-ms", "80"]);
    assert!(ms(&slow, "native/sequential") >= 1_280.0);
}

#[test]
fn more_cores_help_what_computes_side_by_side_and_nothing_else() {
    let job = r#"{ "lanes_scenario": 2, "workers": 16, "groups": [{ "tasks": 64, "steps": [{ "compute": {} }] }],
        "lanes": ["native/sequential", "native/threads"] }"#;
    let folder = tempfile::tempdir().expect("room");
    let kept = folder.path().join("calibration.json").display().to_string();
    let on = |cores: &str| {
        json(&succeeds(&["predict", job, "--calibration", &kept, "--cores", cores, "-q", "--json", "-"], ""))
    };
    let [one, sixteen] = ["1", "16"].map(on);
    assert!(ms(&sixteen, "native/threads") < ms(&sixteen, "native/sequential"));
    assert!(ms(&one, "native/threads") > 0.9 * ms(&one, "native/sequential"), "one core does no two things at once");
    let said = text(&lanes(&["predict", job, "--calibration", &kept, "--cores", "16", "-q"], "").stdout);
    assert!(said.contains("and was asked about 16"), "{said}");
}

#[test]
fn another_machine_is_predicted_for_by_what_was_measured_there() {
    let folder = tempfile::tempdir().expect("room");
    let theirs = folder.path().join("theirs.json").display().to_string();
    let lane = |name: &str| json_of!({ "lane": name, "with_data": false, "figures": [], "costs": { "late": 20e6 } });
    let machine = json_of!({ "cores": 48, "os": "", "cpu": "another one", "versions": [] });
    let lanes_there: Vec<Value> = ["native/sequential", "native/threads", "native/async"].map(lane).to_vec();
    let profile = json_of!({ "machine": machine, "kernels": [], "lanes": lanes_there, "contentions": [] });
    let file = json_of!({ "lanes_calibration": 1, "places": { "native": profile } });
    std::fs::write(&theirs, file.to_string()).expect("room");
    let output = lanes(&["predict", WAITS, "--machine", &theirs, "--json", "-"], "");
    let said = text(&output.stderr);
    assert!(said.contains("48 cores, another one") && !said.contains("measuring"), "{said}");
    // Each of sixteen waits of 20 ms ends 20 ms late there, and nothing else takes time.
    let file = json(&text(&output.stdout));
    assert!((ms(&file, "native/sequential") - 640.0).abs() < 0.1, "{}", ms(&file, "native/sequential"));
    assert!((ms(&file, "native/async") - 40.0).abs() < 0.1);
    assert_eq!(file["machine"]["cores"], 48);
    fails(
        &["predict", WAITS, "--machine", "/nowhere.json"],
        "",
        2,
        &expect![[r#"
        error: --machine /nowhere.json: No such file or directory (os error 2); what “lanes predict” has measured on the other machine is wanted, the file calibration.json of its cache folder
    "#]],
    );
}

#[test]
fn a_function_of_ones_own_is_not_called_to_be_predicted() {
    let folder = tempfile::tempdir().expect("room");
    let (job, log) = (folder.path().join("job.py"), folder.path().join("log"));
    let code = format!("open({:?}, 'a').write('x')\nITEMS = [1]\ndef task(item):\n    return item\n", log.display());
    std::fs::write(&job, code).expect("room");
    let job = job.display().to_string();
    for command in [&["predict", &job][..], &["sweep", &job, "--over", "workers=1,2"]] {
        fails(
            command,
            "",
            2,
            &expect![[r#"
            error: a function of your own is only known by calling it, which “lanes run” does; “lanes run … --workers 1,2,4,8” compares several numbers of workers in one table (nothing was run)
        "#]],
        );
    }
    assert!(!log.exists(), "its file was opened");
}

#[test]
fn a_real_request_is_not_taken_for_a_simulated_one() {
    let job = r#"{ "lanes_scenario": 2, "groups": [{ "steps": [{ "fetch": { "from": "server" } }] }], "lanes": ["native/async"] }"#;
    let output = lanes(&["predict", job], "");
    assert!(text(&output.stdout).contains("it makes real requests, and what those cost here has not been measured"));
    assert!(!text(&output.stderr).contains("measuring"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_sweep_with_its_points_and_a_calibration_with_nothing() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = tempfile::tempdir().expect("room");
    let file = folder.path().join("sweep.json").display().to_string();
    let kept = folder.path().join("calibration.json").display().to_string();
    let job = r#"{ "lanes_scenario": 2, "repeats": 1, "warmup": 0, "groups": [{ "tasks": 2, "steps": [{ "fetch": { "latency_ms": 1 } }] }],
        "lanes": ["native/threads"] }"#;
    // The second value never comes to an end by itself.
    let sweep = ["sweep", job, "--over", "latency_ms=1,25000", "--no-predict", "--json", &file];
    // Nor does measuring this, for long enough to be ended.
    let predict = ["predict", "crunch", "--lanes", "native/processes,native/threads", "--calibration", &kept];
    for (command, sign, has_points) in [(&sweep[..], "2 of 2", true), (&predict[..], "measuring", false)] {
        let mut child = start(command, "");
        let mut aside = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        while !line.contains(sign) {
            line.clear();
            assert!(aside.read_line(&mut line).expect("text") > 0, "it ended without {sign}");
        }
        kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
        let (mut shown, mut rest) = (String::new(), String::new());
        child.stdout.take().expect("piped").read_to_string(&mut shown).expect("text");
        aside.read_to_string(&mut rest).expect("text");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest}");
        assert!(rest.contains("ended by Ctrl-C"), "{rest}");
        assert_eq!(shown.contains("not run"), has_points, "{shown}");
    }
    let points = json(&std::fs::read_to_string(&file).expect("what there was"));
    assert_eq!(points["points"].as_array().map(Vec::len), Some(1));
    assert!(!std::path::Path::new(&kept).exists(), "half a calibration is none");
}

#[test]
fn what_nobody_can_know_is_said_and_the_rest_is_predicted() {
    let urls = r#"{ "lanes_scenario": 2, "groups": [{ "steps": [{ "fetch": { "from": ["https://a.example/"] } }] }],
        "lanes": ["native/async"] }"#;
    let folder = tempfile::tempdir().expect("room");
    let kept = folder.path().join("calibration.json").display().to_string();
    let output = lanes(&["predict", urls, "--calibration", &kept, "-q"], "");
    assert!(text(&output.stdout).contains("only asking them tells: run it"), "{}", text(&output.stdout));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("none of its lanes can be predicted"), "{}", text(&output.stderr));
    // What is broken there is measured again.
    std::fs::write(&kept, "{").expect("room");
    let two = r#"{ "lanes_scenario": 2, "groups": [{ "steps": [{ "bump": {} }] }],
        "lanes": ["native/async", "python3.99/threads"] }"#;
    let output = lanes(&["predict", two, "--calibration", &kept, "-q"], "");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(said.contains("python3.99/threads could not be measured here"), "{said}");
    fails(
        &["predict", WAITS, "--cores", "10000"],
        "",
        2,
        &expect![[r#"
        error: invalid value '10000' for '--cores <N>': 10000 is not in 1..=1024

        For more information, try '--help'.
    "#]],
    );
}

#[test]
fn a_sweep_says_what_its_curves_say_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("room");
    let [file, table] = ["sweep.json", "sweep.csv"].map(|name| folder.path().join(name).display().to_string());
    let job = WAITS.replace("\"native/sequential\", \"native/threads\", \"native/async\"", "\"native/threads\"");
    let sweep =
        |over: &str| lanes(&["sweep", &job, "--over", over, "--no-predict", "--json", &file, "--csv", &table], "");
    let first = sweep("workers=1,8");
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains("native/threads: take 8 workers"), "{}", text(&first.stdout));
    let points = |file: &Value| -> Vec<(u64, u64)> {
        let points = file["points"].as_array().expect("points").iter();
        points
            .map(|point| (point["value"].as_u64().expect("a value"), point["median_ns"].as_u64().expect("a time")))
            .collect()
    };
    let one = json(&std::fs::read_to_string(&file).expect("written"));
    let before = points(&one);
    assert!(before[0].1 >= 320_000_000 && before[1].1 < before[0].1 / 3, "{before:?}");
    let more = sweep("workers=1,2,8");
    assert!(text(&more.stderr).contains("2 points are there already and kept"), "{}", text(&more.stderr));
    let after = points(&json(&std::fs::read_to_string(&file).expect("written")));
    assert!(before.iter().all(|point| after.contains(point)) && after.len() == 3, "{before:?} {after:?}");
    // Other values are added to what there was.
    sweep("workers=4,16");
    let all = points(&json(&std::fs::read_to_string(&file).expect("written")));
    assert_eq!(all.iter().map(|(value, _)| *value).collect::<Vec<_>>(), [1, 2, 4, 8, 16]);
    assert!(after.iter().all(|point| all.contains(point)));
    let csv = std::fs::read_to_string(&table).expect("written");
    assert_eq!(csv.lines().next(), Some("workers,lane,median_ns,mad_ns,predicted_ns,why"));
    assert_eq!(csv.lines().count(), 6);
    let piped = lanes(&["sweep", &job, "--over", "workers=1,8", "--no-predict", "-q", "--csv", "-"], "");
    assert!(text(&piped.stdout).starts_with("workers,lane,") && text(&piped.stderr).contains("What the curves say"));
}

#[test]
fn a_sweep_that_cannot_be_made_says_why() {
    fails(
        &["sweep", WAITS, "--over", "wokers=1,2"],
        "",
        2,
        &expect![[r#"
        error: invalid value 'wokers=1,2' for '--over <WHAT=VALUES>': “wokers” cannot be varied; workers, concurrency, chunk, tasks, size and latency_ms can

        For more information, try '--help'.
    "#]],
    );
    fails(
        &["sweep", WAITS, "--over", "size=1,2", "-q"],
        "",
        2,
        &expect![[r#"
        error: --over size: the scenario has nothing of the kind; workers, concurrency, chunk and tasks are there in every one
    "#]],
    );
    // One point that cannot be run leaves the others.
    let output =
        lanes(&["sweep", WAITS, "--over", "workers=2,100000", "--lanes", "native/threads", "--no-predict", "-q"], "");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        said.contains("Not in the curves") && said.contains("native/threads with 100,000 workers: workers"),
        "{said}"
    );
}

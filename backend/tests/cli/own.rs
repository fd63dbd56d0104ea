//! `lanes run job.py`, from outside: functions of one's own under every model, everything that can be wrong with them.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use lanes_core::{link, scenario::Scenario};
use serde_json::Value;

use crate::{command, json, lanes, text};

/// A folder of a user's with a file in it, and a folder for temporary files that is looked into afterwards.
pub(crate) struct Folder {
    user: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) result: Value,
}

impl Folder {
    pub(crate) fn with(name: &str, python: &str) -> Self {
        let folder =
            Self { user: tempfile::tempdir().expect("a folder"), temporary: tempfile::tempdir().expect("a folder") };
        folder.write(name, python);
        folder
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.user.path().join(name), content).expect("room");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.user.path().join(name)).unwrap_or_default()
    }

    /// Starts `lanes` in the user's folder, and waits for its end; nothing may be left behind.
    pub(crate) fn lanes(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = command(arguments);
        command.current_dir(self.user.path()).env("TMPDIR", self.temporary.path());
        let output = command.stdin(std::process::Stdio::null()).output().expect("lanes ends");
        let left: Vec<_> = fs::read_dir(self.temporary.path()).expect("there").flatten().map(|e| e.path()).collect();
        assert!(left.is_empty(), "{left:?} are left");
        let since = Instant::now();
        // They have been killed; a process takes a moment to be gone.
        while !processes(self.temporary.path()).is_empty() {
            assert!(since.elapsed() < Duration::from_secs(3), "{:?} are left", processes(self.temporary.path()));
            std::thread::yield_now();
        }
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// Runs a file, one repeat of each lane unless the arguments say more.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let repeats: &[&str] = if arguments.contains(&"--repeats") { &[] } else { &["--repeats", "1"] };
        let (code, out, said) = self.lanes(&[&["run", "--json", "-", "--quiet"], repeats, arguments].concat());
        let result = if out.is_empty() { Value::Null } else { json(&out) };
        Ran { code, said, result }
    }
}

/// The processes that have inherited this folder for temporary files.
fn processes(temporary: &Path) -> Vec<String> {
    let mark = format!("TMPDIR={}\0", temporary.display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let has_mark = |path: &Path| {
        let environment = fs::read(path.join("environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|part| part == mark.as_bytes())
    };
    entries.filter(|e| has_mark(&e.path())).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

impl Ran {
    /// Each lane with everything that is said of it.
    fn lanes(&self) -> Vec<(String, String)> {
        let lanes = self.result["lanes"].as_array().expect("lanes");
        lanes.iter().map(|lane| (lane["lane"].to_string(), lane.to_string())).collect()
    }

    /// What is said of one lane.
    pub(crate) fn of(&self, name: &str) -> String {
        let mut lanes = self.lanes().into_iter();
        lanes.find(|(lane, _)| lane.contains(name)).unwrap_or_else(|| panic!("{name} was run: {}", self.said)).1
    }

    fn lane(&self, name: &str) -> &Value {
        let lanes = self.result["lanes"].as_array().expect("lanes");
        lanes.iter().find(|lane| lane["lane"].to_string().contains(name)).expect(name)
    }

    /// Every lane says this.
    fn each_says(&self, part: &str) {
        for (lane, said) in self.lanes() {
            assert!(said.contains(part), "{lane} does not say “{part}”: {said}");
        }
    }

    fn checksums(&self) -> Vec<String> {
        let lanes = self.result["lanes"].as_array().expect("lanes");
        lanes.iter().map(|lane| lane["checksum"].to_string()).collect()
    }
}

const LEAST: [&str; 4] = ["python/sequential", "python/async", "python/threads", "python/processes"];

#[test]
fn a_function_is_run_under_every_model_and_all_come_to_the_same() {
    let folder = Folder::with(
        "my-words.py",
        r#"
import sys
from pathlib import Path
from helper import count

assert sys.argv == [__file__] and __name__ != "__main__", (sys.argv, __name__)
ITEMS = sorted(Path("texts").glob("*.txt"))
MODEL = None

def setup():
    global MODEL
    MODEL = "loaded"

def task(path):
    return MODEL, path.name, {"words": count(path.read_text())}

if __name__ == "__main__":
    raise SystemExit("this is for python my-words.py alone")
"#,
    );
    folder.write("helper.py", "def count(text):\n    return len(text.split())\n");
    fs::create_dir(folder.user.path().join("texts")).expect("room");
    for number in 0..7 {
        folder.write(&format!("texts/{number}.txt"), &"word ".repeat(number));
    }
    let ran = folder.run(&["my-words.py"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    for lane in LEAST {
        let lane = ran.lane(lane);
        assert_eq!(lane["tasks"]["done"], 7, "{lane}");
        assert!(lane["states_ns"]["start-up"].as_u64() > Some(0), "setup() is part of the start-up: {lane}");
    }
    let sums = ran.checksums();
    assert!(sums.iter().all(|sum| *sum == sums[0] && sum.len() > 8), "{sums:?}");
    assert!(!folder.user.path().join("__pycache__").exists(), "nothing is written beside the user's files");
    // What is saved is a scenario as any other.
    let scenario = Scenario::from_json(&ran.result["scenario"].to_string()).expect("valid");
    assert_eq!(scenario.call().expect("a call").module, "my_words");
    assert_eq!(link::decode(&link::encode(&scenario).expect("it fits")), Ok(scenario));
}

#[test]
fn items_come_from_an_expression_a_file_or_a_part_of_them() {
    let folder =
        Folder::with("square.py", "def square(n):\n    return n * n\n\ndef name(text):\n    return text.upper()\n");
    let ran = folder.run(&["square.py:square", "--items", "range(200)", "--first", "20", "--lanes", "threads"]);
    assert_eq!((ran.code, &ran.lane("python/threads")["tasks"]["done"]), (Some(0), &20.into()), "{}", ran.said);
    folder.write("rows.jsonl", "1\n2.5\n\n[3][0]\n");
    folder.write("names.txt", "Ada\nGrace\n");
    folder.write("numbers.jsonl", "3\n4\n5\n");
    let two = folder.run(&["square.py:name", "--items-from", "names.txt", "--lanes", "sequential,processes"]);
    assert_eq!((two.code, &two.lane("python/processes")["tasks"]["done"]), (Some(0), &2.into()), "{}", two.said);
    let three = folder.run(&["square.py:square", "--items-from", "numbers.jsonl", "--lanes", "sequential"]);
    assert_eq!(&three.lane("python/sequential")["tasks"]["done"], 3);
    let same = folder.run(&["square.py:square", "--items", "[3, 4, 5]", "--lanes", "sequential"]);
    assert_eq!(same.checksums(), three.checksums(), "numbers are numbers, not texts");
    // Far longer, spelled out, than any line that a program prints.
    folder.write("names.txt", &"Ada Lovelace\n".repeat(9_000));
    let many = folder.run(&["square.py:name", "--items-from", "names.txt", "--lanes", "sequential"]);
    assert_eq!(
        (many.code, &many.lane("python/sequential")["tasks"]["done"]),
        (Some(0), &9_000.into()),
        "{}",
        many.said
    );
}

#[test]
fn a_coroutine_runs_on_the_loop_and_what_blocks_it_is_named_with_its_line() {
    let folder = Folder::with(
        "ask.py",
        r#"
import asyncio
import time

ITEMS = range(6)

async def task_async(n):
    await asyncio.sleep(0.02)
    time.sleep(0.06)
    return n

def task(n):
    time.sleep(0.02)
    return n
"#,
    );
    let ran = folder.run(&["ask.py"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let on_loop = ran.of("python/async");
    assert!(on_loop.contains("a call in ask.py, line 9, in task_async blocks the event loop: "), "{on_loop}");
    assert!(!ran.of("python/threads").contains("blocks the event loop"));
    assert!(ran.of("python/hybrid").contains("\"done\":6"), "both functions are there, so hybrid is run");
    let blocked_ns = 6 * 60_000_000;
    assert!(ran.lane("python/async")["median_ns"].as_u64() >= Some(blocked_ns), "{on_loop}");

    let folder = Folder::with("only.py", "ITEMS = range(5)\nasync def task(n):\n    return n\n");
    let ran = folder.run(&["only.py"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.of("python/threads").contains("an event loop of its own (asyncio.run)"));
}

#[test]
fn an_item_that_fails_fails_alone() {
    let folder = Folder::with(
        "fail.py",
        r#"
import sys
ITEMS = range(6)

def check(n):
    raise ValueError(f"no {n}")

def task(n):
    if n == 2:
        check(n)
    if n == 4:
        sys.exit("enough")
    return n
"#,
    );
    let ran = folder.run(&["fail.py"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    ran.each_says("item 2: ValueError: no 2 (fail.py, line 6, in check: raise ValueError");
    ran.each_says("item 4: it called sys.exit('enough'), which ends a program");
    for lane in LEAST {
        assert_eq!(ran.lane(lane)["tasks"]["done"], 4, "{lane}");
    }
    // Chunks change nothing of that.
    let ran = folder.run(&["fail.py", "--lanes", "processes", "--chunk", "3"]);
    assert_eq!(ran.lane("python/processes")["tasks"]["failed"], 2, "{}", ran.said);
}

#[test]
fn an_item_that_ends_its_process_is_named_in_every_lane() {
    for (body, how) in [("os._exit(7)", "with exit code 7"), ("ctypes.string_at(0)", "by SIGSEGV")] {
        let folder = Folder::with(
            "end.py",
            &format!(
                "import ctypes, os\nITEMS = range(5)\n\ndef task(n):\n    if n == 3:\n        {body}\n    return n\n"
            ),
        );
        let ran = folder.run(&["end.py"]);
        assert_eq!(ran.code, Some(1), "{}", ran.said);
        ran.each_says(how);
        ran.each_says("item 3 ended ");
        if how.contains("SIGSEGV") {
            ran.each_says("(end.py, line 6, in task)");
        }
        assert!(ran.of("python/processes").contains("its worker process"), "{}", ran.of("python/processes"));
    }
}

#[test]
fn an_item_that_never_ends_is_named_with_its_line() {
    let folder = Folder::with(
        "stuck.py",
        "import threading\nITEMS = range(4)\n\ndef task(n):\n    while n == 2:\n        threading.Event().wait()\n    return n\n",
    );
    let ran = folder.run(&["stuck.py", "--task-deadline", "0.5"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    ran.each_says("item 2 took longer than 500 ms (--task-deadline)");
    ran.each_says("(it was in stuck.py, line 6, in task)");
    let ran = folder.run(&["stuck.py", "--run-deadline", "1", "--lanes", "threads"]);
    ran.each_says("time limit");
    ran.each_says("it was at item 2 (it was in stuck.py, line 6, in task)");
}

#[test]
fn an_item_that_eats_memory_is_ended_before_the_machine_has_none_left() {
    let folder = Folder::with(
        "eat.py",
        "ITEMS = range(4)\nKEPT = []\n\ndef task(n):\n    while n == 2:\n        KEPT.append(bytes(8_000_000))\n    return n\n",
    );
    let ran = folder.run(&["eat.py", "--memory-limit", "200"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    ran.each_says("and 200 MiB is what they may (it was at item 2)");
}

#[test]
fn a_flood_of_output_is_read_and_said() {
    let folder = Folder::with(
        "loud.py",
        "import sys\nITEMS = range(10)\n\ndef task(n):\n    for _ in range(300):\n        print('x' * 1000)\n        print('y' * 100, file=sys.stderr)\n    return n\n",
    );
    let ran = folder.run(&["loud.py"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    ran.each_says("MiB, which is read and not shown");
}

#[test]
fn what_cannot_travel_between_processes_fails_in_that_lane_alone() {
    let item = Folder::with("item.py", "ITEMS = [1, lambda: 2, 3]\n\ndef task(n):\n    return callable(n)\n");
    let ran = item.run(&["item.py"]);
    assert!(ran.of("python/processes").contains("item 1 (<function <lambda> at 0x"), "{}", ran.of("python/processes"));
    assert!(ran.of("python/processes").contains("cannot be sent to a process: "), "{}", ran.of("python/processes"));
    let counts =
        |ran: &Ran, lane: &str| (ran.lane(lane)["tasks"]["done"].clone(), ran.lane(lane)["tasks"]["failed"].clone());
    assert_eq!(counts(&ran, "python/processes"), (2.into(), 1.into()));
    for lane in ["python/sequential", "python/async", "python/threads"] {
        assert_eq!(counts(&ran, lane), (3.into(), 0.into()), "{lane}");
    }
    assert!(ran.result["verdict"]["excluded"].to_string().contains("cannot be sent to a process"));

    let result =
        Folder::with("result.py", "ITEMS = range(3)\n\ndef task(n):\n    return (x for x in ()) if n == 1 else n\n");
    let ran = result.run(&["result.py"]);
    let said = ran.of("python/processes");
    assert!(said.contains("item 1: its result cannot be sent back from a process: "), "{said}");
    assert!(said.contains("generator") && said.contains("return plain data"), "{said}");
    assert_eq!(counts(&ran, "python/processes"), (2.into(), 1.into()));
    let chunked = result.run(&["result.py", "--lanes", "sequential,processes", "--chunk", "2"]);
    let said = chunked.of("python/processes");
    assert!(said.contains("cannot be sent between processes") && said.contains("--chunk 1"), "{said}");
}

#[test]
fn a_worker_that_cannot_be_set_up_is_said_once() {
    let folder = Folder::with(
        "model.py",
        "ITEMS = range(3)\n\ndef setup():\n    open('/nonexistent/model')\n\ndef task(n):\n    return n\n",
    );
    let ran = folder.run(&["model.py"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    ran.each_says("setup() failed in a worker: FileNotFoundError: ");
    ran.each_says("(model.py, line 4, in setup: open('/nonexistent/model'))");
}

#[test]
fn answers_that_differ_are_named_by_their_item() {
    let folder = Folder::with(
        "state.py",
        "import os\nITEMS = range(4)\nSEEN = []\n\ndef task(n):\n    SEEN.append(n)\n    return os.getpid() != PARENT and len(SEEN)\n\nPARENT = os.getpid()\n",
    );
    let ran = folder.run(&[
        "state.py",
        "--lanes",
        "sequential,threads,processes",
        "--workers",
        "1",
        "--start-method",
        "fork",
    ]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    let said = ran.of("python/processes");
    assert!(
        said.contains("item 0 came to 1 here and to False in python/sequential, and 3 other items differ too"),
        "{said}"
    );
    assert!(said.contains("what a function keeps from item to item"), "{said}");
    assert!(!ran.of("python/threads").contains("here and to"));
}

#[test]
fn results_that_cannot_be_compared_are_said_with_what_to_define() {
    let python = |digest: &str| {
        format!(
            "ITEMS = range(3)\n\nclass Box:\n    def __init__(self, n):\n        self.n = n\n\ndef task(n):\n    return Box(n)\n{digest}"
        )
    };
    let folder = Folder::with("box.py", &python(""));
    let ran = folder.run(&["box.py"]);
    assert_eq!(ran.code, Some(0), "the rest of the text is the same: {}", ran.said);
    ran.each_says(
        "the address in it is another one each time, so the rest of its text was compared; define digest(result)",
    );
    folder.write("box.py", &python("\ndef digest(box):\n    return box.n\n"));
    let ran = folder.run(&["box.py"]);
    assert!(ran.lanes().iter().all(|(_, said)| !said.contains("define digest")), "{:?}", ran.lanes());
    // Neither the order of a set nor what is no number keeps lanes from agreeing.
    folder.write("box.py", "ITEMS = range(40)\n\ndef task(n):\n    return {str(n), 'b', 'a'}, float('nan')\n");
    assert_eq!(folder.run(&["box.py"]).code, Some(0));
}

#[test]
fn what_is_no_job_is_answered_before_anything_runs() {
    let said = |name: &str, python: &str, arguments: &[&str]| {
        let folder = Folder::with(name, python);
        let ran = folder.run(arguments);
        assert_eq!((ran.code, &ran.result), (Some(2), &Value::Null), "{}", ran.said);
        ran.said
    };
    let broken = said("broken.py", "ITEMS = [1]\nx = 1 / 0\n", &["broken.py"]);
    assert!(broken.contains("broken.py cannot be imported by CPython") && broken.contains("line 2"), "{broken}");
    let syntax = said("syntax.py", "ITEMS = [1]\ndef task(n) return n\n", &["syntax.py"]);
    assert!(syntax.contains("SyntaxError") && syntax.contains("(syntax.py, line 2)"), "{syntax}");
    let quits = said("quits.py", "import sys\nsys.exit(3)\n", &["quits.py"]);
    assert!(quits.contains("it calls sys.exit(3) when it is imported"), "{quits}");
    let lacks = said("lacks.py", "import no_such_package.part\nITEMS = [1]\n", &["lacks.py"]);
    assert!(lacks.contains(" lacks no_such_package, which lacks.py imports: "), "{lacks}");
    assert!(lacks.contains("pip install no_such_package"), "{lacks}");
    let thumbs = said("pip.py", "import cv2\nITEMS = [1]\n", &["pip.py"]);
    assert!(thumbs.contains("pip install opencv-python"), "{thumbs}");
    let no_items = said("no_items.py", "def task(n):\n    return n\n", &["no_items.py"]);
    assert!(no_items.contains("does not say which items there are") && no_items.contains("--items-from"), "{no_items}");
    let empty = said("empty.py", "ITEMS = []\ndef task(n):\n    return n\n", &["empty.py"]);
    assert!(empty.contains("empty.py has no items: ITEMS is empty"), "{empty}");
    let wrong = said("wrong.py", "def task(n):\n    return n\n", &["wrong.py", "--items", "rang(3)"]);
    assert!(wrong.contains("(rang(3)) cannot be made: NameError"), "{wrong}");
    let none = said("none.py", "ITEMS = [1]\ndef clean(n):\n    return n\n", &["none.py"]);
    assert!(none.contains("none.py has no function task()") && none.contains("it has clean"), "{none}");
    let typo = said("typo.py", "ITEMS = [1]\ndef clean(n):\n    return n\n", &["typo.py:claen"]);
    assert!(typo.contains("(did you mean typo.py:clean?)"), "{typo}");
    let gone = said("there.py", "", &["not_there.py"]);
    assert!(gone.contains("not_there.py: there is no such file"), "{gone}");
}

#[test]
fn side_effects_are_said_first_and_how_long_it_takes() {
    let folder = Folder::with(
        "write.py",
        "import time\nITEMS = range(40)\n\ndef task(n):\n    time.sleep(0.002)\n    with open('done', 'a') as file:\n        file.write('x')\n",
    );
    let arguments = ["run", "write.py", "--lanes", "sequential,threads", "--repeats", "2", "--first", "30"];
    let (code, _, said) = folder.lanes(&arguments);
    assert_eq!(code, Some(0), "{said}");
    let said = said.replace('\n', " ");
    assert!(
        said.contains("it is called for 30 items of 40, 4 times over (2 rounds in 2 lanes), and once before"),
        "{said}"
    );
    assert!(said.contains("% of it computing: it mostly waits, so 30 at once in every model"), "{said}");
    assert!(said.contains("about ") && said.contains(" in all."), "{said}");
    assert_eq!(folder.read("done").len(), 4 * 30 + 1, "as often as was said");
}

#[test]
fn several_worker_counts_are_compared_and_one_is_named() {
    let folder =
        Folder::with("wait.py", "import time\nITEMS = range(24)\n\ndef task(n):\n    time.sleep(0.02)\n    return n\n");
    let ran = folder.run(&["wait.py", "--workers", "1,2,4,8", "--lanes", "sequential,threads", "--repeats", "3"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(ran.result["lanes"].as_array().map(Vec::len), Some(5));
    let verdict = ran.result["verdict"].to_string();
    assert!(verdict.contains("with 1, 2, 4, 8 workers: "), "{verdict}");
}

#[test]
fn a_file_may_be_called_like_a_word_of_python() {
    let folder = Folder::with("lambda.py", "ITEMS = range(3)\n\ndef task(n):\n    return n\n");
    let ran = folder.run(&["lambda.py", "--lanes", "sequential,processes"]);
    assert_eq!((ran.code, &ran.lane("python/processes")["tasks"]["done"]), (Some(0), &3.into()), "{}", ran.said);
}

#[test]
fn a_program_to_keep_runs_by_itself_beside_the_file() {
    let folder = Folder::with("square.py", "ITEMS = range(30)\n\ndef task(n):\n    return n * n\n");
    for model in ["sequential", "async", "threads", "processes", "hybrid"] {
        let (code, program, said) = folder.lanes(&["export", "square.py", "--lane", &format!("python/{model}")]);
        assert_eq!(code, Some(0), "{said}");
        folder.write("kept.py", &program);
        let list = json(&crate::succeeds(&["list", "--json"], ""));
        let about =
            list["lanes"].as_array().and_then(|lanes| lanes.iter().find(|lane| lane["lane"] == "python/threads"));
        let version = about.and_then(|lane| lane["version"].as_str()).unwrap_or_default().to_owned();
        let python = version.rsplit(", ").next().expect("a path");
        let output = std::process::Command::new(python).arg("kept.py").current_dir(folder.user.path()).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).starts_with("30 of 30 items done\nwall "), "{}", text(&output.stdout));
    }
    let refused = lanes(&["export", "-", "--lane", "native/threads", "--as", "rust"], &scenario_of(&folder));
    assert!(text(&refused.stderr).contains("only lanes of CPython can run it"), "{}", text(&refused.stderr));
}

pub(crate) fn scenario_of(folder: &Folder) -> String {
    folder.lanes(&["export", "square.py", "--as", "json"]).1
}

#[test]
fn what_blocks_threads_is_seen_without_another_lane_to_compare_with() {
    let python = |body: &str| format!("import threading, time\nITEMS = range(24)\n\ndef task(n):\n    {body}\n");
    let spin = "end = time.thread_time() + 0.03\n    while time.thread_time() < end:\n        pass";
    let folder = Folder::with("spin.py", &python(spin));
    let states = |ran: &Ran| {
        let states = ran.lane("python/threads")["states_ns"].clone();
        let of = |state: &str| states[state].as_u64().unwrap_or_default();
        (of("compute"), of("wait-io"), of("wait-lock"))
    };
    let arguments = ["--lanes", "threads", "--workers", "3"];
    let ran = folder.run(&[&["spin.py"], &arguments[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let (compute, data, lock) = states(&ran);
    let said = format!("computing {compute}, data {data}, lock {lock}");
    // Three threads that compute for 30 ms wait for a switch interval of 5 ms again and again.
    assert!(compute >= 24 * 30_000_000 && lock * 4 > compute && data * 4 < lock, "{said}");
    assert!(ran.of("python/threads").contains("was seen from outside, "), "{}", ran.of("python/threads"));

    folder.write("spin.py", &python("time.sleep(0.02)"));
    let (compute, data, lock) = states(&folder.run(&[&["spin.py"], &arguments[..]].concat()));
    // What a task computes besides is the machine's: its clocks, and what else is running on it.
    assert!(data > compute && lock * 10 < data, "computing {compute}, data {data}, lock {lock}");
    // A lock of the program's own is none of the interpreter's.
    let held = "with LOCK:\n        time.sleep(0.01)\n\nLOCK = threading.Lock()";
    folder.write("spin.py", &python(held));
    let (compute, data, lock) = states(&folder.run(&[&["spin.py"], &arguments[..]].concat()));
    assert!(data > compute && lock * 10 < data, "computing {compute}, data {data}, lock {lock}");
}

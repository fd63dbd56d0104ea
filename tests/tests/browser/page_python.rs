//! CPython in the page: it comes to the answers that everybody comes to, nothing leads out of its frame, and whatever a program
//! does, it ends.

use lanes_core::{
    link,
    scenario::{Lane, Model, Place, Repeats, Scenario, presets::PRESETS},
};
use lanes_tests::{
    backend::Backend,
    browser::{Browser, scenario},
    hosts::{Manners, page},
    reference,
};
use serde_json::{Value, json};

/// The lanes of the page's CPython.
fn lanes() -> Vec<Lane> {
    Model::ALL.into_iter().filter(|model| Place::Pyodide.has(*model)).map(Lane::pyodide).collect()
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn presets_agree_with_native_code_in_the_pages_cpython() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    for preset in PRESETS {
        let scenario = Scenario { repeats: Repeats::Fixed(1), warmup: 0, lanes: lanes(), ..preset.scenario() };
        if scenario.check_place(Place::Pyodide).is_err() {
            continue;
        }
        let result = browser.run(&serde_json::to_value(&scenario).expect("plain data")).await.expect(preset.id);
        let checksum = reference::checksum(&scenario, &[]);
        for lane in result["lanes"].as_array().expect("lanes") {
            let name = format!("{}, {}", preset.id, lane["lane"]);
            assert_eq!(lane["ending"], "complete", "{name}: {lane:#}");
            assert_eq!(lane["checksum"], checksum, "{name}: {lane:#}");
            assert_eq!(lane["tasks"]["done"], scenario.tasks(), "{name}: {:#}", lane["tasks"]);
        }
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_host_that_sets_no_headers_is_enough() {
    let manners = Manners { headers: false, ..Manners::default() };
    let (browser, host) = (Browser::start().await, page(manners).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut value = scenario(12, json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 2000 } }]));
    value["lanes"] = json!(["browser/async", "pyodide/async", "pyodide/processes"]);
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!((&lane["ending"], &lane["agreement"]), (&json!("complete"), &json!("agrees")), "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_pages_cpython_runs_from_a_local_backend_beside_the_machines() {
    let (browser, backend) = (Browser::start().await, Backend::start());
    browser.open(&backend.link("?quiet")).await;
    browser.until("document.documentElement.dataset.backend === 'ready'").await;
    let mut value = scenario(12, json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 2000 } }]));
    value["lanes"] = json!(["native/async", "python/async", "pyodide/async", "pyodide/processes", "pyodide/hybrid"]);
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!((&lane["ending"], &lane["agreement"]), (&json!("complete"), &json!("agrees")), "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_the_pages_cpython_cannot_do_is_said() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let cases = [
        (json!([{ "fetch": { "from": "page" } }]), json!({}), "which no program in the page may"),
        (json!([{ "fetch": { "latency_ms": 1 } }]), json!({ "capacity": 2 }), "share no memory"),
    ];
    for (steps, server, said) in cases {
        let mut value = scenario(4, steps);
        value["lanes"] = json!(["pyodide/processes"]);
        value["lanes_scenario"] = json!(2);
        value["server"] = server;
        let result = browser.run(&value).await.expect("runs");
        let why = result["lanes"][0]["why"].as_str().unwrap_or_default().to_owned();
        assert!(why.contains(said), "{result:#}");
    }
}

/// A file of the user's own, with an item that fails.
const OWN: &str = "import time

ITEMS = range(8)

def task(item):
    time.sleep(0.05)
    if item == 5:
        raise ValueError('no five')
    return item * item
";

fn own(python: &str, lanes: &[Lane]) -> Scenario {
    let value = json!({
        "lanes_scenario": 2, "title": "Own", "lanes": lanes, "workers": 4, "concurrency": 4, "repeats": 1, "warmup": 0,
        "groups": [{ "tasks": 8, "steps": [{ "call": { "python": python } }] }],
    });
    Scenario::from_value(&value).expect("valid")
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_function_of_ones_own_runs_in_all_lanes_and_says_where_it_failed() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let scenario = own(OWN, &lanes());
    let result = browser.run(&serde_json::to_value(&scenario).expect("plain data")).await.expect("runs");
    let lanes = result["lanes"].as_array().expect("lanes");
    assert_eq!(lanes.len(), 5);
    for lane in lanes {
        assert_eq!((&lane["ending"], &lane["checksum"]), (&json!("complete"), &lanes[0]["checksum"]), "{lane:#}");
        assert_eq!((&lane["tasks"]["done"], &lane["tasks"]["failed"]), (&json!(7), &json!(1)), "{lane:#}");
        assert!(lane.to_string().contains("ValueError: no five (job.py, line 8, in task"), "{lane:#}");
    }
    let wall = |model: Model| {
        let lane = lanes.iter().find(|lane| lane["lane"] == json!(Lane::pyodide(model))).expect("it ran");
        lane["wall_ns"][0].as_u64().expect("a time")
    };
    // What blocks, blocks its thread alone: four at once.
    assert!(wall(Model::Threads) * 2 < wall(Model::Sequential), "{} {}", wall(Model::Threads), wall(Model::Sequential));
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_links_code_is_shown_and_never_runs_by_itself() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    let scenario = own(OWN, &[Lane::pyodide(Model::Sequential)]);
    browser.open(&link::url(&host.url, &scenario).expect("fits")).await;
    browser.until("window.lanes.scenario().title === 'Own'").await;
    browser.until("[...document.querySelectorAll('textarea')].some((area) => area.value.includes('no five'))").await;
    browser.idle().await;
    assert_eq!(browser.value("window.lanes.result()").await, Value::Null);
    assert_eq!(browser.value("document.querySelectorAll('iframe').length").await, json!(0), "not even loaded");
}

/// Tries every door that a script may know of, and says for each whether it opened. It stands in the place of what keeps the
/// interpreters, so it has what a program could come to have at the most: the frame itself, and a worker in it.
const DOORS: &str = r#"
const doors = (origin) => {
  const opened = (name, attempt) => new Promise((resolve) => {
    const done = (is) => resolve([name, is]);
    setTimeout(() => done(false), 4000);
    try {
      Promise.resolve(attempt(done)).then((value) => { if (value !== undefined) done(Boolean(value)); }, () => done(false));
    } catch { done(false); }
  });
  const isHere = (name) => name in self;
  return Promise.all([
    opened("fetch of the page's host", () => fetch(origin + "index.html").then(() => true)),
    opened("fetch without CORS", () => fetch(origin + "api/hello", { mode: "no-cors" }).then(() => true)),
    opened("XMLHttpRequest", (done) => { const x = new XMLHttpRequest(); x.open("GET", origin); x.onload = () => done(true); x.onerror = () => done(false); x.send(); }),
    opened("WebSocket", (done) => { const s = new WebSocket(origin.replace("http", "ws")); s.onopen = () => done(true); s.onerror = () => done(false); }),
    opened("EventSource", (done) => { const s = new EventSource(origin); s.onopen = () => done(true); s.onerror = () => done(false); }),
    opened("WebTransport", () => isHere("WebTransport") ? new WebTransport(origin.replace("http:", "https:")).ready.then(() => true) : false),
    opened("a beacon", () => Boolean(navigator.sendBeacon) && navigator.sendBeacon(origin + "api/hello") && false),
    opened("import of the host's script", () => import(origin + "boot.js").then(() => true)),
    opened("a worker from the host", (done) => { const w = new Worker(origin + "worker.js"); w.onerror = () => done(false); w.onmessage = () => done(true); }),
    opened("localStorage", () => isHere("localStorage") && localStorage.length >= 0),
    opened("sessionStorage", () => isHere("sessionStorage") && sessionStorage.length >= 0),
    opened("IndexedDB", (done) => { const r = indexedDB.open("x"); r.onsuccess = () => done(true); r.onerror = () => done(false); }),
    opened("the cache", () => isHere("caches") ? caches.open("lanes-python").then(() => true) : false),
    opened("private files", () => navigator.storage?.getDirectory ? navigator.storage.getDirectory().then(() => true) : false),
    opened("cookies", () => isHere("document") ? (document.cookie = "a=b", document.cookie !== "") : isHere("cookieStore") ? cookieStore.set("a", "b").then(() => true) : false),
    opened("a lock of the page's", () => navigator.locks ? navigator.locks.query().then((all) => all.held.length > 0) : false),
    opened("the page's document", () => isHere("parent") && self !== parent && Boolean(parent.document)),
    opened("the page's variables", () => isHere("parent") && self !== parent && Boolean(parent.lanes)),
    opened("moving the page", () => isHere("top") && self !== top ? (top.location = "about:blank", false) : false),
    opened("a new window", () => isHere("open") ? Boolean(self.open("about:blank")) : false),
    opened("eval", () => (0, eval)("true")),
    opened("an image", (done) => { if (!isHere("Image")) return false; const i = new Image(); i.onload = () => done(true); i.onerror = () => done(false); i.src = origin + "favicon.ico"; }),
    opened("the page's channel", (done) => { const c = new BroadcastChannel("test-of-the-doors"); c.onmessage = () => done(true); c.postMessage("?"); setTimeout(() => done(false), 1000); }),
    opened("a service worker", () => navigator.serviceWorker ? navigator.serviceWorker.register(origin + "sw.js").then(() => true) : false),
  ]);
};
self.lanesBegin = async (port) => {
  port.onmessage = async ({ data }) => {
    const own = await doors(data.origin);
    const script = `const doors = ${doors}; onmessage = async ({ data }) => postMessage(await doors(data));`;
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    worker.onmessage = ({ data }) => port.postMessage({ own, inWorker: data, origin: self.origin, isolated: crossOriginIsolated });
    worker.postMessage(data.origin);
  };
};
"#;

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn no_door_leads_out_of_the_frame() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let script = format!(
        "(async () => {{
            const channel = new BroadcastChannel('test-of-the-doors');
            channel.onmessage = () => channel.postMessage('!');
            const host = await import(new URL('pyodide/host.js', document.baseURI));
            const {{ port }} = await host.sandbox({});
            port.onmessage = ({{ data }}) => {{ window.testDoors = data; }};
            port.postMessage({{ origin: document.baseURI.replace(/[^/]*$/, '') }});
        }})(), 0",
        json!(DOORS)
    );
    browser.value(&script).await;
    browser.until("window.testDoors !== undefined").await;
    let tried = browser.value("window.testDoors").await;
    assert_eq!((&tried["origin"], &tried["isolated"]), (&json!("null"), &json!(true)), "{tried:#}");
    for (place, least) in [("own", 24), ("inWorker", 24)] {
        let doors = tried[place].as_array().expect("doors");
        assert_eq!(doors.len(), least, "{place}");
        let open: Vec<&Value> = doors.iter().filter(|door| door[1] != json!(false)).collect();
        assert!(open.is_empty(), "{place}: {open:?}");
    }
    assert!(browser.value("document.baseURI").await.as_str().is_some_and(|at| at.starts_with(&host.url)), "moved");
}

/// Runs a program in the page's CPython, whatever it is, and gives back what was said of it.
async fn said_of(browser: &Browser, program: &str, ends_after_ms: Option<u32>) -> Value {
    let end = ends_after_ms.map_or(String::new(), |ms| format!("setTimeout(() => window.testPython.end(), {ms});"));
    let model = if program.contains("thread") { "threads" } else { "sequential" };
    let run = format!("testPython.run('lanes_job_test', {}, '{model}', false, 1000)", json!(program));
    browser.value(&format!("window.testSaid = [], {run}, 0")).await;
    browser.value(&format!("(() => {{ {end} }})(), 0")).await;
    let over = "window.testSaid.some((said) => ['over', 'ended', 'lost', 'broken', 'flood'].includes(said.kind))";
    browser.until(over).await;
    browser.value("window.testSaid").await
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn whatever_a_program_does_it_ends_and_the_next_one_runs() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let start = "(async () => {
        const host = await import(new URL('pyodide/host.js', document.baseURI));
        window.testPython = await host.start(() => {}, (said) => window.testSaid.push(...said));
    })(), 0";
    browser.value(start).await;
    browser.until("window.testPython !== undefined").await;
    let cases = [
        ("def run():\n    while True:\n        pass\n", Some(300), "ended"),
        ("def run():\n    return sum(range(10**12))\n", Some(300), "ended"),
        (
            "def run():\n    while True:\n        try:\n            pass\n        except BaseException:\n            pass\n",
            Some(300),
            "ended",
        ),
        ("import time\ndef run():\n    time.sleep(10**6)\n", Some(300), "ended"),
        ("def run():\n    all = []\n    while True:\n        all.append(bytearray(10**7))\n", None, "MemoryError"),
        ("def run():\n    return run()\n", None, "RecursionError"),
        ("import sys\ndef run():\n    sys.setrecursionlimit(10**8)\n    return run()\n", None, ""),
        ("def run():\n    for _ in range(10**6):\n        print('x' * 100)\n    return 0\n", None, "more than 1 MiB"),
        ("import sys\ndef run():\n    sys.exit(3)\n", None, "SystemExit: 3"),
        ("def run():\n    return len(input())\n", None, "EOFError"),
        ("import asyncio\nasync def run():\n    await asyncio.Event().wait()\n", None, "nothing left to wait for"),
        (
            "from threading import *\ndef spin():\n    while True:\n        pass\ndef run():\n    Thread(target=spin).start()\n    spin()\n",
            Some(500),
            "ended",
        ),
        (
            "import threading\ndef run():\n    threading.Lock().acquire()\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n",
            None,
            "every thread waits",
        ),
        (
            "import _thread as t\nimport threading\ndef run():\n    threading.Thread(target=t.exit).start()\n    return 42\n",
            None,
            "2a",
        ),
        ("import multiprocessing\ndef run():\n    multiprocessing.Queue()\n", None, "python/processes has it"),
        ("import numpy\n", None, "No module named 'numpy'"),
        ("def run(:\n", None, "SyntaxError"),
        (
            "import js\ndef run():\n    for _ in range(10**6):\n        js.postMessage('x' * 100)\n    return 0\n",
            Some(4000),
            "",
        ),
    ];
    for (program, ends_after_ms, words) in cases {
        let said = said_of(&browser, program, ends_after_ms).await.to_string();
        assert!(said.contains(words), "{program}\n{}", said.chars().take(2000).collect::<String>());
        let next = said_of(&browser, "def run():\n    return 42\n", None).await.to_string();
        assert!(next.contains(r#"\"checksum\": \"000000000000002a\""#), "after {program}\n{next}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn forty_runs_in_a_row_leave_no_memory_behind() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    // As many logs of threads as there can be workers, and a lock that changes hands all the time.
    let mut value = scenario(200, json!([{ "fetch": { "latency_ms": 0 } }, { "compute": { "size": 500 } }]));
    value["lanes"] = json!(["pyodide/threads"]);
    (value["workers"], value["warmup"], value["gil_switch_ms"]) = (json!(16), json!(0), json!(0.1));
    let mut peaks = Vec::new();
    for repeats in [3, 40] {
        value["repeats"] = json!(repeats);
        let result = browser.run(&value).await.expect("runs");
        let lane = &result["lanes"][0];
        assert_eq!((&lane["ending"], &lane["tasks"]["done"]), (&json!("complete"), &json!(200)), "{lane:#}");
        peaks.push(lane["peak_rss_bytes"].as_f64().expect("a size"));
    }
    assert!(peaks[1] <= peaks[0] * 1.1, "{peaks:?}");
}

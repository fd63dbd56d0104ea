//! Requests of programs in the page's CPython: who blocks and who goes on meanwhile, where they may lead and where not, and the
//! programs of every guide, which all lanes run alike.

use std::collections::BTreeMap;

use lanes_core::scenario::{
    Lane, Model, Place, Scenario,
    articles::{ARTICLES, Standing, WhatIf},
};
use lanes_tests::{
    browser::Browser,
    hosts::{Host, Manners, page, troublesome},
};
use serde_json::{Value, json};

async fn open() -> (Browser, Host) {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    (browser, host)
}

/// The lanes that a scenario came to, by their names.
async fn run(browser: &Browser, scenario: &Value) -> BTreeMap<String, Value> {
    let result = browser.run(scenario).await.expect("runs");
    let lanes = result["lanes"].as_array().expect("lanes").iter();
    lanes.map(|lane| (lane["lane"].as_str().expect("a name").to_owned(), lane.clone())).collect()
}

fn own(python: &str, tasks: u32, call: &Value, lanes: &[Model]) -> Value {
    let mut call = call.clone();
    call["python"] = json!(python);
    json!({
        "lanes_scenario": 2, "title": "Own", "workers": 6, "concurrency": 12, "repeats": 1, "warmup": 0,
        "lanes": lanes.iter().map(|model| Lane::pyodide(*model)).collect::<Vec<_>>(),
        "groups": [{ "tasks": tasks, "steps": [{ "call": call }] }],
    })
}

fn wall_ms(lane: &Value) -> f64 {
    lane["wall_ns"][0].as_f64().unwrap_or_else(|| panic!("it has no time: {lane:#}")) / 1e6
}

fn all_done(lanes: &BTreeMap<String, Value>) {
    let first = lanes.values().next().expect("a lane");
    for lane in lanes.values() {
        assert_eq!((&lane["ending"], &lane["tasks"]["failed"]), (&json!("complete"), &json!(0)), "{lane:#}");
        assert_eq!(lane["checksum"], first["checksum"], "{lane:#}");
    }
}

/// One request, by a call that blocks, and by a coroutine that does not. Long enough that a busy machine changes no ratio.
const ASK: &str = "import aiohttp
import requests

ITEMS = [f'https://answers.test/?ms=1500&bytes=300&seed={n}' for n in range(6)]


def task(url):
    response = requests.get(url, timeout=60)
    response.raise_for_status()
    assert response.status_code == 200 and response.headers['content-type'] == 'text/plain'
    return response.text


async def task_async(url):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=6)) as session:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=60)) as response:
            response.raise_for_status()
            return await response.text()
";

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_blocks_blocks_its_thread_alone() {
    let (browser, _host) = open().await;
    let scenario = own(ASK, 6, &json!({}), &[Model::Sequential, Model::Threads, Model::Hybrid]);
    let lanes = run(&browser, &scenario).await;
    all_done(&lanes);
    let [alone, threads, hybrid] =
        ["sequential", "threads", "hybrid"].map(|model| wall_ms(&lanes[&format!("pyodide/{model}")]));
    assert!(alone >= 9_000.0, "six of 1.5 s, one after another: {alone} ms");
    assert!(threads * 5.0 <= alone, "{threads} ms on threads, {alone} ms one after another");
    assert!(hybrid * 4.0 <= alone, "{hybrid} ms on an event loop's threads, {alone} ms one after another");
    // Who waits for the network is seen to.
    for lane in lanes.values() {
        let waits_ms = lane["states_ns"]["wait-io"].as_f64().unwrap_or_default() / 1e6;
        assert!(waits_ms >= 8_900.0, "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_coroutine_that_awaits_lets_the_others_go_on_and_one_that_blocks_does_not() {
    let (browser, _host) = open().await;
    let awaits = own(ASK, 6, &json!({ "coroutine": "task_async" }), &[Model::Async, Model::Sequential]);
    let lanes = run(&browser, &awaits).await;
    all_done(&lanes);
    let waits = wall_ms(&lanes["pyodide/async"]);
    let is_asked = ASK.find("    async with").expect("there");
    let blocking = format!("{}    return task(url)\n", &ASK[..is_asked]);
    let blocks = own(&blocking, 6, &json!({ "coroutine": "task_async" }), &[Model::Async]);
    let lanes = run(&browser, &blocks).await;
    all_done(&lanes);
    let stands = &lanes["pyodide/async"];
    assert!(wall_ms(stands) >= 9_000.0, "six of 1.5 s, one after another: {stands:#}");
    assert!(waits * 4.0 <= wall_ms(stands), "{waits} ms awaited, {} ms blocked", wall_ms(stands));
    let said = stands["notes"].to_string();
    assert!(said.contains("job.py, line 8, in task blocks the event loop: 6 times"), "{said}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_programs_of_every_guide_come_to_the_same_in_all_lanes_whatever_is_asked_of_them() {
    let (browser, _host) = open().await;
    for article in &ARTICLES {
        let draft = serde_json::to_value(article.scenario()).expect("plain data");
        let lanes = run(&browser, &draft).await;
        assert_eq!(lanes.len(), Model::ALL.iter().filter(|model| Place::Pyodide.has(**model)).count());
        all_done(&lanes);
        for what_if in WhatIf::of(&draft) {
            let Standing::Not(mut edited) = what_if.standing(&draft) else { panic!("{what_if:?}") };
            // What they come to in the others is what they came to above.
            edited["lanes"] = json!(["pyodide/sequential", "pyodide/async", "pyodide/threads"]);
            all_done(&run(&browser, &edited).await);
        }
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn an_article_is_chosen_changed_by_a_click_and_back_by_another() {
    let (browser, _host) = open().await;
    let click = |css: &str, words: &str| {
        format!(
            "[...document.querySelectorAll({})].find((one) => one.textContent.includes({})).click()",
            json!(css),
            json!(words)
        )
    };
    browser.value(&format!("{}, 0", click(".preset", "A pool of threads with requests"))).await;
    browser.until("document.querySelector('.own-code')?.value.includes('requests.get')").await;
    browser.until("document.body.innerText.includes('This code comes with Lanes')").await;
    browser.until("document.querySelectorAll('.what-ifs button').length === 3").await;
    browser.value(&format!("{}, 0", click(".what-ifs button", "computes instead"))).await;
    browser.until("document.querySelector('.own-code').value.includes('number * number')").await;
    browser.until("document.querySelector('.what-ifs button').ariaPressed === 'true'").await;
    assert_eq!(browser.value("document.querySelectorAll('.what-ifs button:disabled').length").await, json!(1));
    browser.value(&format!("{}, 0", click(".what-ifs button", "computes instead"))).await;
    browser.until("document.querySelector('.own-code').value.includes('requests.get')").await;
    browser.value(&format!("{}, 0", click(".what-ifs button", "12 threads"))).await;
    browser.until("window.lanes.scenario().workers === 12").await;
    browser.value(&format!("{}, 0", click(".what-ifs button", "12 threads"))).await;
    browser.until("window.lanes.scenario().workers === 6").await;
    browser.until("document.querySelectorAll('.what-ifs button:disabled').length === 0").await;
    let now = browser.value("window.lanes.scenario()").await;
    assert_eq!(Scenario::from_value(&now), Ok(ARTICLES[1].scenario()), "as it was");
}

/// Tries to reach what no program in the page may, and what is not there; each item is a door, and what is said of it.
const DOORS: &str = r#"
import asyncio
import json
import socket
import urllib.parse
import urllib.request

import aiohttp
import requests

OWN = "OWN_URL"
HEADERS = {"Authorization": "Bearer x"}
ITEMS = [
    ("the page itself", lambda: requests.get(OWN + "index.html")),
    ("the backend", lambda: requests.get(OWN + "api/hello")),
    ("the page's own simulated answers", lambda: requests.get(OWN + "sim/?ms=0")),
    ("a file", lambda: urllib.request.urlopen("file:///lanes/lanes_page.py") and requests.get("file:///etc/passwd")),
    ("data", lambda: requests.get("data:text/plain,hello")),
    ("a blob", lambda: requests.get("blob:" + OWN + "x")),
    ("this machine", lambda: requests.get("http://127.0.0.1:1/")),
    ("this machine by another name", lambda: requests.get("http://localhost:1/")),
    ("a private address", lambda: requests.get("http://192.168.0.1/")),
    ("a stranger", lambda: requests.get("https://example.com/")),
    ("a name that begins so", lambda: requests.get("https://answers.test.example.com/")),
    ("a name in front of it", lambda: requests.get("https://answers.test@example.com/")),
    ("another port", lambda: requests.get("https://answers.test:8443/")),
    ("a post", lambda: requests.post("https://answers.test/")),
    ("a header of its own", lambda: requests.get("https://answers.test/", headers=HEADERS)),
    ("a giant body", lambda: requests.get("https://answers.test/?bytes=2000000000")),
    ("for ever", lambda: requests.get("https://answers.test/?ms=1e12")),
    ("too late", lambda: requests.get("https://answers.test/?ms=30000", timeout=0.2)),
    ("no address", lambda: requests.get("https://")),
    ("aiohttp", lambda: asyncio.run(ask(OWN))),
    ("urllib", lambda: urllib.request.urlopen(OWN)),
    ("another package", lambda: __import__("numpy")),
    ("another part", lambda: requests.adapters),
    ("a socket", lambda: by_socket(urllib.parse.urlsplit(OWN))),
]


async def ask(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            return response.status


def by_socket(at):
    with socket.create_connection((at.hostname, at.port), 1) as there:
        there.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return there.recv(100)


def run():
    for name, attempt in ITEMS:
        try:
            print("DOOR", json.dumps([name, "OPEN", str(attempt())]))
        except Exception as error:
            print("DOOR", json.dumps([name, type(error).__name__, str(error)]))
    return 42
"#;

/// Runs a program in the page's CPython, whatever it is, and gives back all that it printed.
async fn printed(browser: &Browser, program: &str, named: &[String]) -> String {
    let start = "(async () => {
        const host = await import(new URL('pyodide/host.js', document.baseURI));
        window.testPython ??= await host.start(() => {}, (said) => window.testSaid.push(...said));
    })(), 0";
    browser.value(&format!("window.testSaid = [], {start}")).await;
    browser.until("window.testPython !== undefined").await;
    let names = format!("testPython.names({})", json!(named));
    let run = format!("testPython.run('lanes_job_test', {}, 'sequential', false, 1000)", json!(program));
    browser.value(&format!("{names}, {run}, 0")).await;
    browser
        .until("window.testSaid.some((said) => ['over', 'ended', 'lost', 'broken', 'flood'].includes(said.kind))")
        .await;
    let all = "window.testSaid.map((said) => said.text ?? said.why ?? said.kind).join('')";
    browser.text(all).await
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn no_request_leads_anywhere_but_where_the_page_lets_it() {
    let (browser, host) = open().await;
    let said = printed(&browser, &DOORS.replace("OWN_URL", &host.url), &[]).await;
    let doors: Vec<(String, String, String)> = said
        .lines()
        .filter_map(|line| line.split_once("DOOR "))
        .map(|(_, line)| serde_json::from_str(line).expect("as it is written"))
        .collect();
    assert_eq!(doors.len(), 24, "{said}");
    for (name, kind, why) in doors {
        let (kinds, words) = match name.as_str() {
            "the page itself" | "the backend" | "the page's own simulated answers" | "a blob" => {
                ("ConnectionError", "is the page itself")
            }
            "a post" => ("ConnectionError", "GET alone"),
            "a header of its own" => ("ConnectionError", "the header Authorization"),
            "a giant body" => ("ConnectionError", "bytes is a number from 0 to 16777216"),
            "for ever" => ("ConnectionError", "ms is a number from 0 to 60000"),
            "too late" => ("ReadTimeout", "within 0.2 s"),
            "no address" => ("ConnectionError", "is not an address"),
            "aiohttp" => ("ClientConnectorError", "is the page itself"),
            "urllib" => ("URLError", "is the page itself"),
            "another package" => ("ModuleNotFoundError", "aiohttp and requests"),
            "another part" => ("AttributeError", "it is what a GET needs"),
            "a socket" => ("Error", ""),
            _ => {
                ("ConnectionError", "programs reach https://answers.test/ and the addresses that their scenario names")
            }
        };
        assert!(kind.contains(kinds) && why.contains(words), "{name}: {kind}: {why}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn ten_thousand_requests_at_once_are_limited_and_the_page_goes_on() {
    let (browser, _host) = open().await;
    let program = "
import lanes_network
def run():
    url = 'https://answers.test/?ms=3000'
    asked = [lanes_network.Request('GET', url, {}) for _ in range(10_000)]
    came = [0, 0]
    for request in asked:
        lanes_network.wait(request, None)
        try:
            came[request.answer().status == 200] += 1
        except lanes_network.NotAnswered as error:
            assert 'more than 1000 requests at once' in str(error), error
            came[0] += 1
    print('CAME', came)
    return 42
";
    let said = printed(&browser, program, &[]).await;
    assert!(said.contains("CAME [9000, 1000]"), "{said}");
    let next = printed(&browser, "def run():\n    return 42\n", &[]).await;
    assert!(next.contains("000000000000002a"), "{next}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_scenario_that_names_addresses_runs_there_too_and_only_they_are_asked() {
    let (browser, host) = open().await;
    let other = troublesome().await;
    let at = |path: &str| format!("{}{path}", other.url);
    let scenario = json!({
        "lanes_scenario": 2, "title": "Named", "workers": 2, "concurrency": 4, "repeats": 1, "warmup": 0,
        "lanes": ["browser/async", "pyodide/sequential", "pyodide/async", "pyodide/threads", "pyodide/processes"],
        "groups": [{ "tasks": 6, "steps": [{ "fetch": { "from": [at("good")] } }] }],
    });
    all_done(&run(&browser, &scenario).await);
    let program = "
import json
import requests
def run():
    for url in json.loads(URLS):
        try:
            print('ASKED', requests.get(url).status_code, url)
        except requests.RequestException as error:
            print('ASKED', error, url)
    return 42
";
    let urls = [at("good"), at("broken"), at("hang"), at("away"), at("private"), host.url.clone()];
    let program = program.replace("URLS", &format!("{:?}", json!(urls).to_string()));
    let named = [at("good"), at("broken"), at("away"), at("private"), host.url.clone()];
    let said = printed(&browser, &program, &named).await;
    let asked: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once("ASKED ")?.1)).collect();
    let words = [
        "200",
        "500",
        "cannot be reached; in the page",
        "redirects to another",
        "cannot be asked",
        "is the page itself",
    ];
    assert_eq!(asked.len(), words.len(), "{said}");
    for (line, words) in asked.iter().zip(words) {
        assert!(line.contains(words), "{words}: {line}");
    }
}

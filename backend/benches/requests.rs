//! Real requests to the test endpoint, beside the clients that people use, measured in one run: ratios, printed as
//! Markdown. `cargo bench -p lanes-backend --bench requests`
//!
//! The same server answers everybody. aiohttp comes from the environment that `./dev setup` makes, `oha` from PATH;
//! what is missing is said and left out.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use lanes_backend::runner::{CancelToken, Options, Runner, ServerLink};
use lanes_core::{
    api::TOKEN_PART,
    report::Ending,
    scenario::{Lane, Model, ValidScenario},
};

/// How often each is measured, in turn; the best counts, because whatever else runs only ever adds.
const ROUNDS: usize = 5;

/// What a Python program does that gathers requests with aiohttp, with its wall time at the end: that of the requests
/// alone, without starting or importing anything.
const AIOHTTP: &str = "
import asyncio, sys, time
import aiohttp

async def main(url, token, requests, concurrency):
    limit = asyncio.Semaphore(concurrency)
    headers = {'Authorization': 'Bearer ' + token}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:
        async def get():
            async with limit, session.get(url) as answer:
                answer.raise_for_status()
                return await answer.read()
        started = time.perf_counter()
        await asyncio.gather(*(get() for _ in range(requests)))
        print(time.perf_counter() - started)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
";

struct Server {
    child: Child,
    link: ServerLink,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanes"))
        .args(["serve", "--bind", "127.0.0.1:0", "--no-open", "--no-page"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("lanes can be started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let link = line.split_whitespace().find(|word| word.contains(TOKEN_PART)).expect("a link");
    Server { child, link: ServerLink::read(link) }
}

/// Wall time of a run, in seconds.
fn lane(server: &Server, model: Model, requests: u32, concurrency: u32, workers: u32) -> f64 {
    let scenario = ValidScenario::from_json(&format!(
        r#"{{"lanes_scenario":1,"concurrency":{concurrency},"workers":{workers},"groups":[{{"tasks":{requests},
            "steps":[{{"fetch":{{"from":"server","latency_ms":50,"bytes":2048}}}}]}}]}}"#
    ))
    .expect("valid");
    let mut runner = Runner::new(Options { server: Some(server.link.clone()), ..Options::default() });
    let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
    assert_eq!(
        (report.ending, report.tasks.done),
        (Ending::Complete, requests.into()),
        "{:?}",
        report.workers[0].failures
    );
    report.wall_ns as f64 / 1e9
}

fn url(server: &Server) -> String {
    format!("{}api/body?ms=50&bytes=2048&seed=1", server.link.base)
}

fn token(server: &Server) -> &str {
    server.link.token.as_deref().expect("the server has one")
}

fn aiohttp(server: &Server, requests: u32, concurrency: u32) -> Option<f64> {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python");
    let (requests, concurrency) = (requests.to_string(), concurrency.to_string());
    let arguments = ["-c", AIOHTTP, &url(server), token(server), &requests, &concurrency];
    let output = Command::new(python).args(arguments).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Wall time as `oha` takes it.
fn oha(server: &Server, requests: u32, concurrency: u32) -> Option<f64> {
    let output = Command::new("oha")
        .args(["--no-tui", "--output-format", "json", "-n", &requests.to_string(), "-c", &concurrency.to_string()])
        .args(["-H", &format!("Authorization: Bearer {}", token(server)), &url(server)])
        .output()
        .ok()?;
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    (summary["summary"]["successRate"] == 1.0).then(|| summary["summary"]["total"].as_f64())?
}

fn best(mut measured: Vec<Option<f64>>) -> Option<f64> {
    measured.retain(Option::is_some);
    measured.into_iter().flatten().reduce(f64::min)
}

fn main() {
    let server = serve();
    println!(
        "| requests of 50 ms | at once | who | best of {ROUNDS} | against native/async |\n| ---: | ---: | --- | ---: | ---: |"
    );
    for (requests, concurrency) in [(1_000, 1_000), (10_000, 1_000)] {
        let mut all: Vec<(&str, Vec<Option<f64>>)> =
            ["native/async", "native/threads, 64 workers", "aiohttp", "oha"].map(|name| (name, Vec::new())).into();
        for _ in 0..ROUNDS {
            all[0].1.push(Some(lane(&server, Model::Async, requests, concurrency, 1)));
            all[1].1.push((requests < 2_000).then(|| lane(&server, Model::Threads, requests, concurrency, 64)));
            all[2].1.push(aiohttp(&server, requests, concurrency));
            all[3].1.push(oha(&server, requests, concurrency));
        }
        let ours = best(all[0].1.clone()).expect("measured");
        for (name, walls) in all {
            match best(walls) {
                Some(wall) => {
                    println!("| {requests} | {concurrency} | {name} | {:.1} ms | {:.2} |", wall * 1e3, wall / ours)
                }
                None => println!("| {requests} | {concurrency} | {name} | not measured | |"),
            }
        }
    }
}

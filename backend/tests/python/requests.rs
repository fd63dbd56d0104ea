//! Real requests from CPython: answers, failures, and where they may not lead. Needs the project's own environment, with
//! aiohttp and requests.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use lanes_backend::runner::{CancelToken, Options, PythonOptions, Runner, ServerLink};
use lanes_core::{
    report::{Ending, RunReport},
    scenario::{Lane, Model, ValidScenario},
    trace::{Span, State},
};
use libtest_mimic::Trial;

use crate::{scenario, trial};

const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("real_requests_are_made_and_their_failures_counted", alike).with_ignored_flag(own_python().is_none()),
        trial("real_answers_that_wait_for_a_busy_loop_are_queued", busy_loop).with_ignored_flag(own_python().is_none()),
        trial("a_redirect_does_not_lead_home", redirected).with_ignored_flag(own_python().is_none()),
        trial("strangers_addresses_are_refused_before_anything_runs", refused),
    ]
}

/// The interpreter that `./dev setup` makes an environment for.
pub fn own_python() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python"));
    Some(path).filter(|path| path.exists())
}

fn runner(change: impl FnOnce(&mut Options)) -> Runner {
    let python = PythonOptions { interpreters: own_python().into_iter().collect(), ..PythonOptions::default() };
    let mut options = Options { python, ..Options::default() };
    change(&mut options);
    Runner::new(options)
}

/// A server on this machine that counts who comes; `/api/body` leads to `elsewhere`.
struct Server {
    base: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(elsewhere: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}/", listener.local_addr().expect("bound"));
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, elsewhere) = (Arc::clone(&asked), elsewhere.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Relaxed);
                let elsewhere = elsewhere.clone();
                std::thread::spawn(move || serve(&stream, &elsewhere));
            }
        });
        Self { base, asked }
    }
}

fn serve(stream: &TcpStream, elsewhere: &str) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let path = request.split(' ').nth(1).unwrap_or_default();
        let answer = match path.split('?').next().unwrap_or_default() {
            "/ok" => "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world".to_owned(),
            "/api/body" => format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}ok\r\ncontent-length: 0\r\n\r\n"),
            _ => "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n".to_owned(),
        };
        let mut to = stream;
        if to.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn run(runner: &mut Runner, scenario: &ValidScenario, lane: Lane) -> RunReport {
    runner.run_lane(scenario, lane, 1, &CancelToken::new(), &|_| {})
}

fn alike() {
    let Server { base, asked } = Server::start("");
    let json = format!(
        r#"{{"lanes_scenario":1,"workers":2,"concurrency":4,"groups":[{{"tasks":8,"steps":[
            {{"fetch":{{"from":["{base}ok","{base}gone"],"timeout_ms":20000}}}}]}}]}}"#
    );
    let scenario = scenario(&json);
    let mut runner = runner(|options| options.allow_private = true);
    let native = run(&mut runner, &scenario, Lane::native(Model::Async)).total();
    assert_eq!((native.done, native.failed), (4, 4));
    for model in MODELS {
        let before = asked.load(Relaxed);
        let report = run(&mut runner, &scenario, Lane::python(model));
        assert_eq!(report.ending, Ending::Complete, "{model:?}: {:?}", report.notes);
        let total = report.total();
        assert_eq!((total.done, total.failed, total.checksum), (4, 4, native.checksum), "{model:?}");
        assert_eq!(total.fetched_bytes, 4 * 11, "{model:?}");
        assert!(total.failures[0].why.contains("404"), "{model:?}: {:?}", total.failures);
        assert!(asked.load(Relaxed) > before, "{model:?}");
    }
}

/// All answers come at once, and the loop computes with each in turn: the others wait for it, not for the network.
fn busy_loop() {
    let Server { base, .. } = Server::start("");
    let job = scenario(&format!(
        r#"{{"lanes_scenario":1,"concurrency":8,"groups":[{{"tasks":8,"steps":[
            {{"fetch":{{"from":["{base}ok"],"timeout_ms":20000}}}},{{"compute":{{"kernel":"primes","size":100000}}}}]}}]}}"#
    ));
    let spans = RefCell::new(Vec::<Span>::new());
    let mut runner = runner(|options| options.allow_private = true);
    let report = runner.run_lane(&job, Lane::python(Model::Async), 1, &CancelToken::new(), &|frame| {
        spans.borrow_mut().extend(frame.spans.iter().filter(|_| frame.run == 1));
    });
    assert_eq!((&report.ending, report.total().done), (&Ending::Complete, 8), "{:?}", report.notes);
    let total = report.total();
    let [computing, queued] = [State::Compute, State::Queued].map(|state| total.state_ns(state));
    // Every answer waits for those in front of it, except those that were read in an earlier round of the loop.
    assert!(queued > computing / 8, "{queued} ns queued, {computing} ns computing: {:?}", spans.into_inner());
    assert!(report.notes.iter().any(|note| note.contains("the event loop was busy for")), "{:?}", report.notes);
}

/// The server of Lanes may be asked, wherever it is; what it redirects to is a stranger's address like any other.
fn redirected() {
    let home = Server::start("");
    let server = Server::start(&home.base);
    let scenario = scenario(
        r#"{"lanes_scenario":1,"workers":2,"groups":[{"tasks":4,"steps":[{"fetch":{"from":"server","latency_ms":1}}]}]}"#,
    );
    let link = ServerLink { base: server.base.clone(), token: None };
    let mut strict = runner(|options| options.server = Some(link.clone()));
    for model in MODELS {
        let report = run(&mut strict, &scenario, Lane::python(model));
        let total = report.total();
        assert_eq!((total.done, total.failed), (0, 4), "{model:?}: {report:?}");
        assert!(total.failures[0].why.contains("not on the public internet"), "{model:?}: {:?}", total.failures);
        assert_eq!(home.asked.load(Relaxed), 0, "{model:?}");
    }
    assert!(server.asked.load(Relaxed) > 0);
    // The same where it is allowed, so that it is the policy which keeps them out.
    let mut open = runner(|options| (options.server, options.allow_private) = (Some(link), true));
    assert_eq!(run(&mut open, &scenario, Lane::python(Model::Threads)).total().done, 4);
    assert!(home.asked.load(Relaxed) > 0);
}

fn refused() {
    let home = Server::start("");
    let port = home.base.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "127.1"] {
        let scenario = scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":2,"steps":[{{"fetch":{{"from":["http://{host}:{port}/ok"]}}}}]}}]}}"#
        ));
        let report = run(&mut runner(|_| {}), &scenario, Lane::python(Model::Threads));
        assert_eq!(report.total().done, 0, "{host}");
        assert!(matches!(&report.ending, Ending::Broken(_)) || report.total().failed == 2, "{host}: {report:?}");
    }
    assert_eq!(home.asked.load(Relaxed), 0);
}

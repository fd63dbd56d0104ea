//! Real requests, blocking and on the loop: the same answers, limits and sentences.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
};

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use lanes_backend::runner::CancelToken;
use lanes_core::{
    report::Ending,
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("requests_end_alike_in_all_lanes", alike),
        trial("a_simulated_answer_that_is_too_slow_times_out_in_all_lanes", simulated),
        trial("the_server_of_lanes_is_asked_at_its_own_address", own),
        trial("no_way_of_writing_this_machine_leads_to_it", kept_out),
    ]
}

/// A server that says what its paths say, for as long as the tests run.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(&stream));
        }
    });
    base
}

/// An answer with these headers and this body.
fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("into memory")
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("into memory")
}

const HELLO: &[u8] = b"hello world";

fn serve(stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        let mut wants_identity = false;
        for line in lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()) {
            wants_identity |= line.eq_ignore_ascii_case("accept-encoding: identity");
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let mut to = stream;
        let moved = |location: &str| format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let sent = match path.split('?').next().unwrap_or_default() {
            "/ok" | "/api/body" if !wants_identity => to.write_all(b"HTTP/1.1 406 No\r\ncontent-length: 0\r\n\r\n"),
            "/ok" | "/api/body" => to.write_all(&answer("", HELLO)),
            // Compress whatever was asked for.
            "/gzip" => to.write_all(&answer("content-encoding: gzip\r\n", &gzip(HELLO))),
            "/deflate" => to.write_all(&answer("content-encoding: deflate\r\n", &zlib(HELLO))),
            "/bomb" => to.write_all(&answer("content-encoding: gzip\r\n", &gzip(&vec![b'x'; (16 << 20) + 1]))),
            "/brotli" => to.write_all(&answer("content-encoding: br\r\n", HELLO)),
            "/moved" => to.write_all(moved("ok").as_bytes()),
            "/query" if path.contains("to=ok") => to.write_all(moved("ok").as_bytes()),
            "/query" => to.write_all(moved("?to=ok&from=https://a/").as_bytes()),
            "/login" => to.write_all(moved("ok?next=https://a/").as_bytes()),
            "/away" => to.write_all(b"HTTP/1.1 302 Found\r\nlocation: ftp://a/\r\ncontent-length: 0\r\n\r\n"),
            "/round" => to.write_all(moved("/round").as_bytes()),
            "/broken" => to.write_all(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"),
            // Its head, and of its body less than it says.
            "/half" => to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nhello world"),
            "/endless" => {
                let begun = to.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                begun.and_then(|()| {
                    loop {
                        to.write_all(&[b'x'; 65_536])?;
                    }
                })
            }
            // Never answers.
            _ => continue,
        };
        if sent.is_err() {
            return;
        }
    }
}

fn alike() {
    let base = server();
    let mut runner = runner(|options| options.allow_private = true);
    let mut bodies = Vec::new();
    for (path, why) in [
        ("ok", ""),
        ("moved", ""),
        ("query", ""),
        ("login", ""),
        ("gzip", ""),
        ("deflate", ""),
        ("bomb", "more than 16 MiB"),
        ("brotli", "encoding “br”"),
        ("away", "not an http"),
        ("round", "redirects more than"),
        ("broken", "answered 500"),
        ("endless", "more than 16 MiB"),
        ("never", "within 300 ms"),
        ("half", "within 300 ms"),
    ] {
        let scenario = scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":4,"steps":[
                {{"fetch":{{"from":["{base}{path}"],"timeout_ms":{}}}}}]}}],"workers":2}}"#,
            if why.contains("300 ms") { 300 } else { 20_000 }
        ));
        let mut sums = Vec::new();
        for model in Model::ALL {
            let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
            let total = report.total();
            assert_eq!(report.ending, Ending::Complete);
            let expected = if why.is_empty() { (4, 0) } else { (0, 4) };
            assert_eq!((total.done, total.failed), expected, "{path} {model:?} {:?}", total.failures);
            if let Some(failure) = total.failures.first() {
                assert!(failure.why.contains(why), "{path} {model:?}: {}", failure.why);
            }
            sums.push(total.checksum);
        }
        if why.is_empty() {
            bodies.push(sums[0]);
        }
        assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "{path}: {sums:?}");
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same body behind every redirect and encoding");
}

fn simulated() {
    let mut runner = runner(|_| {});
    for blocking in [false, true] {
        let scenario = scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":3,"steps":[
                {{"fetch":{{"latency_ms":60000,"timeout_ms":1,"blocking":{blocking}}}}}]}}],"workers":2}}"#,
        ));
        for model in Model::ALL {
            let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
            let total = report.total();
            assert_eq!((report.ending, total.done, total.failed), (Ending::Complete, 0, 3), "{model:?}");
            let sentence = lanes_core::fetch::FetchError::SimulatedTimeout { timeout_ms: 1 }.to_string();
            assert_eq!(total.failures[0].why, sentence, "{model:?}");
        }
    }
}

/// However this machine is written, and whoever resolves it, nobody connects.
fn kept_out() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    listener.set_nonblocking(true).expect("it is a socket");
    let mut runner = runner(|_| {});
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "0x7f000001",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        let json = format!(
            r#"{{"lanes_scenario":1,"workers":2,"groups":[{{"tasks":2,"steps":[
                {{"fetch":{{"from":["http://{host}:{port}/"],"timeout_ms":5000}}}}]}}]}}"#
        );
        let Ok(scenario) = lanes_core::scenario::ValidScenario::from_json(&json) else {
            // Refused before anything could ask for it.
            continue;
        };
        for model in Model::ALL {
            let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
            let total = report.total();
            assert_eq!((report.ending, total.done, total.failed), (Ending::Complete, 0, 2), "{host} {model:?}");
            let nobody = listener.accept().map_err(|error| error.kind());
            assert!(matches!(nobody, Err(std::io::ErrorKind::WouldBlock)), "{host} {model:?}: {nobody:?}");
        }
    }
}

fn own() {
    let base = server();
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":20,"steps":[{"fetch":{"from":"server","latency_ms":1}}]}],"workers":2}"#,
    );
    // Its own address is no stranger's: the policy is not asked.
    let mut asked = runner(|options| options.server = Some(lanes_backend::runner::ServerLink { base, token: None }));
    let mut nobody = runner(|_| {});
    for model in Model::ALL {
        let report = asked.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
        assert_eq!(report.tasks.done, 20, "{model:?} {:?}", report.total().failures);
        let report = nobody.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
        assert!(report.total().failures[0].why.contains("lanes serve"));
    }
}

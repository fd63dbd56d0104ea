//! The table of cases.

use super::{
    case::{Also, Case},
    times::{self, Timed},
};

fn scenario(workers: u32, concurrency: u32, rest: &str, groups: &str) -> String {
    format!(
        r#"{{"lanes_scenario":1,"workers":{workers},"concurrency":{concurrency},"repeats":1,"warmup":0{rest},"groups":[{groups}]}}"#
    )
}

fn group(tasks: u32, steps: &str) -> String {
    format!(r#"{{"tasks":{tasks},"steps":[{steps}]}}"#)
}

/// All cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    let wordcount = r#"{"compute":{"kernel":"wordcount","input":"file"}}"#;
    let fetch = |ms: u32, bytes: u32| format!(r#"{{"fetch":{{"latency_ms":{ms},"bytes":{bytes}}}}}"#);
    let primes = |size: u32| format!(r#"{{"compute":{{"kernel":"primes","size":{size}}}}}"#);
    let over_body = r#"{"compute":{"kernel":"wordcount","input":"body"}}"#;
    // Port 9 of this machine: strangers' addresses may not lead there, and nobody listens.
    let failing = r#"{"fetch":{"from":["http://127.0.0.1:9/"]}}"#;
    let late = |blocking: bool| {
        format!(r#"{{"fetch":{{"latency_ms":5000,"timeout_ms":40,"bytes":64,"blocking":{blocking}}}}}"#)
    };
    let hashing = |share: f64| {
        let step = format!(r#"{{"compute":{{"kernel":"sha256","size":10,"holds_lock":{share}}}}}"#);
        scenario(3, 4, "", &group(6, &step))
    };
    let keeps = r#"{"fetch":{"latency_ms":8,"bytes":700,"keeps_lock":true}}"#;
    let case = |name, scenario| Case { name, scenario, file: None, cancelled: false, also: Also::Nothing };
    let over = |name, file: &[u8], scenario| Case { file: Some(file.to_vec()), ..case(name, scenario) };
    let cut = |name, scenario| Case { cancelled: true, ..case(name, scenario) };
    let text: Vec<u8> = (0..40_000u32).flat_map(|i| format!("word{} ", i % 97).into_bytes()).collect();
    let mut all = vec![
        over("more tasks than bytes: most shares are empty", &text[..31], scenario(4, 4, "", &group(200, wordcount))),
        over(
            "a file shorter than one chunk of tasks",
            &text[..10],
            scenario(2, 2, r#","chunk":64"#, &group(3, wordcount)),
        ),
        over("a file of no bytes at all", b"", scenario(2, 3, "", &group(5, wordcount))),
        over("a share after a body, and the body again", &text, {
            scenario(3, 5, "", &group(12, &format!("{},{wordcount},{over_body}", fetch(3, 700))))
        }),
        over(
            "one group of two works on the file",
            &text[..1_000],
            scenario(2, 8, "", &format!("{},{}", group(9, wordcount), group(5, &fetch(2, 64)))),
        ),
        case("one task", scenario(4, 100, "", &group(1, &primes(20_000)))),
        case(
            "64 workers with 3 tasks",
            scenario(64, 1_000, "", &group(3, &format!("{},{}", fetch(2, 10), primes(5_000)))),
        ),
        case("bodies of no bytes", scenario(3, 4, "", &group(9, &format!("{},{over_body}", fetch(1, 0))))),
        case(
            "every kind of step, one after another",
            scenario(
                3,
                6,
                "",
                &group(
                    20,
                    &format!(
                        r#"{},{},{{"bump":{{"times":2500,"guard":"atomic"}}}},{over_body}"#,
                        fetch(4, 900),
                        primes(3_000)
                    ),
                ),
            ),
        ),
        case("data of every shape, given and given back, over several steps", {
            let compute = |rest: &str| format!(r#"{{"compute":{{"kernel":"primes","size":2000,{rest}}}}}"#);
            let first = compute(r#""bytes_in":70001,"bytes_out":33"#);
            let numbers = compute(r#""bytes_in":4000,"bytes_out":90000,"shape":"numbers""#);
            let objects = compute(r#""bytes_in":70000,"bytes_out":1600,"shape":"objects""#);
            let groups = [group(9, &format!("{first},{},{numbers}", fetch(2, 64))), group(14, &objects)];
            scenario(3, 5, "", &groups.join(","))
        }),
        case("data for chunks of several tasks", {
            let step =
                r#"{"compute":{"kernel":"primes","size":2000,"bytes_in":40000,"bytes_out":8,"shape":"numbers"}}"#;
            scenario(2, 4, r#","chunk":7"#, &group(40, step))
        }),
        over("data beside shares of a file and answers", &text[..5_000], {
            let with_data = |input: &str| {
                format!(r#"{{"compute":{{"kernel":"wordcount","input":"{input}","bytes_in":900,"bytes_out":300}}}}"#)
            };
            scenario(2, 3, "", &group(11, &format!("{},{},{}", fetch(2, 500), with_data("body"), with_data("file"))))
        }),
        case("data of tasks that fail", {
            let gives = r#"{"compute":{"kernel":"primes","size":900,"bytes_in":700,"bytes_out":5000}}"#;
            scenario(3, 3, "", &format!("{},{}", group(5, &format!("{gives},{failing}")), group(6, gives)))
        }),
        case("a task in each chunk", scenario(4, 4, r#","chunk":1"#, &group(50, &primes(2_000)))),
        case("fetches that fail", scenario(3, 3, "", &group(7, &format!("{failing},{}", primes(1_000))))),
        case(
            "fetches that fail beside tasks that do not",
            scenario(3, 5, "", &format!("{},{}", group(4, failing), group(6, &primes(4_000)))),
        ),
        Case {
            also: Also::FailuresSay("within 40 ms (timeout_ms)"),
            ..case("fetches beyond their time-out, beside tasks that compute", {
                scenario(3, 8, "", &format!("{},{}", group(6, &late(false)), group(5, &primes(4_000))))
            })
        },
        Case {
            also: Also::FailuresSay("within 40 ms (timeout_ms)"),
            ..case("blocking calls beyond their time-out, after fetches that are not", {
                scenario(2, 4, "", &group(5, &format!("{},{}", fetch(1, 64), late(true))))
            })
        },
        Case {
            also: Also::CounterIsExact,
            ..case(
                "a counter under its lock",
                scenario(4, 4, "", &group(8, r#"{"bump":{"times":20000,"guard":"lock"}}"#)),
            )
        },
        Case {
            also: Also::LateLoop,
            ..case(
                "an event loop that computes",
                scenario(4, 12, "", &group(12, &format!("{},{}", fetch(20, 64), primes(400_000)))),
            )
        },
        Case {
            also: Also::BlockingIsOffloaded,
            ..case(
                "blocking calls on an event loop",
                scenario(4, 8, "", &group(8, r#"{"fetch":{"latency_ms":15,"blocking":true,"bytes":64}}"#)),
            )
        },
        Case { also: Also::LockShare(30), ..case("a kernel that holds the lock for 30 % of it", hashing(0.3)) },
        Case { also: Also::LockShare(100), ..case("a kernel that never lets go of the lock", hashing(1.0)) },
        Case {
            also: Also::LockShare(0),
            ..case(
                "a kernel that holds no lock, beside one that does not say",
                scenario(
                    3,
                    4,
                    "",
                    &group(
                        12,
                        r#"{"compute":{"kernel":"sha256","size":3,"holds_lock":0}},{"compute":{"kernel":"sha256","size":1}}"#,
                    ),
                ),
            )
        },
        Case {
            also: Also::WaitKeepsLock(100),
            ..case(
                "a wait that keeps the lock, and computing over its answer",
                scenario(3, 4, "", &group(9, &format!("{keeps},{over_body}"))),
            )
        },
        Case {
            // Two at once: six turns of 20 ms, whoever asks.
            also: Also::Timed(Timed::TakesAtLeast { ms: 120 }),
            ..case(
                "a server that serves two at once",
                scenario(4, 12, r#","server":{"capacity":2}"#, &group(12, &fetch(20, 64))),
            )
        },
        Case {
            // Four at once and then one each 5 ms; those that fail ask again.
            also: Also::Timed(Timed::TakesAtLeast { ms: 20 }),
            ..case("a server that refuses and fails, asked again", {
                let server = r#","server":{"rate_per_s":200,"burst":4,"capacity":3,"errors":0.3,"bandwidth_mbit":10}"#;
                let step = r#"{"fetch":{"latency_ms":2,"bytes":700,"retries":10,"backoff_ms":4}}"#;
                scenario(3, 6, server, &group(8, &format!("{step},{over_body}")))
            })
        },
        cut("a cancel while a server has many waiting", {
            scenario(3, 8, r#","server":{"capacity":1}"#, &group(40, &fetch(25_000, 64)))
        }),
        cut("a cancel while a client waits to ask again", {
            let step = r#"{"fetch":{"latency_ms":1,"retries":10,"backoff_ms":20000}}"#;
            scenario(3, 8, r#","server":{"rate_per_s":0.01}"#, &group(40, step))
        }),
        cut("a cancel while a call keeps the lock", {
            scenario(3, 4, "", &group(40, r#"{"fetch":{"latency_ms":25000,"keeps_lock":true}}"#))
        }),
        cut("a cancel while a kernel holds the lock in turns", {
            scenario(3, 4, "", &group(40, r#"{"compute":{"kernel":"primes","size":30000000,"holds_lock":0.5}}"#))
        }),
        Case {
            also: Also::SetsUp { ms: 100 },
            ..case("workers that wait before their first task", {
                scenario(2, 4, r#","setup":{"ms":100}"#, &group(16, &format!("{},{}", fetch(1, 64), primes(2_000))))
            })
        },
        Case {
            also: Also::SetsUp { ms: 0 },
            ..case("workers that compute before their first task, which waits without computing", {
                let setup = r#","setup":{"compute":{"kernel":"sort","size":20000}}"#;
                scenario(3, 4, setup, &group(12, &fetch(2, 64)))
            })
        },
        case("tasks that take up memory, two groups of them", {
            let of =
                |tasks: u32, mb: f64, steps: &str| format!(r#"{{"tasks":{tasks},"memory_mb":{mb},"steps":[{steps}]}}"#);
            let groups = [of(9, 2.5, &format!("{},{}", fetch(3, 64), primes(2_000))), of(4, 0.0, &fetch(1, 64))];
            scenario(3, 5, "", &groups.join(","))
        }),
        case("workers that set up, and tasks that work on data", {
            let step = r#"{"compute":{"kernel":"primes","size":2000,"bytes_in":4000,"bytes_out":8}}"#;
            scenario(3, 4, r#","chunk":2,"setup":{"ms":3}"#, &group(20, step))
        }),
        cut("a cancel while workers wait before their first task", {
            scenario(3, 4, r#","setup":{"ms":25000}"#, &group(40, &fetch(1, 64)))
        }),
        cut("a cancel while workers compute before their first task", {
            let setup = r#","setup":{"compute":{"kernel":"primes","size":30000000}}"#;
            scenario(2, 4, setup, &group(40, &primes(1_000)))
        }),
        cut("a cancel while requests hang", scenario(3, 4, "", &group(40, &fetch(25_000, 64)))),
        cut("a cancel in the middle of computing", scenario(2, 4, "", &group(40, &primes(30_000_000)))),
        cut(
            "a cancel in the middle of counting",
            scenario(2, 4, "", &group(40, r#"{"bump":{"times":10000000,"guard":"lock"}}"#)),
        ),
        cut("a cancel while calls block", {
            scenario(3, 4, "", &group(40, r#"{"fetch":{"latency_ms":25000,"blocking":true}}"#))
        }),
        Case {
            file: Some(text.clone()),
            ..cut(
                "a cancel between reading and computing",
                scenario(2, 4, "", &group(40, &format!("{wordcount},{}", primes(30_000_000)))),
            )
        },
    ];
    all.extend(times::cases().into_iter().map(|timed| Case {
        cancelled: timed.wanted.is_none(),
        also: timed.wanted.map_or(Also::Nothing, Also::Timed),
        ..case(timed.name, timed.scenario)
    }));
    all
}

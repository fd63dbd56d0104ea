//! Links that were given away, and what they must open for ever.
//!
//! **Append only.** Whoever has to change a line here is about to break somebody's link: raise the version and write
//! an upgrader instead (see [`upgrade`](crate::scenario::upgrade)). Every field is spelled out in the JSON, so a changed default shows too.

mod experiments;

use serde_json::Value;

use super::*;

/// A link, and the scenario in it as a file of the link's version.
const GOLDEN: &[(&str, &str)] = &[
    // Defaults, bare
    (
        r#"1.(groups:!((steps:!((fetch:()),(compute:(kernel:primes,size:20000)),(bump:())))))~8fp0as"#,
        r##"{"lanes_scenario":1,"title":"","groups":[{"name":"","tasks":1,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":20000,"spread":"even","input":"size"}},{"bump":{"times":1000,"guard":"none"}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Every kernel at its default size
    (
        r#"1z.bYw7CoAwEAXPYpeAlaBFbhOTRYNJNuwHry9o6b7qwTDjDkIdHCbnWOA7CdtQgeAuoA41DCoN2Pv5R1rsGepOKBblMy7rZpEbKSfULnZUmlYziGQao_h3Dw~4s2mn7"#,
        r##"{"lanes_scenario":1,"title":"","groups":[{"name":"","tasks":1,"steps":[{"compute":{"kernel":"primes","size":200000,"spread":"even","input":"size"}},{"compute":{"kernel":"mandelbrot","size":192,"spread":"even","input":"size"}},{"compute":{"kernel":"sha256","size":150,"spread":"even","input":"size"}},{"compute":{"kernel":"wordcount","size":4194304,"spread":"even","input":"size"}},{"compute":{"kernel":"matmul","size":320,"spread":"even","input":"size"}},{"compute":{"kernel":"sort","size":300000,"spread":"even","input":"size"}},{"compute":{"kernel":"pi","size":4000000,"spread":"even","input":"size"}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Everything that is escaped
    (
        r#"1.(title:Gr%C3%B6%C3%9Fe:+100!p+!%28a!,+b!%29+!a+!h1+!++%E2%80%9C%F0%9F%A7%B5%E2%80%9D!!+true?,groups:!((name:!.5,steps:!((fetch:(from:!(https://a.example/?x=1!ay=!p20,http://127.0.0.1:8080/!h!%28it%27s!%29!!),latency_ms:12.5))))),gil_switch_ms:0.1,seed:18446744073709551615)~g7tg4x"#,
        r##"{"lanes_scenario":1,"title":"Größe: 100% (a, b) & #1 + “🧵”! true?","groups":[{"name":"5","tasks":1,"steps":[{"fetch":{"from":["https://a.example/?x=1&y=%20","http://127.0.0.1:8080/#(it's)!"],"latency_ms":12.5,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":0.1,"repeats":3,"warmup":1,"seed":"18446744073709551615"}"##,
    ),
    // Every field that is not at its default
    (
        r#"1z.XVHbboMwDP2WvgUpWqEbVPLPVCEYiCAXOU4R-_ol0K3S8pb43HIs2PCKgE-knWfjJjmRTyHCRQinLEJQE0bJKi4RbnUtI-M5HZH1DGIkbyEiZQG5Kkan94eNkIGBUA0wo3rust8Zy2O_er1kF2BKKNlY9IkLvqkqKbS3ITGCWJAcrrB5GrRPjmU03whd2352v7rJmdGTlcZlCvR-2KuqaByhLx8XMZoV46V6Rb-_g_93ibO6td1p0XQvwcIucn2yAUQJGqGVU1I0gGJvjT7t_lRP4Akon3yTz7fJrNVBWZXDwgi5b--ugbzGGHPHTrF54nXeezKD7MlvudZr4clcRA4bofuS2judiErP0NT5SD0nt0Bzlxn6iJvJazkaLTPCgIqPi9wU2RTKZhAHqKsf~qh3bry"#,
        r##"{"lanes_scenario":1,"title":"everything","groups":[{"name":"pages","tasks":200,"steps":[{"fetch":{"from":"server","latency_ms":0.0,"spread":"heavy","bytes":0,"blocking":true,"timeout_ms":1}},{"compute":{"kernel":"wordcount","size":65536,"spread":"uniform","input":"body"}}]},{"name":"(files)","tasks":7,"steps":[{"compute":{"kernel":"sha256","size":16,"spread":"even","input":"file"}},{"bump":{"times":5,"guard":"atomic"}}]},{"name":"","tasks":1,"steps":[{"bump":{"times":1000,"guard":"lock"}},{"bump":{"times":1000,"guard":"gil"}}]}],"lanes":["python/processes","native/hybrid","browser/gil"],"workers":64,"concurrency":10000,"chunk":17,"gil_switch_ms":1000.0,"repeats":100,"warmup":0,"seed":0}"##,
    ),
    // Packed
    (
        r#"1z.ldNLboQwDAbgs8wO1BTyAiaRRj1KFVHz0CQBkRS1p-oherGCuhp5NvbOtvQtrN9FnrMHu7r-Dh_2Jbrfnx3YuC2fa7KXoogunNsREssu3ZNVLUsZ_pcD5H6yxbAt4WinnI9xXQ-zh1TBlwurh2rZxtpt_TTvUEsudX1ir5zzasrBv3kXxxvEi9tvnNEEgQRBFCQSJFFQSFBEQSNBE4UGCQ1RaJHQEoUOCR1RuCLhShQMEgxNEDiTghhK8SSUomTeZYj993tIlleKP5Yuz2IJjgc0xymFMbLRnebGqPIP~ymz3g7"#,
        r##"{"lanes_scenario":1,"title":"packed: naïve","groups":[{"name":"pages","tasks":36,"steps":[{"fetch":{"from":["https://files.example.org/archive/2024/page-000.html?lang=en&v=0","https://files.example.org/archive/2024/page-001.html?lang=en&v=1","https://files.example.org/archive/2024/page-002.html?lang=en&v=2","https://files.example.org/archive/2024/page-003.html?lang=en&v=3","https://files.example.org/archive/2024/page-004.html?lang=en&v=4","https://files.example.org/archive/2024/page-005.html?lang=en&v=5","https://files.example.org/archive/2024/page-006.html?lang=en&v=6","https://files.example.org/archive/2024/page-007.html?lang=en&v=7","https://files.example.org/archive/2024/page-008.html?lang=en&v=8","https://files.example.org/archive/2024/page-009.html?lang=en&v=9","https://files.example.org/archive/2024/page-010.html?lang=en&v=10","https://files.example.org/archive/2024/page-011.html?lang=en&v=11"],"latency_ms":0.30000000000000004,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":"9007199254740993"}"##,
    ),
    // By hand, without a check
    (
        r#"#1.(title:my own: a~b,lanes:!(native/threads,python/threads),groups:!((tasks:20,steps:!((fetch:(latency_ms:2.5e1)),(compute:(kernel:pi,size:1000,spread:constant))))))"#,
        r##"{"lanes_scenario":1,"title":"my own: a~b","groups":[{"name":"","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":25.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"pi","size":1000,"spread":"even","input":"size"}}]}],"lanes":["native/threads","python/threads"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // The first one, as another program passed it on, with a part that came later
    (
        r#"https://lanes.example/play/?utm=x#1.%28groups%3A%21%28%28steps:!%28%28fetch:%28%29%29,(compute:(kernel:primes%2Csize:20000)),(bump:%28%29%29%29%29%29%29%7E8fp0as&r=later"#,
        r##"{"lanes_scenario":1,"title":"","groups":[{"name":"","tasks":1,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":20000,"spread":"even","input":"size"}},{"bump":{"times":1000,"guard":"none"}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Asks the page itself
    (
        r#"1.(groups:!((tasks:10,steps:!((fetch:(from:page,latency_ms:5))))))~behk5k"#,
        r##"{"lanes_scenario":1,"title":"","groups":[{"name":"","tasks":10,"steps":[{"fetch":{"from":"page","latency_ms":5.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Repeats until the order is clear
    (
        r#"2.(title:Which+one?,groups:!((tasks:20,steps:!((fetch:(latency_ms:5)),(compute:(kernel:primes,size:20000))))),lanes:!(native/async,native/threads),repeats:auto,budget_s:2.5)~dp49x4"#,
        r##"{"lanes_scenario":2,"title":"Which one?","groups":[{"name":"","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":5.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":20000,"spread":"even","input":"size"}}]}],"lanes":["native/async","native/threads"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":"auto","budget_s":2.5,"warmup":1,"seed":1}"##,
    ),
    // Tasks that come over time, and a stage
    (
        r#"2.(groups:!((name:pages,tasks:100,steps:!((fetch:())),arrive:(spread:even,rate_per_s:100)),(name:mail,tasks:40,steps:!((bump:())),arrive:(spread:heavy,every_ms:12.5)),(name:report,tasks:3,steps:!((compute:(kernel:primes,size:20000))),after:pages)))~p7ahwg"#,
        r##"{"lanes_scenario":2,"title":"","groups":[{"name":"pages","tasks":100,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}],"arrive":{"rate_per_s":100.0,"spread":"even"}},{"name":"mail","tasks":40,"steps":[{"bump":{"times":1000,"guard":"none"}}],"arrive":{"every_ms":12.5,"spread":"heavy"}},{"name":"report","tasks":3,"steps":[{"compute":{"kernel":"primes","size":20000,"spread":"even","input":"size"}}],"after":"pages"}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Version 2: lanes with settings of their own
    (
        r#"2.(title:variants,groups:!((tasks:10,steps:!((fetch:(latency_ms:5))))),lanes:!(native/threads,(workers:16,lane:native/threads),(name:one+by+one,concurrency:1,lane:native/async),(chunk:auto,lane:python/processes,start:spawn),(chunk:3,lane:browser/processes,pool:cold),(gil_switch_ms:0.5,lane:browser/gil)))~v0fqhc"#,
        r##"{"lanes_scenario":2,"title":"variants","groups":[{"name":"","tasks":10,"steps":[{"fetch":{"from":"simulated","latency_ms":5.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["native/threads",{"lane":"native/threads","workers":16},{"lane":"native/async","name":"one by one","concurrency":1},{"lane":"python/processes","chunk":"auto","start":"spawn"},{"lane":"browser/processes","chunk":3,"pool":"cold"},{"lane":"browser/gil","gil_switch_ms":0.5}],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Who holds the lock
    (
        r#"2.(title:the+lock,groups:!((tasks:8,steps:!((fetch:(latency_ms:20,keeps_lock:true)),(compute:(kernel:sha256,holds_lock:0.3)),(compute:(kernel:primes,size:1000,holds_lock:1))))))~096hry"#,
        r##"{"lanes_scenario":2,"title":"the lock","groups":[{"name":"","tasks":8,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000,"keeps_lock":true}},{"compute":{"kernel":"sha256","size":150,"spread":"even","input":"size","holds_lock":0.3}},{"compute":{"kernel":"primes","size":1000,"spread":"even","input":"size","holds_lock":1.0}}]}],"lanes":["browser/sequential","browser/async","browser/threads","browser/gil","browser/processes","browser/hybrid"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Data in and out
    (
        r#"2.(title:data,groups:!((tasks:200,steps:!((compute:(kernel:primes,size:20000,bytes_in:4000000,bytes_out:200000)),(compute:(kernel:sort,size:500,bytes_out:1600,shape:objects))))),lanes:!(native/threads,native/processes))~nybgar"#,
        r##"{"lanes_scenario":2,"title":"data","groups":[{"name":"","tasks":200,"steps":[{"compute":{"kernel":"primes","size":20000,"spread":"even","input":"size","bytes_in":4000000,"bytes_out":200000}},{"compute":{"kernel":"sort","size":500,"spread":"even","input":"size","bytes_out":1600,"shape":"objects"}}]}],"lanes":["native/threads","native/processes"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // A server with every limit, and a client that asks again
    (
        r#"2.(title:ten+connections,groups:!((tasks:1000,steps:!((fetch:(latency_ms:20,backoff_ms:12.5,retries:5))))),lanes:!(native/async,python/threads),concurrency:1000,server:(bandwidth_mbit:100,burst:4,capacity:10,connect_ms:30,errors:0.01,full:refuse,keep_alive:false,rate_per_s:2.5,slows:0.5))~zhgqee"#,
        r##"{"lanes_scenario":2,"title":"ten connections","groups":[{"name":"","tasks":1000,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000,"retries":5,"backoff_ms":12.5}}]}],"lanes":["native/async","python/threads"],"workers":4,"concurrency":1000,"chunk":"auto","gil_switch_ms":5.0,"server":{"capacity":10,"full":"refuse","rate_per_s":2.5,"burst":4,"errors":0.01,"bandwidth_mbit":100.0,"connect_ms":30.0,"keep_alive":false,"slows":0.5},"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Work at a worker's start
    (
        r#"2.(title:wait,groups:!((tasks:40,steps:!((compute:(kernel:primes))))),lanes:!(native/threads,native/processes),setup:(ms:250))~b00yes"#,
        r##"{"lanes_scenario":2,"title":"wait","groups":[{"name":"","tasks":40,"steps":[{"compute":{"kernel":"primes","size":200000,"spread":"even","input":"size"}}]}],"lanes":["native/threads","native/processes"],"setup":{"ms":250.0},"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Work at a worker's start
    (
        r#"2.(title:load,groups:!((tasks:40,steps:!((compute:(kernel:primes))))),lanes:!(native/threads,native/processes),setup:(compute:(kernel:sort,size:200000)))~8e33kn"#,
        r##"{"lanes_scenario":2,"title":"load","groups":[{"name":"","tasks":40,"steps":[{"compute":{"kernel":"primes","size":200000,"spread":"even","input":"size"}}]}],"lanes":["native/threads","native/processes"],"setup":{"compute":{"kernel":"sort","size":200000}},"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // By what the lane to take is chosen
    (
        r#"2.(title:memory,groups:!((tasks:40,steps:!((compute:(kernel:primes))))),lanes:!(native/threads,native/processes),goal:memory)~hzhxqj"#,
        r##"{"lanes_scenario":2,"title":"memory","groups":[{"name":"","tasks":40,"steps":[{"compute":{"kernel":"primes","size":200000,"spread":"even","input":"size"}}]}],"lanes":["native/threads","native/processes"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"goal":"memory","repeats":3,"warmup":1,"seed":1}"##,
    ),
    // Memory of a task, and of a lane
    (
        r#"2.(title:pictures,groups:!((tasks:40,steps:!((compute:(kernel:primes))),memory_mb:24)),lanes:!(native/threads,native/processes),memory_limit_mb:512)~djheyb"#,
        r##"{"lanes_scenario":2,"title":"pictures","groups":[{"name":"","tasks":40,"steps":[{"compute":{"kernel":"primes","size":200000,"spread":"even","input":"size"}}],"memory_mb":24.0}],"lanes":["native/threads","native/processes"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"memory_limit_mb":512.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // A function of the user's own
    (
        r#"2.(title:own,groups:!((name:task,tasks:12,steps:!((call:(module:naps,coroutine:task_async,items:range!%2812!%29,python:import+time%0A%0Adef+task!%28item!%29:++!h+once%0A++++time.sleep!%28item+/+1000!%29%0A))))),lanes:!(python/threads))~1qs62h"#,
        r##"{"lanes_scenario":2,"title":"own","groups":[{"name":"task","tasks":12,"steps":[{"call":{"python":"import time\n\ndef task(item):  # once\n    time.sleep(item / 1000)\n","function":"task","coroutine":"task_async","items":"range(12)","module":"naps"}}]}],"lanes":["python/threads"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    // The same, named and not brought along
    (
        r#"2.(title:thumbs.py:+task,groups:!((name:task,tasks:12,steps:!((call:(module:thumbs,items:sorted!%28ITEMS!%29,python:(setup:true,digest:00e1b5fd0a7c4a2d9be5d0c17f3a6e42,file:thumbs.py)))))),lanes:!(python/sequential,python/threads),warmup:0)~fx1a7d"#,
        r##"{"lanes_scenario":2,"title":"thumbs.py: task","groups":[{"name":"task","tasks":12,"steps":[{"call":{"python":{"digest":"00e1b5fd0a7c4a2d9be5d0c17f3a6e42","file":"thumbs.py","setup":true},"function":"task","items":"sorted(ITEMS)","module":"thumbs"}}]}],"lanes":["python/sequential","python/threads"],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":0,"seed":1}"##,
    ),
];

/// Whether this link is one of those.
pub(crate) fn has(link: &str) -> bool {
    all().any(|(golden, _)| *golden == link)
}

fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    GOLDEN.iter().chain(experiments::GOLDEN)
}

#[test]
fn every_link_ever_given_away_opens() {
    for (link, json) in all() {
        let file: Value = serde_json::from_str(json).expect("JSON");
        let version = file["lanes_scenario"].as_u64().expect("a version");
        let wanted = upgrade::to_current(file.clone(), version).expect("upgrades");
        let opened = decode(link).unwrap_or_else(|error| panic!("{link}: {error}"));
        assert_eq!(Scenario::from_value(&wanted), Ok(opened.clone()), "{link}");
        if version == VERSION {
            assert_eq!(serde_json::to_value(&opened).expect("plain data"), file, "{link}: a field is not spelled out");
        }
    }
}

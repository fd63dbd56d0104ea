//! What the experiments about waiting claim.

use lanes_core::report::TaskCounts;

use crate::picture::{
    Runs, Shown, alike, at_least, at_once, changes, changes_in_python, gains, has_cores, holds, one_at_a_time, shows,
    shows_in_python, wants_cores,
};

pub const CLAIMS: [(&str, fn()); 11] = [
    ("web-requests", web_requests),
    ("downloads", downloads),
    ("crunch", crunch),
    ("await-in-a-loop", await_in_a_loop),
    ("blocking-in-async", blocking_in_async),
    ("unbounded-gather", unbounded_gather),
    ("async-or-threads", async_or_threads),
    ("keep-the-connection", keep_the_connection),
    ("the-loop-must-live", the_loop_must_live),
    ("shared-bandwidth", shared_bandwidth),
    ("rate-not-concurrency", rate_not_concurrency),
];

/// One after another, one loop, eight threads, eight processes: sixty waits, one, eight and eight.
fn web_requests() {
    let picture = |runs: &Runs| -> Shown {
        let [sequential, on_loop, threads, processes] = [0, 1, 2, 3].map(|lane| runs.wall(lane));
        at_least("eight threads wait at once", sequential, 4.0, threads)?;
        at_least("and eight processes", sequential, 3.0, processes)?;
        at_least("a loop has a place for each request", threads, 2.5, on_loop)
    };
    shows("web-requests", picture);
}

fn downloads() {
    let picture = |runs: &Runs| -> Shown {
        (1..4).try_for_each(|lane| at_least("sixteen downloads at once", runs.wall(0), 2.5, runs.wall(lane)))
    };
    shows("downloads", picture);
}

fn crunch() {
    if !has_cores() {
        return;
    }
    shows("crunch", |runs| {
        for (lane, what) in [(0, "one after another"), (1, "a loop"), (3, "under the lock")] {
            one_at_a_time(runs, lane, what)?;
        }
        at_once(runs, 2, "threads")?;
        wants_cores(at_once(runs, 4, "processes"))?;
        [2, 4].into_iter().try_for_each(|lane| gains("they gain by it", runs.wall(0), 1.2, runs.wall(lane)))
    });
    changes("crunch", |_, let_go| at_once(let_go, 3, "what lets go of the lock"));
}

fn await_in_a_loop() {
    let picture = |runs: &Runs| -> Shown {
        at_least("awaiting each is as slow as no async at all", runs.wall(1), 0.9, runs.wall(0))?;
        at_least("five at once", runs.wall(1), 2.5, runs.wall(2))?;
        at_least("all at once", runs.wall(1), 6.0, runs.wall(3))
    };
    shows("await-in-a-loop", picture);
    shows_in_python("await-in-a-loop", picture);
}

fn blocking_in_async() {
    let picture = |blocks: &Runs, awaits: &Runs| -> Shown {
        at_least("a loop that is blocked waits for one after another", blocks.wall(1), 0.9, blocks.wall(0))?;
        at_least("threads wait at once", blocks.wall(1), 3.0, blocks.wall(2))?;
        at_least("and so they do beside a loop", blocks.wall(1), 3.0, blocks.wall(3))?;
        at_least("which is late no more then", blocks.lag(1), 3.0, blocks.lag(3))?;
        at_least("what can be awaited waits at once", blocks.wall(1), 3.0, awaits.wall(1))?;
        at_least("and the loop is late no more", blocks.lag(1), 3.0, awaits.lag(1))
    };
    changes("blocking-in-async", picture);
    changes_in_python("blocking-in-async", picture);
}

fn unbounded_gather() {
    let picture = |queued: &Runs, refused: &Runs| -> Shown {
        at_least("up to the capacity, more is faster", queued.wall(0), 2.5, queued.wall(1))?;
        alike("past it, it is not", queued.wall(1), queued.wall(2), 1.4)?;
        alike("nor with all of them", queued.wall(1), queued.wall(3), 1.4)?;
        at_least("but each answer takes longer", queued.p99(2), 2.5, queued.p99(1))?;
        at_least("and longer", queued.p99(3), 2.5, queued.p99(2))?;
        let refusals = |lane: usize| refused.refusals(lane);
        holds("within its capacity a server refuses nobody", refusals(0) == 0.0)?;
        (2..4).try_for_each(|lane| {
            holds(&format!("it refuses what is too much: {}", refusals(lane)), refusals(lane) > 200.0)?;
            let TaskCounts { done, failed, .. } = refused.best(lane).tasks;
            holds("and whoever is refused has failed", failed > 200 && done + failed == 400)
        })
    };
    changes("unbounded-gather", picture);
}

/// Lanes 0 and 2 have as many requests in flight, and so have 1 and 3, which have more.
fn alike_in_pairs(runs: &Runs, factor: f64, more: f64) -> Shown {
    alike("few in flight", runs.wall(0), runs.wall(2), factor)?;
    alike("many in flight", runs.wall(1), runs.wall(3), factor)?;
    at_least("how many are in flight decides on the loop", runs.wall(0), more, runs.wall(1))?;
    at_least("and among threads", runs.wall(2), more, runs.wall(3))
}

fn async_or_threads() {
    shows("async-or-threads", |runs| alike_in_pairs(runs, 1.5, 2.5));
    shows_in_python("async-or-threads", |runs| alike_in_pairs(runs, 1.8, 2.0));
}

fn keep_the_connection() {
    let picture = |opened: &Runs, kept: &Runs| -> Shown {
        for runs in [opened, kept] {
            alike_in_pairs(runs, 1.5, 1.5)?;
        }
        (0..4).try_for_each(|lane| at_least("the connection is the factor", opened.wall(lane), 1.8, kept.wall(lane)))
    };
    changes("keep-the-connection", picture);
}

fn the_loop_must_live() {
    changes("the-loop-must-live", |long, short| {
        for (lane, what) in [(1, "a thread beside the loop"), (2, "threads"), (3, "processes")] {
            at_least(&format!("{what} let the others through"), long.p99(0), 3.0, long.p99(lane))?;
        }
        at_least("what is short disturbs nobody", long.p99(0), 3.0, short.p99(0))
    });
}

fn shared_bandwidth() {
    let picture = |narrow: &Runs, wide: &Runs| -> Shown {
        at_least("a second and a fourth worker pay", narrow.wall(0), 2.0, narrow.wall(1))?;
        alike("past the link's width no worker does", narrow.wall(2), narrow.wall(3), 1.3)?;
        at_least("but each download takes longer", narrow.p99(3), 1.4, narrow.p99(2))?;
        at_least("and much longer than alone", narrow.p99(3), 2.5, narrow.p99(0))?;
        at_least("on a wider link they pay again", narrow.wall(3), 1.8, wide.wall(3))
    };
    changes("shared-bandwidth", picture);
}

/// One worker asks a hundred times a second or more where forty are let in. At half of the rate, the burst leaves room for those
/// that come late and then together.
fn rate_not_concurrency() {
    let picture = |at_once: &Runs, at_the_rate: &Runs| -> Shown {
        holds("one worker alone is refused", at_once.refusals(0) >= 6.0)?;
        at_least("more in flight are refused more often", at_once.refusals(2), 1.2, at_once.refusals(0))?;
        (0..3).try_for_each(|lane| holds("at half of the rate nobody is refused", at_the_rate.refusals(lane) == 0.0))
    };
    changes("rate-not-concurrency", picture);
}

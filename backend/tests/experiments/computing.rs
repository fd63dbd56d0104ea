//! What the experiments about computing on threads claim.

use lanes_core::trace::State;

use crate::picture::{
    Runs, Shown, at_least, at_once, changes, changes_in_python, gains, has_cores, holds, one_at_a_time, shows,
    shows_in_python, wants_cores,
};

pub const CLAIMS: [(&str, fn()); 6] = [
    ("threads-and-the-gil", threads_and_the_gil),
    ("to-thread", to_thread),
    ("counter-race", counter_race),
    ("convoy", convoy),
    ("shared-hot-object", shared_hot_object),
    ("lock-let-go", lock_let_go),
];

/// What is inferred of CPython's lock is exact on a quiet machine alone, so lanes of one session are compared, while cores are
/// free.
fn more_at_once(runs: &Runs, processes: usize, threads: usize) -> Shown {
    let percent = [processes, threads].map(|lane| 100.0 * runs.at_once(lane));
    wants_cores(at_least("more processes than threads compute at once, in %", percent[0], 1.25, percent[1]))?;
    gains("and they are done sooner", runs.wall(threads), 1.15, runs.wall(processes))
}

fn threads_and_the_gil() {
    if !has_cores() {
        return;
    }
    shows("threads-and-the-gil", |runs| {
        one_at_a_time(runs, 2, "under the lock")?;
        at_once(runs, 1, "threads")?;
        wants_cores(at_once(runs, 3, "processes"))?;
        gains("threads gain", runs.wall(0), 1.2, runs.wall(1))?;
        gains("and so do processes", runs.wall(0), 1.2, runs.wall(3))?;
        gains("which threads under the lock do not", runs.wall(2), 1.2, runs.wall(1))
    });
    shows_in_python("threads-and-the-gil", |runs| more_at_once(runs, 2, 1));
}

fn to_thread() {
    if !has_cores() {
        return;
    }
    changes("to-thread", |holds_lock, lets_go| {
        one_at_a_time(holds_lock, 1, "one thread beside the loop")?;
        one_at_a_time(holds_lock, 2, "under the lock")?;
        at_least("the loop is late no more", holds_lock.lag(0), 3.0, holds_lock.lag(1))?;
        at_once(lets_go, 2, "what lets go of the lock")?;
        wants_cores(at_once(holds_lock, 3, "processes"))?;
        gains("processes gain", holds_lock.wall(0), 1.2, holds_lock.wall(3))
    });
    shows_in_python("to-thread", |runs| {
        at_least("the loop is late no more", runs.lag(0), 1.5, runs.lag(1))?;
        more_at_once(runs, 2, 1)
    });
}

/// What CPython's threads lose depends on its version, so only what nobody may lose is asserted there.
fn counter_race() {
    changes("counter-race", |unguarded, locked| {
        holds("alone, nothing is lost", unguarded.lost(0) == 0 && unguarded.lost(1) == 0)?;
        holds("the lock does not help where it changes hands", unguarded.lost(2) > 0)?;
        holds("threads lose", unguarded.lost(3) > 0 || !has_cores())?;
        holds("with a lock around it nothing is lost", (0..4).all(|lane| locked.lost(lane) == 0))
    });
    shows_in_python("counter-race", |runs| holds("alone, nothing is lost", runs.lost(0) == 0 && runs.lost(1) == 0));
}

fn convoy() {
    changes("convoy", |usual, short| {
        at_least("under the lock answers come late", usual.p50(1), 1.7, usual.p50(0))?;
        at_least("which they do beside processes no more", usual.p50(1), 1.7, usual.p50(2))?;
        at_least("with a shorter interval they come sooner", usual.p50(1), 1.7, short.p50(1))
    });
}

fn shared_hot_object() {
    if !has_cores() {
        return;
    }
    shows("shared-hot-object", |runs| {
        holds("they wait for it", runs.state(1, State::WaitLock) > 0.0)?;
        // Among other programs two threads are given more of a processor than one, whatever they do with it.
        gains("two threads on one lock gain nothing", runs.wall(1), 0.9, runs.wall(0))?;
        gains("nor do four", runs.wall(2), 0.9, runs.wall(0))?;
        gains("with a counter for each they would gain", runs.wall(1), 1.4, runs.wall(3))
    });
}

fn lock_let_go() {
    if !has_cores() {
        return;
    }
    changes("lock-let-go", |lets_go, keeps| {
        at_once(lets_go, 2, "what lets go of the lock")?;
        at_once(lets_go, 3, "threads")?;
        one_at_a_time(lets_go, 1, "a loop")?;
        one_at_a_time(keeps, 2, "the same step with the lock held")?;
        gains("they gain by it", keeps.wall(2), 1.2, lets_go.wall(2))
    });
    changes_in_python("lock-let-go", |lets_go, keeps| {
        gains("hashlib lets go of the lock, and threads gain by it", keeps.wall(2), 1.15, lets_go.wall(2))
    });
}

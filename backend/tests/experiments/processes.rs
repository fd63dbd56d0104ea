//! What the experiments about pools claim.

use lanes_core::trace::State;

use crate::picture::{
    Runs, Shown, at_least, changes, changes_in_python, gains, has_cores, holds, shows, shows_in_python,
};

pub const CLAIMS: [(&str, fn()); 7] = [
    ("task-too-small", task_too_small),
    ("chunk-size", chunk_size),
    ("cold-start", cold_start),
    ("shared-or-copied", shared_or_copied),
    ("isolated-heaps", isolated_heaps),
    ("oversubscribed", oversubscribed),
    ("payload-decides", payload_decides),
];

fn task_too_small() {
    changes("task-too-small", |small, large| {
        at_least("a message for each costs more than the task", small.wall(2), 4.0, small.wall(0))?;
        at_least("many in a message help", small.wall(2), 2.0, small.wall(3))?;
        holds("since there are fewer messages", small.sent(2) > small.sent(3))?;
        if has_cores() {
            gains("large tasks are worth sending", large.wall(0), 1.2, large.wall(3))?;
        }
        Ok(())
    });
    shows_in_python("task-too-small", |runs| {
        at_least("a message for each costs more than the task", runs.wall(2), 2.0, runs.wall(0))
    });
}

fn chunk_size() {
    shows("chunk-size", |runs| {
        at_least("a message for each is slow", runs.wall(0), 1.3, runs.wall(1))?;
        holds("since it sends more", runs.sent(0) > runs.sent(1))?;
        holds(&format!("with one chunk {} workers compute", runs.busy_workers(2)), runs.busy_workers(2) == 1)?;
        holds(&format!("otherwise {} workers do", runs.busy_workers(1)), runs.busy_workers(1) == 2)?;
        if has_cores() {
            gains("one chunk for all is slow", runs.wall(2), 1.3, runs.wall(1))?;
        }
        Ok(())
    });
}

fn cold_start() {
    shows("cold-start", |runs| {
        at_least("a cold pool is started first", runs.wall(3), 1.5, runs.wall(2))?;
        at_least("which takes longer than the job", runs.wall(3), 1.5, runs.wall(0))?;
        let start_up = |lane: usize| runs.state(lane, State::StartUp);
        holds("a cold pool starts in every run", start_up(3) > 0.0)?;
        holds("a warm one does not", start_up(2) == 0.0)
    });
    shows_in_python("cold-start", |runs| {
        at_least("to fork is quick beside starting anew", runs.wall(4), 1.5, runs.wall(2))?;
        (2..5).try_for_each(|lane| at_least("a pool costs more than the job", runs.wall(lane), 1.5, runs.wall(0)))
    });
}

/// 40 tasks of 2,000 increments: in processes none of them reaches the parent.
fn shared_or_copied() {
    let picture = |runs: &Runs, processes: usize| -> Shown {
        (0..processes).try_for_each(|lane| holds("threads share their memory", runs.lost(lane) == 0))?;
        let rounds = u64::from(runs.best(processes).tasks.done > 0);
        holds("processes have one each", runs.lost(processes) >= 80_000 * rounds && rounds == 1)
    };
    shows("shared-or-copied", |runs| picture(runs, 3));
    shows_in_python("shared-or-copied", |runs| picture(runs, 2));
}

fn isolated_heaps() {
    let sends = |runs: &Runs, lane: usize| runs.state(lane, State::Serialise) + runs.state(lane, State::Transfer);
    changes("isolated-heaps", |objects, bytes| {
        holds("threads send nothing", sends(objects, 1) == 0.0 && objects.sent(1) == 0)?;
        holds("processes send all of it", objects.sent(2) > 0 && sends(objects, 2) > 0.0)?;
        at_least("which is what they take longer", objects.wall(2), 1.5, objects.wall(1))?;
        at_least("objects cost more than their bytes", sends(objects, 2), 1.3, sends(bytes, 2))
    });
    changes_in_python("isolated-heaps", |objects, bytes| {
        at_least("processes of CPython take longer", objects.wall(2), 1.5, objects.wall(1))?;
        at_least("objects cost more than their bytes", objects.wall(2), 1.5, bytes.wall(2))
    });
}

/// A worker's set-up is computing, and 64 of them on two cores take longer for it than two.
fn oversubscribed() {
    shows("oversubscribed", |runs| {
        let start_up = |lane: usize| runs.state(lane, State::StartUp);
        at_least("each worker loads what it needs", start_up(3), 4.0, start_up(0))?;
        at_least("with many that is most of the time", runs.wall(3), 1.4, runs.wall(0))?;
        at_least("the more, the longer", runs.wall(3), 1.1, runs.wall(2))
    });
}

fn payload_decides() {
    changes("payload-decides", |light, heavy| {
        at_least("what is sent costs more than the computing", light.wall(2), 1.1, light.wall(0))?;
        holds("since all of it travels", light.sent(2) >= 12 * 8_000_000 && light.sent(1) == 0)?;
        if has_cores() {
            gains("with more to compute, processes gain", heavy.wall(0), 1.15, heavy.wall(2))?;
        }
        Ok(())
    });
    shows_in_python("payload-decides", |runs| at_least("CPython's processes lose", runs.wall(2), 1.1, runs.wall(0)));
}

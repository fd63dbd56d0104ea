//! Experiments about computing on threads: cores, the interpreter's lock, and what threads share.

use super::{
    experiment::{Experiment, Next},
    measure::Measure,
};

pub(super) const ALL: [Experiment; 6] = [
    Experiment {
        id: "threads-and-the-gil",
        question: "Threads speed up my computing, in Python too. Don't they?",
        job: r#"{ "lanes_scenario": 2, "title": "Threads and the lock",
            "groups": [{ "name": "chunks", "tasks": 16, "steps": [{ "compute": { "kernel": "primes", "size": 250000 } }] }],
            "workers": 2, "concurrency": 16, "repeats": 3, "warmup": 1 }"#,
        lanes: r#""native/sequential", "native/threads", "native/gil", "native/processes""#,
        python: r#""python/sequential", "python/threads", "python/processes""#,
        sweep: "workers=1,2,4",
        measure: Measure::Wall,
        rule: "Under an interpreter's lock one thread computes at a time, however many there are; without the lock, or in processes, they \
               compute at once.",
        next: Next { field: "workers", value: "8", why: "Do more threads under the lock make it better, or worse?" },
        code: "python/threads",
    },
    Experiment {
        id: "to-thread",
        question: "My coroutine computes and blocks the loop. Does asyncio.to_thread make it faster?",
        job: r#"{ "lanes_scenario": 2, "title": "Moved to a thread",
            "groups": [{ "name": "jobs", "tasks": 6, "steps": [
                { "fetch": { "latency_ms": 1, "bytes": 64 } }, { "compute": { "kernel": "primes", "size": 300000 } }] }],
            "workers": 2, "concurrency": 3, "repeats": 3, "warmup": 1 }"#,
        lanes: r#""native/async", { "lane": "native/hybrid", "workers": 1, "name": "to_thread, one at a time" },
            { "lane": "native/gil", "workers": 2 }, { "lane": "native/processes", "workers": 2 }"#,
        python: r#""python/async", "python/hybrid", "python/processes""#,
        sweep: "",
        measure: Measure::Wall,
        rule: "A thread beside the loop lets the loop live, and under the lock makes nothing faster; only processes, or code that lets go \
               of the lock, do.",
        next: Next {
            field: "groups[0].steps[1].compute.holds_lock",
            value: "0",
            why: "If the computing lets go of the lock, do the threads under it gain on the loop?",
        },
        code: "python/hybrid",
    },
    Experiment {
        id: "counter-race",
        question: "The GIL makes counter += 1 safe. Doesn't it?",
        job: r#"{ "lanes_scenario": 2, "title": "A counter without a lock",
            "groups": [{ "name": "bumps", "tasks": 16, "steps": [{ "bump": { "times": 1000000, "guard": "none" } }] }],
            "workers": 4, "concurrency": 16, "gil_switch_ms": 1, "repeats": 1, "warmup": 0 }"#,
        lanes: r#""native/sequential", "native/async", "native/gil", "native/threads""#,
        python: r#""python/sequential", "python/async", "python/threads""#,
        sweep: "",
        measure: Measure::LostUpdates,
        rule: "Adding one is a read, an addition and a write, and the lock may change hands between them: only a lock of your own, or an \
               atomic addition, counts right.",
        next: Next {
            field: "groups[0].steps[0].bump.guard",
            value: "\"lock\"",
            why: "With a lock around each increment, what is lost, and what does it cost?",
        },
        code: "python/threads",
    },
    Experiment {
        id: "convoy",
        question: "One thread computes, the others only wait for small answers. That hurts nobody, does it?",
        job: "",
        lanes: r#""native/threads", "native/gil", "native/processes", "native/hybrid""#,
        python: r#""python/threads", "python/processes", "python/hybrid""#,
        sweep: "",
        measure: Measure::UsualLatency,
        rule: "Under the lock, whoever comes back from a wait has to ask for the lock and waits a whole switch interval for it, each time, \
               while another thread computes.",
        next: Next {
            field: "gil_switch_ms",
            value: "0.1",
            why: "With a shorter switch interval, how soon do the answers get through?",
        },
        code: "python/threads",
    },
    Experiment {
        id: "shared-hot-object",
        question: "Without the GIL everything scales, doesn't it?",
        job: r#"{ "lanes_scenario": 2, "title": "One lock for everybody",
            "groups": [{ "name": "bumps", "tasks": 16, "steps": [{ "bump": { "times": 500000, "guard": "lock" } }] }],
            "workers": 2, "concurrency": 16, "repeats": 3, "warmup": 1 }"#,
        lanes: r#""native/sequential", { "lane": "native/threads", "workers": 2 }, { "lane": "native/threads", "workers": 4 },
            { "lane": "native/processes", "workers": 2 }"#,
        python: "",
        sweep: "",
        measure: Measure::Wall,
        rule: "Threads scale as far as they share nothing that they change: on one contended lock they are slower than a single thread, \
               and each with a counter of its own they are not.",
        next: Next {
            field: "groups[0].steps[0].bump.guard",
            value: "\"atomic\"",
            why: "Is an atomic counter, which needs no lock, shared for free?",
        },
        code: "python/threads",
    },
    Experiment {
        id: "lock-let-go",
        question: "Threads are useless for CPU work in Python. Always?",
        job: r#"{ "lanes_scenario": 2, "title": "A step that lets go of the lock",
            "groups": [{ "name": "files", "tasks": 12, "steps": [
                { "compute": { "kernel": "sha256", "size": 200, "holds_lock": 0 } }] }],
            "workers": 2, "concurrency": 12, "repeats": 3, "warmup": 1 }"#,
        lanes: r#""native/sequential", "native/async", "native/gil", "native/threads""#,
        python: r#""python/sequential", "python/async", "python/threads", "python/processes""#,
        sweep: "",
        measure: Measure::Wall,
        rule: "What counts is not whether a step computes but whether it holds the lock meanwhile: hashing, compressing and much of numpy \
               let go of it, and then threads scale.",
        next: Next {
            field: "groups[0].steps[0].compute.holds_lock",
            value: "1",
            why: "If the same step holds the lock, what do two threads gain?",
        },
        code: "python/threads",
    },
];

//! The scenarios that come with Lanes, each with the question it answers.

use super::articles::ARTICLES;
pub use super::preset::Preset;

/// All presets, in the order they are offered.
pub const PRESETS: [Preset; 6] = [
    Preset {
        id: "first-look",
        question: "The same job, six ways: where does the time go?",
        what: "16 requests of 40 ms, then some work on each answer",
        json: r#"{ "lanes_scenario": 1, "title": "A first look",
            "groups": [{ "name": "pages", "tasks": 16, "steps": [
                { "fetch": { "from": "simulated", "latency_ms": 40, "spread": "uniform", "bytes": 4096 } },
                { "compute": { "kernel": "primes", "size": 150000, "spread": "uniform" } }] }],
            "workers": 4, "concurrency": 16, "repeats": 1, "warmup": 0, "seed": 1 }"#,
        python: "",
    },
    Preset {
        id: "web-requests",
        question: "Many web requests: which model waits best?",
        what: "60 requests of 50 ms",
        json: r#"{ "lanes_scenario": 1, "title": "Web requests",
            "groups": [{ "name": "pages", "tasks": 60, "steps": [
                { "fetch": { "from": "simulated", "latency_ms": 50, "bytes": 2048 } }] }],
            "workers": 8, "concurrency": 60, "repeats": 3, "warmup": 0, "seed": 1 }"#,
        python: "",
    },
    Preset {
        id: "downloads",
        question: "One thread for each download: does it pay?",
        what: "16 downloads of 256 KiB, heavy-tailed around 120 ms, 16 workers",
        json: r#"{ "lanes_scenario": 1, "title": "Downloads",
            "groups": [{ "name": "files", "tasks": 16, "steps": [
                { "fetch": { "from": "simulated", "latency_ms": 120, "spread": "heavy", "bytes": 262144 } },
                { "compute": { "kernel": "wordcount", "input": "body" } }] }],
            "workers": 16, "concurrency": 16, "repeats": 3, "warmup": 1, "seed": 3 }"#,
        python: "",
    },
    Preset {
        id: "crunch",
        question: "Crunching numbers: do more threads help, and what does the lock do to them?",
        what: "48 chunks of counting primes",
        json: r#"{ "lanes_scenario": 1, "title": "Crunch",
            "groups": [{ "name": "chunks", "tasks": 48, "steps": [
                { "compute": { "kernel": "primes", "size": 100000 } }] }],
            "workers": 2, "concurrency": 48, "repeats": 3, "warmup": 1, "seed": 1 }"#,
        python: "",
    },
    Preset {
        id: "fetch-and-parse",
        question: "Half waiting, half computing: event loop, threads or both?",
        what: "60 requests of 40 ms, then some work on each answer",
        json: r#"{ "lanes_scenario": 1, "title": "Fetch and parse",
            "groups": [{ "name": "pages", "tasks": 60, "steps": [
                { "fetch": { "from": "simulated", "latency_ms": 40, "spread": "uniform", "bytes": 16384 } },
                { "compute": { "kernel": "wordcount", "input": "body" } },
                { "compute": { "kernel": "primes", "size": 60000, "spread": "uniform" } }] }],
            "workers": 4, "concurrency": 60, "repeats": 3, "warmup": 1, "seed": 1 }"#,
        python: "",
    },
    Preset {
        id: "convoy",
        question: "One thread computes, one waits for small answers: does the lock let the answers through?",
        what: "12 requests of 2 ms beside one long computation",
        json: r#"{ "lanes_scenario": 1, "title": "Convoy",
            "groups": [
                { "name": "long", "tasks": 1, "steps": [{ "compute": { "kernel": "primes", "size": 1500000 } }] },
                { "name": "short", "tasks": 12, "steps": [
                    { "fetch": { "from": "simulated", "latency_ms": 2, "bytes": 64 } }] }],
            "workers": 2, "concurrency": 13, "repeats": 3, "warmup": 1, "seed": 1 }"#,
        python: "",
    },
];

/// All presets, and the articles after them.
pub fn all() -> impl Iterator<Item = &'static Preset> + Clone {
    PRESETS.iter().chain(&ARTICLES)
}

impl Preset {
    /// The preset of this name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        all().find(|preset| preset.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_its_link_is_short() {
        for preset in all() {
            let link = crate::link::url("https://lanes.example/somewhere/", &preset.scenario()).expect("fits");
            assert!(link.len() < 2_000, "{}: {}", preset.id, link.len());
            assert_eq!(crate::link::decode(&link), Ok(preset.scenario()), "{link}");
            assert_eq!(Preset::find(preset.id), Some(preset));
        }
    }
}

//! Scenarios dealt from a number, with everything that a task and a server can be told.

use lanes_core::{
    export::program::{Language, Program, program},
    rng,
    scenario::{Lane, Model, Scenario},
};

/// As many are formatted, under each model.
const FORMATTED: u64 = 40;
/// As many are built and run, each under two models.
const RUN: u64 = 3;

/// Programs to be formatted.
pub(crate) fn to_format() -> Vec<Program> {
    let of = |number: u64| {
        let scenario = scenario(number, false);
        Model::ALL.map(|model| {
            let program = program(&scenario, Lane::native(model), Language::Rust).expect("a program for every model");
            Program { file_name: format!("generated_{number}_{}.rs", model.id()), ..program }
        })
    };
    (0..FORMATTED).flat_map(of).collect()
}

/// Scenarios to be run, which come to what core's loop comes to.
pub(crate) fn to_run() -> Vec<(String, Scenario, Vec<Model>)> {
    let models = [[Model::Threads, Model::Processes], [Model::Hybrid, Model::Processes], [Model::Async, Model::Gil]];
    let of =
        |(number, models): (u64, [Model; 2])| (format!("generated-{number}"), scenario(number, true), models.to_vec());
    (0..RUN).zip(models).map(of).collect()
}

/// Chance, and what has been taken of it.
struct Chance(u64, u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.1 += 1;
        rng::nth(self.0, self.1) % end
    }

    fn is(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len() as u64) as usize]
    }

    /// Those of the fields that chance takes, each with its comma.
    fn fields(&mut self, percent: u64, fields: &[&str]) -> String {
        fields.iter().copied().filter(|_| self.is(percent)).collect()
    }
}

/// The scenario of a number; `is_certain` of its outcome, whoever comes first.
fn scenario(number: u64, is_certain: bool) -> Scenario {
    let mut chance = Chance(rng::derive(7, number), 0);
    // One that is dealt badly has no step at all, or a limit that nobody meets.
    (0..1000).find_map(|_| Scenario::from_json(&json(&mut chance, is_certain)).ok()).expect("most of them are valid")
}

fn json(chance: &mut Chance, is_certain: bool) -> String {
    let setup = chance.of(&[
        r#""ms":1.25"#,
        r#""compute":{"kernel":"sort","size":99}"#,
        r#""compute":{"kernel":"sha256","size":1}"#,
    ]);
    let limits = [
        r#","capacity":2"#,
        r#","rate_per_s":400,"burst":9"#,
        r#","errors":0.1"#,
        r#","bandwidth_mbit":20"#,
        r#","connect_ms":1"#,
        r#","keep_alive":false"#,
        r#","slows":0.25"#,
        r#","full":"refuse""#,
    ];
    // Who is refused may be so once too often.
    let limits = if is_certain { &limits[..7] } else { &limits[..] };
    let limits = chance.fields(40, limits);
    let server =
        if chance.is(60) { format!(r#""server":{{{}}},"#, limits.trim_start_matches(',')) } else { String::new() };
    let groups: Vec<String> = (0..1 + chance.below(3)).map(|group| group_json(chance, group, is_certain)).collect();
    let (workers, concurrency, chunk) = (2 + chance.below(3), 2 + chance.below(12), 1 + chance.below(4));
    format!(
        r#"{{"lanes_scenario":2,"title":"Generated","seed":{},"workers":{workers},"concurrency":{concurrency},"chunk":{chunk},
        "setup":{{{setup}}},{server}"groups":[{}]}}"#,
        chance.below(1000),
        groups.join(",")
    )
}

fn group_json(chance: &mut Chance, group: u64, is_certain: bool) -> String {
    let steps: Vec<String> = (0..1 + chance.below(3)).map(|_| step_json(chance, is_certain)).collect();
    let memory = if chance.is(40) { r#","memory_mb":0.5"# } else { "" };
    let after = if group > 0 && chance.is(25) { r#","after":"g0""# } else { "" };
    let tasks = 3 + chance.below(9);
    format!(r#"{{"name":"g{group}","tasks":{tasks}{memory}{after},"steps":[{}]}}"#, steps.join(","))
}

fn step_json(chance: &mut Chance, is_certain: bool) -> String {
    if chance.is(50) {
        let own = chance.fields(30, &[r#","spread":"heavy""#, r#","blocking":true"#]);
        let again = [r#","retries":3"#, r#","timeout_ms":9"#, r#","keeps_lock":true"#];
        let again = if is_certain { r#","retries":10,"backoff_ms":3"#.to_owned() } else { chance.fields(30, &again) };
        let (latency_ms, bytes) = (1 + chance.below(3), chance.below(3000));
        return format!(r#"{{"fetch":{{"latency_ms":{latency_ms},"bytes":{bytes}{own}{again}}}}}"#);
    }
    let (kernel, shape) = (chance.of(&["primes", "sort", "sha256", "pi"]), chance.of(&["bytes", "numbers", "objects"]));
    let (taken, given) = (chance.of(&["0", "40", "90000"]), chance.of(&["0", "7", "9000", "200000"]));
    let holds = if chance.is(30) { r#","holds_lock":0.5"# } else { "" };
    format!(
        r#"{{"compute":{{"kernel":"{kernel}","size":20,"bytes_in":{taken},"bytes_out":{given},"shape":"{shape}"{holds}}}}}"#
    )
}

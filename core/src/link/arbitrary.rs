//! Any valid scenario, for tests.

use proptest::{collection::vec, option, prelude::*, sample::select, sample::subsequence, strategy::Union};
use strum::IntoEnumIterator;

use crate::scenario::{
    Arrive, Bump, Call, Chunk, Code, Compute, Fetch, From, Full, Goal, Group, Guard, Kernel, Lane, Model, Name, Named,
    Pace, Place, PoolStart, Repeats, Scenario, Server, Setting, Settings, Setup, SetupKernel, Shape, Source, Spread,
    StartMethod, Step, VERSION, limits,
};

/// Any valid scenario, as often with a field at its default as not.
pub(super) fn arb_scenario() -> impl Strategy<Value = Scenario> {
    let default = Scenario::default();
    let groups = (vec(group(), 1..4), any::<bool>()).prop_map(|(groups, is_staged)| staged(groups, is_staged));
    let groups = prop_oneof![4 => groups, 1 => (name(), call()).prop_map(|(name, call)| vec![calling(name, call)])];
    let job = (name(), groups, or(default.lanes, lanes()));
    let pools = (
        or(None, setup().prop_map(Some)),
        or(default.workers, 1..=limits::MAX_WORKERS as u32),
        or(default.concurrency, 1..=limits::MAX_CONCURRENCY as u32),
        or(Chunk::Auto, (1..=limits::MAX_CHUNK as u32).prop_map(Chunk::Fixed)),
        or(default.gil_switch_ms, limits::GIL_SWITCH_MS),
    );
    let runs = (
        or(default.repeats, repeats()),
        or(default.budget_s, limits::BUDGET_S),
        or(default.warmup, 0..=limits::MAX_WARMUP as u32),
        or(default.deadline_s, 0.0..=limits::MAX_DEADLINE_S),
        (or(default.server, server()), one_of::<Goal>(), or(0.0, 0.0..=limits::MAX_MEMORY_LIMIT_MB)),
        prop_oneof![Just(1), 0..100_u64, any::<u64>(), Just(u64::MAX)],
    );
    (job, pools, runs).prop_map(
        |((title, groups, lanes), (setup, workers, concurrency, chunk, gil_switch_ms), runs)| {
            let (repeats, budget_s, warmup, deadline_s, (server, goal, memory_limit_mb), seed) = runs;
            let fetches = || groups.iter().flat_map(|group: &Group| &group.steps);
            let asks = |from: &From| fetches().any(|step| matches!(step, Step::Fetch(fetch) if fetch.from == *from));
            // A server that nobody asks has no limits.
            let server = if asks(&From::Simulated) && !asks(&From::Server) { server } else { Server::default() };
            Scenario {
                lanes_scenario: VERSION,
                title,
                groups,
                lanes,
                setup,
                workers,
                concurrency,
                chunk,
                gil_switch_ms,
                deadline_s,
                server,
                goal,
                memory_limit_mb,
                repeats,
                budget_s,
                warmup,
                seed,
            }
        },
    )
}

fn setup() -> impl Strategy<Value = Setup> {
    let kernel = one_of::<Kernel>().prop_flat_map(|kernel| {
        let about = kernel.about();
        or(about.default_size, 1..=about.max_size).prop_map(move |size| SetupKernel { kernel, size })
    });
    prop_oneof![(0.0..=limits::MAX_SETUP_MS).prop_map(Setup::Ms), kernel.prop_map(Setup::Compute)]
}

fn repeats() -> impl Strategy<Value = Repeats> {
    prop_oneof![Just(Repeats::Auto), (1..=limits::MAX_REPEATS as u32).prop_map(Repeats::Fixed)]
}

fn or<T: Clone + std::fmt::Debug + 'static>(default: T, other: impl Strategy<Value = T> + 'static) -> BoxedStrategy<T> {
    Union::new([Just(default).boxed(), other.boxed()]).boxed()
}

/// Texts that look like something else.
const TRAPS: [&str; 15] =
    ["", "5", "-0.5e3", "true", "null", "!", "(a)", ")", "a,b:c", "!.", "50%", "%41", "a+b & #c~", "'\"<`\\|", " \t\n"];

/// A title or a group's name: words, what looks like something else, and anything at all.
fn name() -> BoxedStrategy<String> {
    let any = vec(any::<char>(), 0..24).prop_map(String::from_iter);
    prop_oneof!["[a-z ]{0,20}", select(&TRAPS[..]).prop_map(str::to_owned), "[ -~]{0,20}", any].boxed()
}

fn lanes() -> impl Strategy<Value = Vec<Lane>> {
    let mut all: Vec<_> =
        Place::ALL.iter().flat_map(|&place| Model::ALL.map(|model| Lane::new(place, model))).collect();
    all.retain(|lane| lane.place.has(lane.model));
    let most = all.len();
    (subsequence(all, 1..=most).prop_shuffle(), vec(settings(), most)).prop_map(|(lanes, settings)| {
        lanes.into_iter().zip(settings).map(|(lane, settings)| own(lane, settings)).collect()
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let name = option::of("[a-z0-9 ,()ü]{0,18}[a-z]");
    let switch_us = option::of(10..=1_000_000_u32);
    let chunk = option::of(prop_oneof![Just(Chunk::Auto), (1..=limits::MAX_CHUNK as u32).prop_map(Chunk::Fixed)]);
    let numbers =
        (option::of(1..=limits::MAX_WORKERS as u32), option::of(1..=limits::MAX_CONCURRENCY as u32), chunk, switch_us);
    let ways = (option::of(one_of::<StartMethod>()), option::of(one_of::<PoolStart>()), name);
    (numbers, ways).prop_map(|((workers, concurrency, chunk, switch_us), (start, pool, name))| Settings {
        workers,
        concurrency,
        chunk,
        switch_us,
        start,
        pool,
        name: name.as_deref().and_then(Name::new),
    })
}

/// A lane with those of the settings that make a difference to it.
fn own(lane: Lane, settings: Settings) -> Lane {
    let matters = |setting: Setting| setting.matters(lane.place, lane.model);
    let settings = Settings {
        workers: settings.workers.filter(|_| matters(Setting::Workers)),
        concurrency: settings.concurrency.filter(|_| matters(Setting::Concurrency)),
        chunk: settings.chunk.filter(|_| matters(Setting::Chunk)),
        switch_us: settings.switch_us.filter(|_| matters(Setting::GilSwitchMs)),
        start: settings.start.filter(|_| matters(Setting::Start)),
        pool: settings.pool.filter(|_| matters(Setting::Pool)),
        name: settings.name.filter(|name| name.as_str().trim() == name.as_str()),
    };
    Lane { settings, ..lane }
}

fn group() -> impl Strategy<Value = Group> {
    let tasks = (name(), or(1, 1..100_000_u32), vec(step(), 1..=limits::MAX_STEPS));
    // However many are in progress at once.
    let most_mb = limits::MAX_MEMORY_AT_ONCE_MB / limits::MAX_CONCURRENCY as f64;
    let memory_mb = or(0.0, 0.0..=most_mb);
    (tasks, or(None, arrive().prop_map(Some)), memory_mb).prop_map(|((name, tasks, mut steps), arrive, memory_mb)| {
        let mut has_body = false;
        for step in &mut steps {
            match step {
                Step::Compute(compute) if compute.input == Source::Body && !has_body => compute.input = Source::Size,
                Step::Fetch(_) => has_body = true,
                _ => {}
            }
        }
        Group { name, tasks, steps, arrive, after: String::new(), memory_mb }
    })
}

fn arrive() -> impl Strategy<Value = Arrive> {
    let pace = prop_oneof![
        limits::ARRIVE_EVERY_MS.prop_map(Pace::EveryMs),
        limits::ARRIVE_RATE_PER_S.prop_map(Pace::RatePerS),
    ];
    (pace, one_of::<Spread>()).prop_map(|(pace, spread)| Arrive { pace, spread })
}

/// Lets the last group wait for the first one, where that has a name of its own.
fn staged(mut groups: Vec<Group>, is_staged: bool) -> Vec<Group> {
    let first = groups[0].name.clone();
    let is_own = !first.is_empty() && groups.iter().filter(|group| group.name == first).count() == 1;
    if let Some(last) = groups[1..].last_mut().filter(|_| is_staged && is_own) {
        (last.arrive, last.after) = (None, first);
    }
    groups
}

fn step() -> impl Strategy<Value = Step> {
    let bump =
        (or(1000, 1..=limits::MAX_BUMPS as u32), one_of::<Guard>()).prop_map(|(times, guard)| Bump { times, guard });
    prop_oneof![fetch().prop_map(Step::Fetch), compute().prop_map(Step::Compute), bump.prop_map(Step::Bump)]
}

/// A call stands alone.
fn calling(name: String, call: Call) -> Group {
    Group { name, tasks: 12, steps: vec![Step::Call(call)], ..Group::default() }
}

fn call() -> impl Strategy<Value = Call> {
    let default = Call::default();
    let source = vec("[ -~é]{0,30}\n", 0..4).prop_map(|lines| Code::Source(lines.concat()));
    let named = ("[0-9a-f]{32}", "[ -.0-~é]{1,9}[.]py", any::<bool>());
    let named =
        named.prop_map(|(digest, file, setup)| Code::Named(Named { digest, file: file.replace('\\', "-"), setup }));
    let python = prop_oneof![source, named];
    let identifier = || "[a-z_][a-z0-9_]{0,9}";
    let coroutine = or(String::new(), identifier());
    (
        python,
        or(default.function, identifier()),
        coroutine,
        or(String::new(), "[ -~]{1,30}"),
        or(default.module, identifier()),
    )
        .prop_map(|(python, function, coroutine, items, module)| Call {
            python,
            function,
            coroutine,
            items,
            module,
        })
}

fn fetch() -> impl Strategy<Value = Fetch> {
    let default = Fetch::default();
    let address = "https?://[a-z]{1,9}\\.example(:80)?/[!-~é😀]{0,30}";
    let from = prop_oneof![
        Just(From::Simulated),
        Just(From::Server),
        Just(From::Page),
        vec(address, 1..5).prop_map(From::Urls)
    ];
    let latency_ms = prop_oneof![Just(default.latency_ms), Just(0.1), Just(-0.0), 0.0..=limits::MAX_LATENCY_MS];
    let bytes = or(default.bytes, 0..=limits::MAX_BODY_BYTES as u32);
    let timeout_ms = or(default.timeout_ms, 1..=limits::MAX_TIMEOUT_MS as u32);
    let flags = (any::<bool>(), any::<bool>());
    let again = (or(0, 0..=limits::MAX_RETRIES as u32), or(default.backoff_ms, 0.0..=limits::MAX_BACKOFF_MS));
    (from, latency_ms, one_of::<Spread>(), bytes, flags, timeout_ms, again).prop_map(
        |(from, latency_ms, spread, bytes, (blocking, keeps_lock), timeout_ms, (retries, backoff_ms))| Fetch {
            // Real requests let go of the lock.
            keeps_lock: keeps_lock && from == From::Simulated,
            from,
            latency_ms,
            spread,
            bytes,
            blocking,
            timeout_ms,
            retries,
            backoff_ms,
        },
    )
}

fn server() -> impl Strategy<Value = Server> {
    let default = Server::default();
    let places = (or(0, 0..=limits::MAX_CONCURRENCY as u32), one_of::<Full>(), or(0.0, 0.0..=limits::MAX_SLOWS));
    let rate = (or(0.0, 0.0..=limits::MAX_RATE_PER_S), or(default.burst, 1..=limits::MAX_RATE_PER_S as u32));
    let link = (
        or(0.0, 0.0..=limits::MAX_BANDWIDTH_MBIT),
        or(0.0, 0.0..=limits::MAX_LATENCY_MS),
        any::<bool>(),
        or(0.0, 0.0..=1.0),
    );
    (places, rate, link).prop_map(
        |((capacity, full, slows), (rate_per_s, burst), (bandwidth_mbit, connect_ms, keep_alive, errors))| Server {
            capacity,
            full,
            rate_per_s,
            burst,
            errors,
            bandwidth_mbit,
            connect_ms,
            keep_alive,
            slows,
        },
    )
}

fn compute() -> impl Strategy<Value = Compute> {
    (one_of::<Kernel>(), one_of::<Spread>(), one_of::<Source>()).prop_flat_map(|(kernel, spread, input)| {
        let about = kernel.about();
        let most = (about.max_size as f64 / spread.largest()) as u64;
        let input = if about.takes_bytes { input } else { Source::Size };
        let holds_lock = or(None, prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0].prop_map(Some));
        let size = or(about.default_size.min(most), 1..=most);
        // The data of all steps together have a limit.
        let most_bytes = (limits::MAX_PAYLOAD_ITEM_BYTES / (4 * limits::MAX_STEPS) as u64) as u32;
        let bytes = || or(0, 0..=most_bytes);
        let data = (bytes(), bytes(), one_of::<Shape>());
        (size, holds_lock, data).prop_map(move |(size, holds_lock, (bytes_in, bytes_out, shape))| Compute {
            kernel,
            size,
            spread,
            input,
            holds_lock,
            bytes_in,
            bytes_out,
            shape,
        })
    })
}

fn one_of<T: IntoEnumIterator + Clone + std::fmt::Debug + 'static>() -> impl Strategy<Value = T> {
    select(T::iter().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn it_is_valid(scenario in arb_scenario()) {
        prop_assert_eq!(scenario.problems(), []);
    }
}

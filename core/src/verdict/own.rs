//! What the results say of a function of the user's own: which model, with how many workers, why, and what to write.

use crate::{
    present::{
        number::{count, share, times},
        time::duration,
    },
    report::{LaneResult, speedup},
    scenario::{Call, Interpreter, Lane, Model, Place, Scenario},
    spread::median,
    trace::State,
};

use super::{character::Kind, choice::Choice, limit, rule::Rule, standing::Standing, ties::tie_clause};

/// Less than this many times as fast is no gain.
const GAIN: f64 = 1.15;

/// Which lane to take, in a sentence or two; nothing where the job is no such function, or nothing can be said of it.
pub(super) fn sentence(scenario: &Scenario, standing: &Standing<'_>, choice: &Choice<'_>) -> Option<String> {
    let call = scenario.call()?;
    let taken = choice.lane;
    if matches!(choice.rule(), Rule::TooSmallToMatter | Rule::Noisy | Rule::NothingToCompare) {
        return None;
    }
    let wall = duration(median(taken));
    let ties = tie_clause(choice);
    let mut text = match (taken.lane.model, standing.speedup(taken)) {
        (Model::Sequential, _) => {
            format!("Stay with one item after another, {wall}: nothing that was tried is faster{ties}.")
        }
        (_, Some(ratio)) => format!(
            "Take {}: {} as fast as one item after another, {wall} instead of {}{ties}.",
            what(scenario, call, taken.lane),
            times(ratio),
            standing.find(taken.lane.place, Model::Sequential).map_or_else(String::new, |lane| duration(median(lane))),
        ),
        (_, None) => format!("Take {}, {wall}{ties}.", what(scenario, call, taken.lane)),
    };
    text.extend(threads(standing, choice));
    text.extend(paid_back(scenario, standing, taken));
    Some(text)
}

/// `processes with 4 workers`.
fn what(scenario: &Scenario, call: &Call, lane: Lane) -> String {
    let workers = match scenario.workers_of(lane) {
        1 => "1 worker".to_owned(),
        workers => format!("{} workers", count(workers.into())),
    };
    let at_once = count(scenario.concurrency_of(lane).into());
    match lane.model {
        Model::Sequential => "one item after another".to_owned(),
        Model::Async if call.coroutine.is_empty() => format!("asyncio.to_thread with {at_once} at once"),
        Model::Async => format!("asyncio with {at_once} in flight"),
        Model::Hybrid => format!("asyncio.to_thread with {workers}"),
        Model::Threads | Model::Gil if lane.interpreter.is_free_threaded() => {
            format!("threads of a Python without its lock, with {workers}")
        }
        Model::Threads | Model::Gil => format!("threads with {workers}"),
        Model::Processes => format!("processes with {workers}"),
        Model::Interpreters => format!("interpreters with {workers}"),
    }
}

/// What threads gain, beside another lane that is taken; or why they gain although the function computes.
fn threads(standing: &Standing<'_>, choice: &Choice<'_>) -> Option<String> {
    let taken = choice.lane;
    let sequential = standing.find(Place::Python, Model::Sequential)?;
    let has_lock = |lane: &&LaneResult| lane.lane.model == Model::Threads && !lane.lane.interpreter.is_free_threaded();
    let best = standing.candidates(Some(Place::Python)).filter(has_lock).min_by_key(|lane| median(lane))?;
    let ratio = speedup(best, sequential)?;
    let character = &choice.character;
    let computing = share(character.computing_ns, character.work_ns());
    if taken.lane.model == Model::Threads {
        let is_shared = taken.lane == best.lane && character.kind == Kind::CpuBound && ratio >= GAIN;
        return is_shared.then(|| {
            format!(
                " {computing} of an item is computing, and it lets go of the interpreter's lock: several go on at once."
            )
        });
    }
    if choice.tied_lanes().contains(&best.lane) {
        return None;
    }
    let gain = if ratio < GAIN { "gain nothing".to_owned() } else { format!("are {} as fast", times(ratio)) };
    // A cause is named where it was measured.
    let why = if limit::lock_is_measured(standing, Place::Python) {
        format!(", because {computing} of an item is computed with the interpreter's lock held")
    } else {
        String::new()
    };
    Some(format!(" Threads {gain}{why}."))
}

/// From how many items on the start of the workers is paid back.
fn paid_back(scenario: &Scenario, standing: &Standing<'_>, taken: &LaneResult) -> Option<String> {
    let start_ns = taken.start_up_ns.filter(|_| taken.lane.model == Model::Processes)?;
    let sequential = standing.find(Place::Python, Model::Sequential)?;
    let items = f64::from(scenario.tasks());
    // One after another, setup() is done once, and is no part of an item.
    let once_ns = sequential.total().state_ns(State::StartUp);
    let alone_ns = median(sequential).saturating_sub(once_ns) as f64 / items;
    let side_by_side_ns = median(taken).saturating_sub(start_ns) as f64 / items;
    let gained_ns = alone_ns - side_by_side_ns;
    let more_ns = start_ns.saturating_sub(once_ns) as f64;
    (gained_ns > 0.0 && more_ns > 0.0).then(|| {
        let from = (more_ns / gained_ns).ceil().max(1.0) as u64;
        let items = if from == 1 { "the first item".to_owned() } else { format!("{} items", count(from)) };
        format!(" Starting its workers takes {}, which is paid back from {items} on.", duration(start_ns))
    })
}

/// The lines to write for the lane that is taken, around the user's function.
pub(super) fn code(scenario: &Scenario, choice: &Choice<'_>) -> Vec<String> {
    let Some(call) = scenario.call() else { return Vec::new() };
    let lane = choice.lane.lane;
    let (workers, at_once) = (scenario.workers_of(lane), scenario.concurrency_of(lane));
    let function = &call.function;
    let items = match call.items.as_str() {
        "" => "ITEMS",
        // Spelled out, they would be all that is seen.
        long if long.chars().count() > 40 => "ITEMS",
        expression => expression,
    };
    let setup = if call.has_setup() { ", initializer=setup" } else { "" };
    let text = match lane.model {
        Model::Sequential if call.is_coroutine_only() => {
            format!("import asyncio\n\nresults = [asyncio.run({function}(item)) for item in {items}]")
        }
        Model::Sequential => format!("results = [{function}(item) for item in {items}]"),
        Model::Async if !call.coroutine.is_empty() => format!(
            "import asyncio\n\nasync def main():\n    slots = asyncio.Semaphore({at_once})\n\n    async def one(item):\n        \
             async with slots:\n            return await {}(item)\n\n    return await asyncio.gather(*map(one, {items}))\n\n\
             results = asyncio.run(main())",
            call.coroutine
        ),
        Model::Async | Model::Hybrid => {
            let threads = if lane.model == Model::Async { at_once } else { workers };
            format!(
                "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n\nasync def main():\n    loop = \
                 asyncio.get_running_loop()\n    loop.set_default_executor(ThreadPoolExecutor({threads}{setup}))\n    return \
                 await asyncio.gather(*(asyncio.to_thread({function}, item) for item in {items}))\n\nresults = \
                 asyncio.run(main())"
            )
        }
        Model::Threads | Model::Gil | Model::Interpreters => {
            let pool = if lane.model == Model::Interpreters { "InterpreterPoolExecutor" } else { "ThreadPoolExecutor" };
            format!(
                "from concurrent.futures import {pool}\n\nwith {pool}({workers}{setup}) as pool:\n    results = \
                 list(pool.map({function}, {items}))"
            )
        }
        Model::Processes => {
            let start = lane.settings.start.map(|start| format!("multiprocessing.get_context(\"{}\")", start.id()));
            let context = start.unwrap_or_else(|| "multiprocessing".to_owned());
            format!(
                "import multiprocessing\n\nif __name__ == \"__main__\":\n    with {context}.Pool({workers}{setup}) as pool:\n        \
                 results = list(pool.imap({function}, {items}{}))",
                match scenario.chunk {
                    crate::scenario::Chunk::Fixed(items) if items > 1 => format!(", chunksize={items}"),
                    _ => String::new(),
                }
            )
        }
    };
    let free = if lane.interpreter == Interpreter::FreeThreaded {
        "# In a Python that is built without its lock.\n"
    } else {
        ""
    };
    format!("{free}{text}").lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        scenario::{Call, Code, Group, Scenario, Step},
        verdict::{Verdict, tests::lane, verdict},
    };

    fn judge(call: Call, lanes: &str) -> Verdict {
        let group = Group { tasks: 60, steps: vec![Step::Call(call)], ..Group::default() };
        let scenario = Scenario { groups: vec![group], ..Scenario::default() };
        let lanes: Vec<_> = lanes.lines().map(str::trim).filter(|line| !line.is_empty()).map(lane).collect();
        verdict(&scenario, &lanes)
    }

    #[test]
    fn processes_are_taken_with_a_number_of_workers_and_the_reason() {
        let verdict = judge(
            Call::default(),
            "python/sequential 3600 3601 3602 compute=3400 wait=200
             python/threads 3500 3501 3502 compute=3400 lock=3500 wait=200
             python/processes 1910 1911 1912 compute=3400 wait=200 workers=2 start=100
             python/processes 1000 1001 1002 compute=3400 wait=200 workers=4 start=100
             python/processes 1000 1001 1003 compute=3400 wait=200 workers=8 start=100",
        );
        assert_eq!(
            verdict.sentence,
            "Take processes with 4 workers: 3.60× as fast as one item after another, 1.00 s instead of 3.60 s; 8 workers gain \
             nothing. Threads gain nothing, because 94 % of an item is computed with the interpreter's lock held. Starting \
             its workers takes 100 ms, which is paid back from 3 items on."
        );
        assert_eq!(verdict.code[3], "    with multiprocessing.Pool(4) as pool:");
    }

    #[test]
    fn threads_that_compute_side_by_side_let_go_of_the_lock() {
        let verdict = judge(
            Call { python: Code::Source("def setup():\n    pass\n".into()), ..Call::default() },
            "python/sequential 2000 2001 2002 compute=2000
             python/threads 1000 1001 1002 compute=2000 workers=2
             python/async 1010 1011 1012 compute=2000 slots=2
             python/processes 1200 1201 1202 compute=2000 workers=2",
        );
        assert!(verdict.sentence.starts_with("Take threads with 2 workers: 2.00× as fast"), "{}", verdict.sentence);
        assert!(verdict.sentence.contains("100 % of an item is computing, and it lets go of"), "{}", verdict.sentence);
        assert!(verdict.code.contains(&"with ThreadPoolExecutor(2, initializer=setup) as pool:".to_owned()));
    }

    #[test]
    fn a_coroutine_is_taken_as_it_is_and_nothing_is_said_of_what_is_too_small() {
        let call = || Call { coroutine: "task_async".into(), ..Call::default() };
        let verdict = judge(
            call(),
            "python/sequential 3000 3001 3002 wait=3000
             python/async 60 61 62 wait=3000 slots=50",
        );
        assert!(verdict.sentence.starts_with("Take asyncio with 50 in flight: 49.2× as fast"), "{}", verdict.sentence);
        assert!(verdict.code.iter().any(|line| line.contains("return await task_async(item)")), "{:?}", verdict.code);
        let verdict = judge(call(), "python/sequential 3 3.1 3.2 compute=3\npython/threads 4 4.1 4.2 compute=3");
        assert!(verdict.sentence.starts_with("Too small to matter"), "{}", verdict.sentence);
        let slower = "python/sequential 300 301 302 compute=300\npython/threads 400 401 402 compute=300 lock=390";
        let verdict = judge(Call::default(), slower);
        assert!(verdict.sentence.starts_with("Stay with one item after another, 301 ms"), "{}", verdict.sentence);
        assert_eq!(verdict.code, ["results = [task(item) for item in ITEMS]"]);
    }
}

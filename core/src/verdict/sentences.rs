//! The verdict in words.

use crate::{
    present::{
        footnotes::fell_behind,
        number::{bytes, count, list, of, sentence as capital, share, times},
        time::{deviating, duration},
    },
    report::{Ending, LaneResult},
    scenario::{Lane, Model, Place, Scenario},
    spread::{self, median},
    trace::State,
};

use super::{
    character::{Character, Kind},
    choice::Choice,
    limit::{self, Limit},
    lock, noise, own,
    rule::Rule,
    server_advice,
    standing::Standing,
    ties::tie_clause,
    variants,
};

/// Share of a process lane's time in messages and start-up from which it is worth a word.
const OVERHEAD_SHARE: f64 = 0.1;

/// It all in one sentence. An update that was lost comes first: however fast, that is a wrong program.
pub(super) fn sentence(
    scenario: &Scenario,
    standing: &Standing<'_>,
    overall: Option<&Choice<'_>>,
    character: &Character,
    other_work_percent: Option<u8>,
) -> String {
    let mut which = match overall.filter(|choice| choice.rule() == Rule::Noisy) {
        Some(choice) => noise::sentence(choice, other_work_percent),
        None => which(scenario, standing, overall, character),
    };
    which.extend(overall.and_then(sent));
    match lost_updates(standing) {
        None => which,
        Some(lost) if overall.is_some_and(|choice| choice.tiny || choice.is_noisy) => lost,
        Some(lost) => format!("{lost} {which}"),
    }
}

/// Why processes lost to lanes that share memory, where that was because of the data of their tasks.
fn sent(choice: &Choice<'_>) -> Option<String> {
    let taken = choice.lane;
    let is_slower = |lane: &&&LaneResult| {
        let is_tied = choice.tied_lanes().contains(&lane.lane);
        lane.lane.place == taken.lane.place && !is_tied && median(lane) > median(taken)
    };
    let slower = choice.candidates.iter().filter(is_slower);
    let (part, data, lane) = slower
        .filter_map(|lane| limit::data_sent(lane).map(|(part, data)| (part, data, lane)))
        .find(|(part, ..)| *part >= OVERHEAD_SHARE && limit::data_sent(taken).is_none())?;
    Some(format!(
        " {} took {} as long: {} of what its processes did was to send {} that {} shares.",
        lane.lane,
        times(median(lane) as f64 / median(taken).max(1) as f64),
        share((part * 1e6) as u64, 1_000_000),
        bytes(data),
        taken.lane,
    ))
}

/// The lanes whose increments of the shared counter did not all arrive.
pub(super) fn lost_updates(standing: &Standing<'_>) -> Option<String> {
    let lost = standing.all.iter().filter_map(|lane| {
        let counter = lane.shown.as_ref().filter(|run| run.ending == Ending::Complete)?.counter?;
        let (lost, all) = (counter.lost(), counter.expected);
        (lost > 0).then(|| format!("{} lost {} of {} updates", lane.lane, count(lost), count(all)))
    });
    let lost: Vec<String> = lost.collect();
    (!lost.is_empty()).then(|| {
        format!(
            "{} of the shared counter: unguarded increments overwrite each other wherever threads interleave, so guard \
             them with a lock or an atomic, however fast it is without.",
            list(&lost)
        )
    })
}

/// Which lane to take, in one sentence.
fn which(scenario: &Scenario, standing: &Standing<'_>, overall: Option<&Choice<'_>>, character: &Character) -> String {
    let Some(choice) = overall else { return nothing_to_rank(standing) };
    if let Some(own) = own::sentence(scenario, standing, choice) {
        return own;
    }
    let lane = choice.lane.lane;
    let took = took(standing, choice);
    let ties = tie_clause(choice);
    let work = work(character);
    match choice.rule() {
        Rule::NothingToCompare if standing.excluded.is_empty() => {
            format!("Only {lane} can be judged ({took}): run another lane to compare it with.")
        }
        Rule::NothingToCompare => {
            format!("Only {lane} can be judged ({took}): no other lane did the whole job and came to the same answer.")
        }
        Rule::TooSmallToMatter => {
            let whole = match standing.find(lane.place, Model::Sequential).and_then(|lane| lane.wall) {
                Some(wall) => format!("the whole job takes {} one task after another", duration(wall.median)),
                None => format!("the whole job is {} of work", duration(character.work_ns())),
            };
            format!("Too small to matter: {whole}, so take the simplest, {lane}.")
        }
        Rule::KeepItSimple => {
            format!(
                "{}: nothing beats one task after another here, so stay with {lane} ({took}){ties}.",
                capital(&work)
            )
        }
        rule => format!("{}: {} {lane}, which took {took}{ties}.", capital(&work), advice(rule)),
    }
}

/// What to take in the other places, for whoever is not free to leave one: ` In CPython it waits (61 %) and computes
/// (39 %): python/processes, 1.15 s.`
pub(super) fn elsewhere(overall: Option<&Choice<'_>>, choices: &[Choice<'_>]) -> String {
    let Some(taken) = overall.filter(|choice| !matches!(choice.kind(), Kind::TooSmall | Kind::Noisy)) else {
        return String::new();
    };
    let others = choices.iter().filter(|other| other.lane.lane.place != taken.lane.lane.place);
    others
        .filter(|other| other.candidates.len() > 1)
        .map(|other| {
            let place = match other.lane.lane.place {
                Place::Browser => "In the browser",
                Place::Native => "Natively",
                Place::Python => "In CPython",
                Place::Pyodide => "In CPython in the page",
            };
            let work = work(&other.character);
            let work = work.strip_prefix("this job ").map_or_else(String::new, |work| format!(" it {work}"));
            format!(" {place}{work}: {}, {}{}.", other.lane.lane, duration(median(other.lane)), tie_clause(other))
        })
        .collect()
}

fn advice(rule: Rule) -> &'static str {
    match rule {
        Rule::OverlapTheWaiting | Rule::OverlapUntilTheLoopIsBusy => "overlap the waiting on one event loop,",
        Rule::AThreadForEachWait => "give each wait a thread,",
        Rule::UseEveryCore => "use every core,",
        Rule::AroundTheLock => "go around the interpreter lock,",
        Rule::WaitTogetherComputeApart => "wait on one event loop and compute on a pool,",
        Rule::WorkersDoBoth => "let several workers wait and compute side by side,",
        _ => "as measured, take",
    }
}

/// `this job waits (98 % of its work)`.
fn work(character: &Character) -> String {
    let (waiting, computing) = character.percents();
    let work = character.work_ns();
    match character.kind {
        Kind::IoBound => format!("this job waits ({} of its work)", share(character.waiting_ns, work)),
        Kind::CpuBound => format!("this job computes ({} of its work)", share(character.computing_ns, work)),
        Kind::Mixed => format!("this job waits ({waiting} %) and computes ({computing} %)"),
        Kind::TooSmall | Kind::Noisy | Kind::Unknown => "what this job does was not seen".into(),
    }
}

/// `52.1 ms, 57.8× as fast as one task after another`; the ratio only where it is no tie.
fn took(standing: &Standing<'_>, choice: &Choice<'_>) -> String {
    let lane = choice.lane;
    let took = duration(median(lane));
    let is_tie = choice.ties.iter().any(|tie| (tie.lane.place, tie.lane.model) == (lane.lane.place, Model::Sequential));
    match standing.speedup(lane) {
        Some(ratio) if lane.lane.model != Model::Sequential && ratio >= 1.0 && !is_tie => {
            format!("{took}, {} as fast as one task after another", times(ratio))
        }
        _ => took,
    }
}

fn nothing_to_rank(standing: &Standing<'_>) -> String {
    match (standing.all.as_slice(), standing.excluded.as_slice()) {
        ([], _) => "There is nothing to judge yet: no lane has run.".into(),
        (_, [one]) if standing.trusted.is_empty() => {
            format!("No lane can be recommended: {} {}.", one.lane, one.reason.trim_end_matches('.'))
        }
        (_, []) => "No lane can be recommended: what ran is a model, there to explain CPython.".into(),
        _ => "No lane can be recommended: none did the whole job and came to an answer that the others confirm.".into(),
    }
}

/// The rule in words, with the numbers it rests on.
pub(super) fn why(scenario: &Scenario, standing: &Standing<'_>, choice: &Choice<'_>, rule: Rule) -> String {
    let mut why = format!("{} took {}; {}", choice.lane.lane, took(standing, choice), rule.words());
    if rule == Rule::AThreadForEachWait {
        let workers = of(scenario.workers_of(choice.lane.lane).into(), "worker", "workers");
        why.push_str(&format!(" (here {workers} for {})", of(scenario.tasks().into(), "task", "tasks")));
    }
    if choice.fastest.lane != choice.lane.lane && !matches!(rule, Rule::TooSmallToMatter | Rule::Noisy) {
        why.push_str(&format!("; {} ties with it and is the more involved", choice.fastest.lane));
    }
    why
}

/// What the sentence rests on.
pub(super) fn evidence(
    scenario: &Scenario,
    standing: &Standing<'_>,
    overall: Option<&Choice<'_>>,
    ranked_within: Option<Place>,
    character: &Character,
) -> Vec<String> {
    let mut evidence = Vec::new();
    if let Some(seen_in) = character.seen_in {
        let work = character.work_ns();
        evidence.push(format!(
            "{} of work, as {seen_in} saw it: {} waiting for data ({}), {} computing ({}).",
            duration(work),
            duration(character.waiting_ns),
            share(character.waiting_ns, work),
            duration(character.computing_ns),
            share(character.computing_ns, work),
        ));
    }
    evidence.extend(standing.failures.goodput(&standing.trusted));
    if let Some(choice) = overall {
        evidence.extend(noise::ranges(choice));
        evidence.extend(next_one(choice));
        evidence.extend(noise::rounds(scenario, choice));
        evidence.extend(disqualified(standing, choice));
        evidence.extend(another_language(standing, choice, ranked_within));
    }
    evidence.extend(variants::sentences(scenario, standing));
    evidence
        .extend(Place::ALL.into_iter().flat_map(|place| lock::sentences(scenario, standing, place, character.kind)));
    let limits = standing.trusted.iter().filter_map(|lane| Some((lane, limit::limit(scenario, standing, lane)?)));
    evidence.extend(limits.map(|(lane, limit)| limit::words(scenario, standing, lane, limit)));
    evidence.extend(standing.trusted.iter().filter_map(|lane| fell_behind(lane)));
    evidence.extend(standing.trusted.iter().filter_map(|lane| busy_loop(lane, character.kind)));
    evidence.extend(standing.trusted.iter().filter_map(|lane| overhead(lane)));
    evidence.extend(standing.trusted.iter().filter_map(|lane| healed(lane)));
    if let Some(choice) = overall.filter(|choice| choice.lane.wall_ns.len() < 3) {
        let repeats = of(choice.lane.wall_ns.len() as u64, "repeat", "repeats");
        let cold = if choice.lane.is_cold { " without a warm-up" } else { "" };
        let say = if choice.lane.wall_ns.len() == 1 { "says" } else { "say" };
        let least = spread::least_share(choice.lane, choice.fastest) * 100.0;
        evidence.push(format!(
            "{repeats}{cold} {say} nothing of the spread: differences below {least:.0} % count as ties."
        ));
    }
    if scenario.wants_addresses() {
        evidence.push("The addresses are others' servers: their answers and times may differ between runs.".into());
    }
    evidence
}

/// What ran in another place than the one that is ranked, and so was not compared with it.
fn another_language(standing: &Standing<'_>, choice: &Choice<'_>, ranked_within: Option<Place>) -> Option<String> {
    let place = ranked_within?;
    let others: Vec<Lane> =
        standing.candidates(None).map(|lane| lane.lane).filter(|lane| lane.place != place).collect();
    (!others.is_empty()).then(|| {
        let are = if others.len() == 1 { "is" } else { "are" };
        format!(
            "{} is chosen among the lanes of its own place; {} {are} another program there and not compared with it.",
            choice.lane.lane,
            list(&others)
        )
    })
}

/// For how long something kept an event loop from everything else.
fn busy_loop(lane: &LaneResult, kind: Kind) -> Option<String> {
    let most = lane.blocked_loop_ns().filter(|_| kind != Kind::CpuBound)?;
    Some(format!(
        "{}: its event loop was busy for up to {} at a time; what arrived meanwhile waited that long, which p99 does not \
         count.",
        lane.lane,
        duration(most)
    ))
}

/// The fastest lane that is no tie, beside the taken one.
fn next_one(choice: &Choice<'_>) -> Option<String> {
    let is_tied = |lane: &LaneResult| lane.lane == choice.lane.lane || choice.tied_lanes().contains(&lane.lane);
    let next = choice.candidates.iter().find(|lane| !is_tied(lane))?;
    let repeated = choice.lane.wall_ns.len() > 1;
    let spread = |lane: &LaneResult| match lane.wall {
        Some(wall) if repeated => deviating(wall.median, wall.mad),
        _ => duration(median(lane)),
    };
    let what = if repeated { " (median ± deviation)" } else { "" };
    Some(format!(
        "{} took {}{what}; the next that is no tie, {}, took {}: {} as long.",
        choice.lane.lane,
        spread(choice.lane),
        next.lane,
        spread(next),
        times(median(next) as f64 / median(choice.lane).max(1) as f64),
    ))
}

/// Lanes that were faster, but may not be ranked.
fn disqualified(standing: &Standing<'_>, choice: &Choice<'_>) -> Vec<String> {
    let faster = |lane: &LaneResult| lane.wall.is_some() && median(lane) < median(choice.lane);
    let reason = |lane: Lane| standing.excluded.iter().find(|excluded| excluded.lane == lane);
    let lanes = standing.all.iter().filter(|lane| faster(lane)).filter_map(|lane| reason(lane.lane));
    lanes.map(|lane| format!("{} was faster, but is not ranked: it {}.", lane.lane, lane.reason)).collect()
}

/// What isolation cost a lane of processes.
fn overhead(lane: &LaneResult) -> Option<String> {
    if lane.lane.model != Model::Processes {
        return None;
    }
    let total = lane.total();
    let messages = total.state_ns(State::Serialise) + total.state_ns(State::Transfer);
    let start_up = total.state_ns(State::StartUp);
    let busy = messages + start_up + total.state_ns(State::Compute) + total.state_ns(State::WaitIo);
    let parts: Vec<String> = [("starting", start_up), ("messages", messages)]
        .into_iter()
        .filter(|(_, ns)| *ns > 0)
        .map(|(what, ns)| format!("{what} ({})", duration(ns)))
        .collect();
    let lost = messages + start_up;
    (busy > 0 && lost as f64 >= OVERHEAD_SHARE * busy as f64).then(|| {
        let share = share(lost, busy);
        format!("{}: {share} of its workers' time went into {}.", lane.lane, list(&parts))
    })
}

fn healed(lane: &LaneResult) -> Option<String> {
    let retried = lane.tasks().retried;
    (retried > 0).then(|| {
        let tasks = of(retried, "task", "tasks");
        format!("{} lost a worker and did {tasks} again; that is part of its time.", lane.lane)
    })
}

/// What would lead to another verdict. Numbers for these (break-evens) need other scenarios' results.
pub(super) fn would_change(scenario: &Scenario, standing: &Standing<'_>, overall: Option<&Choice<'_>>) -> Vec<String> {
    let Some(choice) = overall else {
        return vec!["A lane that does every task and comes to the answer that most lanes come to.".into()];
    };
    let by_server = server_advice::decisive(scenario, standing, choice);
    let mut changes: Vec<String> = match choice.rule() {
        Rule::TooSmallToMatter => {
            vec!["More or longer tasks, until the whole job takes long enough to wait for.".into()]
        }
        Rule::Noisy => noise::would_help(scenario),
        Rule::OverlapTheWaiting => vec![
            "More computing for each answer: an event loop computes on one core only, and then a pool beside it pays."
                .into(),
            "Blocking calls inside the tasks: one of them stops the whole loop.".into(),
        ],
        Rule::OverlapUntilTheLoopIsBusy => vec![
            "Less computing for each answer, or a pool of processes or threads beside the loop for it.".into(),
            "Blocking calls inside the tasks: one of them stops the whole loop.".into(),
        ],
        Rule::AThreadForEachWait if by_server.is_some() => Vec::new(),
        Rule::AThreadForEachWait => vec![format!(
            "Many more tasks at once than the {}: each further wait needs a further thread.",
            of(scenario.workers_of(choice.lane.lane).into(), "worker", "workers")
        )],
        Rule::UseEveryCore | Rule::AroundTheLock => vec![
            "Much smaller tasks, or much data for each: then handing them over costs more than it saves.".into(),
            "Other work on the same cores, or more workers than cores.".into(),
        ],
        Rule::WaitTogetherComputeApart => vec![
            "Less computing for each answer: then the event loop alone is as fast, and simpler.".into(),
            "Less waiting: then a pool alone is as fast.".into(),
        ],
        Rule::WorkersDoBoth => {
            vec!["More tasks waiting at once than there are workers: an event loop waits for all of them.".into()]
        }
        Rule::KeepItSimple => vec!["More tasks, longer tasks or more cores.".into()],
        Rule::NothingToCompare | Rule::ByGoal | Rule::AsMeasured => Vec::new(),
    };
    if lost_updates(standing).is_some() {
        changes.insert(0, "A guard for the shared counter, \"lock\" or \"atomic\": then no update is lost.".into());
    }
    changes.extend(by_server.and_then(|lane| server_advice::would_change(scenario, lane)));
    changes.extend(more_at_once(scenario, standing, choice));
    changes.extend(missing(standing, choice));
    if !choice.ties.is_empty() && !choice.tiny && !choice.is_noisy {
        let repeats = of(choice.lane.wall_ns.len() as u64, "repeat", "repeats");
        changes.push(format!("More than {repeats}: they may tell the tied lanes apart."));
    }
    changes
}

/// More workers, or more in flight, where those were what limited a lane.
fn more_at_once(scenario: &Scenario, standing: &Standing<'_>, choice: &Choice<'_>) -> Vec<String> {
    let full = |wanted: Limit| -> Vec<Lane> {
        let is_full = |lane: &&&LaneResult| limit::limit(scenario, standing, lane) == Some(wanted);
        choice.candidates.iter().filter(is_full).map(|lane| lane.lane).collect()
    };
    let mut changes = Vec::new();
    let (workers, slots) = (full(Limit::WorkersFull), full(Limit::SlotsFull));
    if !workers.is_empty() {
        let most = workers.iter().map(|lane| scenario.workers_of(*lane)).max().unwrap_or(scenario.workers);
        let had = of(most.into(), "worker", "workers");
        let at_once = count(u64::from(scenario.concurrency.min(scenario.tasks())));
        let up_to = if workers.len() > 1 { "at most " } else { "" };
        changes.push(format!(
            "More workers: {} had {up_to}{had}, all of them waiting for data, where an event loop has {at_once} in flight.",
            list(&workers)
        ));
    }
    if !slots.is_empty() {
        let most = slots.iter().map(|lane| scenario.concurrency_of(*lane)).max().unwrap_or(scenario.concurrency);
        changes.push(format!("More in flight: all {} slots of {} waited for data.", count(most.into()), list(&slots)));
    }
    changes
}

/// Models that this kind of work wants compared and that were not run in the chosen place.
fn missing(standing: &Standing<'_>, choice: &Choice<'_>) -> Option<String> {
    let wanted: &[Model] = match choice.character.kind {
        Kind::IoBound => &[Model::Sequential, Model::Async, Model::Threads],
        Kind::CpuBound => &[Model::Sequential, Model::Threads, Model::Processes],
        Kind::Mixed => &[Model::Sequential, Model::Async, Model::Threads, Model::Hybrid],
        Kind::TooSmall | Kind::Noisy | Kind::Unknown => &[Model::Sequential],
    };
    let place = choice.lane.lane.place;
    let was_run = |model: &Model| standing.all.iter().any(|lane| lane.lane.base() == Lane::new(place, *model));
    let missing: Vec<Lane> =
        wanted.iter().filter(|model| !was_run(model)).map(|model| Lane::new(place, *model)).collect();
    (!missing.is_empty()).then(|| format!("Lanes that were not run: {}.", list(&missing)))
}

//! `api/body`: real answers for real requests, with a latency and a body that are known beforehand.
//!
//! A server that is asked too much can be played too: so many requests at once (`capacity`), the others wait
//! (`full=queue`) or are refused (`full=refuse`), and a share of them fails (`errors`).
//!
//! The clients of one `run` meet a server of their own, with the limits of its scenario: the same one that answers simulated
//! requests ([`lanes_core::server`]), so that both obey alike.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use lanes_core::{
    body, rng,
    scenario::{self, Server, Spread, limits},
    server::{self, Reply},
};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// Different capacities that are kept at once.
const MAX_CAPACITIES: usize = 64;

/// Runs whose servers are kept; the one that was asked longest ago goes.
const MAX_RUNS: usize = 256;
/// The longest name of a run, in bytes.
const MAX_RUN_NAME: usize = 64;

/// Bodies longer than this are made where they delay nobody else, in bytes.
const LONG: u32 = 256 * 1024;

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Time until the answer, in milliseconds.
    #[serde(default)]
    ms: f64,
    /// How unevenly it is dealt around that, by the seed.
    #[serde(default)]
    spread: Spread,
    /// Length of the body.
    #[serde(default)]
    bytes: u32,
    /// What the body is made from.
    #[serde(default)]
    seed: u32,
    /// Requests that are answered at once; requests of the same capacity share it.
    capacity: Option<usize>,
    /// What happens to the others.
    full: Option<Full>,
    /// The share of requests that fail, from 0 to 1, by the seed.
    errors: Option<f64>,
    /// Whose server is asked; the fields below are for it alone.
    run: Option<String>,
    rate_per_s: Option<f64>,
    burst: Option<u32>,
    bandwidth_mbit: Option<f64>,
    slows: Option<f64>,
}

impl Wanted {
    /// The limits of a run's server.
    fn server(&self) -> Result<Server, Refusal> {
        let default = Server::default();
        let limits = [
            ("rate_per_s", self.rate_per_s, default.rate_per_s, limits::MAX_RATE_PER_S),
            ("bandwidth_mbit", self.bandwidth_mbit, default.bandwidth_mbit, limits::MAX_BANDWIDTH_MBIT),
            ("slows", self.slows, default.slows, limits::MAX_SLOWS),
        ];
        let mut numbers = [0.0; 3];
        for (number, (name, given, default, most)) in numbers.iter_mut().zip(limits) {
            *number = given.unwrap_or(default);
            if !(0.0..=most).contains(number) {
                return Err(bad(format!("{name}: from 0 to {most}")));
            }
        }
        let [rate_per_s, bandwidth_mbit, slows] = numbers;
        let most_at_once = limits::MAX_RATE_PER_S as u32;
        let burst = self.burst.unwrap_or(default.burst);
        if !(1..=most_at_once).contains(&burst) {
            return Err(bad(format!("burst: from 1 to {most_at_once}")));
        }
        Ok(Server {
            capacity: self.capacity.unwrap_or(0) as u32,
            full: match self.full.unwrap_or_default() {
                Full::Queue => scenario::Full::Queue,
                Full::Refuse => scenario::Full::Refuse,
            },
            errors: self.errors.unwrap_or(default.errors),
            rate_per_s,
            burst,
            bandwidth_mbit,
            slows,
            ..default
        })
    }
}

/// What happens to requests beyond the capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Full {
    /// They wait for their turn.
    #[default]
    Queue,
    /// They are answered with 503.
    Refuse,
}

/// What the endpoint does when a request does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defaults {
    pub(super) capacity: Option<usize>,
    pub(super) full: Full,
    pub(super) errors: f64,
}

/// The endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    defaults: Defaults,
    capacities: Mutex<HashMap<usize, Arc<Semaphore>>>,
    runs: Mutex<HashMap<String, RunServer>>,
    began: Instant,
}

/// The server that the clients of one run meet.
#[derive(Debug, Default)]
struct RunServer {
    state: server::State,
    /// How often each request was made so far, by its seed; kept where some fail, because a further attempt may not.
    attempts: HashMap<u32, u32>,
    /// When it was asked last, in nanoseconds.
    asked_ns: u64,
}

impl Endpoint {
    pub(super) fn new(defaults: Defaults) -> Self {
        Self { defaults, capacities: Mutex::default(), runs: Mutex::default(), began: Instant::now() }
    }

    /// Asks the server of a run; returns when its answer is there, or what it says instead.
    async fn ask(&self, run: &str, wanted: &Wanted) -> Result<(), Refusal> {
        let server = wanted.server()?;
        let latency_ns = (wanted.spread.deal(wanted.ms, rng::unit(rng::nth(wanted.seed.into(), 0))) * 1e6) as u64;
        let (now_ns, reply) = {
            let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
            let now_ns = self.began.elapsed().as_nanos() as u64;
            if runs.len() >= MAX_RUNS && !runs.contains_key(run) {
                let oldest = runs.iter().min_by_key(|(_, run)| run.asked_ns).map(|(name, _)| name.clone());
                oldest.map(|oldest| runs.remove(&oldest));
            }
            let run = runs.entry(run.to_owned()).or_default();
            run.asked_ns = now_ns;
            let attempt = if server.errors > 0.0 {
                // No run has more tasks; whoever asks for more is no run, and may not fill the memory.
                if run.attempts.len() as u64 >= limits::MAX_TASKS {
                    run.attempts.clear();
                }
                let times = run.attempts.entry(wanted.seed).or_default();
                *times += 1;
                *times - 1
            } else {
                0
            };
            let request = server::Request { latency_ns, bytes: wanted.bytes, seed: wanted.seed, attempt };
            (now_ns, run.state.ask(&server, now_ns, request))
        };
        let until = |at_ns: u64| tokio::time::sleep(Duration::from_nanos(at_ns.saturating_sub(now_ns)));
        match reply {
            Reply::Answered(at_ns) => {
                until(at_ns).await;
                Ok(())
            }
            Reply::Failed(at_ns) => {
                until(at_ns).await;
                Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "this one was to fail"))
            }
            Reply::Refused(refusal) => {
                let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                let why = match refusal {
                    server::Refusal::Full => "more requests at once than the server's capacity",
                    server::Refusal::TooMany => "more requests a second than the server's rate",
                };
                Err(Refusal::new(status, why))
            }
        }
    }

    fn capacity(&self, most: usize) -> Result<Arc<Semaphore>, Refusal> {
        let mut all = self.capacities.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_CAPACITIES {
            // Nobody is under way in those.
            all.retain(|most, places| places.available_permits() < *most);
        }
        if all.len() >= MAX_CAPACITIES {
            return Err(bad(format!("capacity: {MAX_CAPACITIES} different ones are in use already")));
        }
        Ok(Arc::clone(all.entry(most).or_insert_with(|| Arc::new(Semaphore::new(most)))))
    }
}

/// Header fields of every body.
type Headers = [(HeaderName, HeaderValue); 2];

/// `GET api/body`
pub(super) async fn body(
    State(endpoint): State<Arc<Endpoint>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<(Headers, Bytes), Refusal> {
    let Query(wanted) = wanted.map_err(|error| {
        bad(format!(
            "{}; it takes ms, spread, bytes, seed, capacity, full, errors, and for a run rate_per_s, \
             burst, bandwidth_mbit, slows",
            error.body_text()
        ))
    })?;
    if !(0.0..=limits::MAX_LATENCY_MS).contains(&wanted.ms) {
        return Err(bad(format!("ms: from 0 to {} milliseconds", limits::MAX_LATENCY_MS)));
    }
    if u64::from(wanted.bytes) > limits::MAX_BODY_BYTES {
        return Err(bad(format!("bytes: at most {}", limits::MAX_BODY_BYTES)));
    }
    let errors = wanted.errors.unwrap_or(endpoint.defaults.errors);
    if !(0.0..=1.0).contains(&errors) {
        return Err(bad("errors: a share from 0 to 1".into()));
    }
    // A run's server has the limits of its scenario and no others.
    let defaults = if wanted.run.is_some() { Defaults::default() } else { endpoint.defaults };
    let capacity = wanted.capacity.or(defaults.capacity);
    if capacity.is_some_and(|most| !(1..=limits::MAX_CONCURRENCY as usize).contains(&most)) {
        return Err(bad(format!("capacity: from 1 to {}", limits::MAX_CONCURRENCY)));
    }
    if let Some(run) = &wanted.run {
        if run.len() > MAX_RUN_NAME {
            return Err(bad(format!("run: at most {MAX_RUN_NAME} characters")));
        }
        endpoint.ask(run, &wanted).await?;
        return answer(wanted.seed, wanted.bytes).await;
    }
    let places = capacity.map(|most| endpoint.capacity(most)).transpose()?;
    let _place = match (&places, wanted.full.unwrap_or(endpoint.defaults.full)) {
        (None, _) => None,
        (Some(places), Full::Queue) => Some(places.acquire().await.expect("never closed")),
        (Some(places), Full::Refuse) => Some(places.try_acquire().map_err(|_| {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "more requests at once than the capacity that was asked for")
        })?),
    };
    let chance = |index| rng::unit(rng::nth(wanted.seed.into(), index));
    let ms = wanted.spread.deal(wanted.ms, chance(0));
    if ms > 0.0 {
        tokio::time::sleep(Duration::from_secs_f64(ms / 1000.0)).await;
    }
    if chance(1) < errors {
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "this one was to fail"));
    }
    answer(wanted.seed, wanted.bytes).await
}

/// The body, which is a function of its seed.
async fn answer(seed: u32, length: u32) -> Result<(Headers, Bytes), Refusal> {
    let make = move || {
        let mut bytes = vec![0; length as usize];
        body::fill(seed, &mut bytes);
        Bytes::from(bytes)
    };
    let bytes = if length > LONG {
        tokio::task::spawn_blocking(make).await.map_err(|_| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the body could not be made; please report this")
        })?
    } else {
        make()
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes))
}

fn bad(why: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, why)
}

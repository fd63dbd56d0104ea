//! `api/body`: real answers for real requests, with a latency and a body that are known beforehand.
//!
//! A server that is asked too much can be played too: so many requests at once (`capacity`), the others wait
//! (`full=queue`) or are refused (`full=refuse`), and a share of them fails (`errors`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use lanes_core::{
    body, rng,
    scenario::{Spread, limits},
};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// Different capacities that are kept at once.
const MAX_CAPACITIES: usize = 64;

/// Bodies longer than this are made where they delay nobody else, in bytes.
const LONG: u32 = 256 * 1024;

/// What is asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
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
}

impl Endpoint {
    pub(super) fn new(defaults: Defaults) -> Self {
        Self { defaults, capacities: Mutex::default() }
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
        bad(format!("{}; it takes ms, spread, bytes, seed, capacity, full, errors", error.body_text()))
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
    let capacity = wanted.capacity.or(endpoint.defaults.capacity);
    if capacity.is_some_and(|most| !(1..=limits::MAX_CONCURRENCY as usize).contains(&most)) {
        return Err(bad(format!("capacity: from 1 to {}", limits::MAX_CONCURRENCY)));
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
    let make = move || {
        let mut bytes = vec![0; wanted.bytes as usize];
        body::fill(wanted.seed, &mut bytes);
        Bytes::from(bytes)
    };
    let bytes = if wanted.bytes > LONG {
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

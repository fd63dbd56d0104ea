//! Requests that block the thread that makes them.

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use hyper::{
    Uri,
    header::{AUTHORIZATION, HeaderValue, LOCATION},
};
use lanes_core::plan::FetchAction;
use ureq::{
    Agent,
    config::Config,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{MAX_BODY, MAX_REDIRECTS, Network, Policy, Road, make_body};
use crate::engine::cancel::CancelToken;

/// The client of a run's threads: one pool of connections for all of them.
#[derive(Debug)]
pub(crate) struct Threads {
    network: Network,
    own: Agent,
    foreign: Agent,
}

impl Threads {
    pub(crate) fn new(network: Network, threads: usize) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(threads)
            .max_idle_connections_per_host(threads)
            .user_agent(concat!("lanes/", env!("CARGO_PKG_VERSION")))
            .build();
        let policed = Policed { policy: network.policy(), resolver: DefaultResolver::default() };
        Self {
            own: Agent::new_with_config(config.clone()),
            foreign: Agent::with_parts(config, DefaultConnector::new(), policed),
            network,
        }
    }

    /// Fetches into `into` and blocks until it is there, or until the run is cancelled where that can be noticed.
    pub(crate) fn fetch(
        &self,
        action: &FetchAction<'_>,
        into: &mut Vec<u8>,
        cancel: &CancelToken,
    ) -> Result<(), String> {
        match self.network.road(&action.origin)? {
            Road::Timer(answer) => {
                // When cancelled, what is made of it does not matter.
                let _ = cancel.sleep(Duration::from_micros(answer.latency_us));
                make_body(&answer, into);
                Ok(())
            }
            Road::Own(url) => get(&self.own, url, action.timeout_ms, into, Who::Own(self.network.authorization())),
            Road::Foreign(url) => get(&self.foreign, url, action.timeout_ms, into, Who::Foreign(self.network.policy())),
        }
    }
}

/// Who is asked.
enum Who {
    /// Our own server, with what lets us in.
    Own(Option<HeaderValue>),
    /// A stranger, under the policy.
    Foreign(Policy),
}

fn get(agent: &Agent, mut url: Uri, timeout_ms: u32, into: &mut Vec<u8>, who: Who) -> Result<(), String> {
    let until = Instant::now() + Duration::from_millis(timeout_ms.into());
    for _ in 0..=MAX_REDIRECTS {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let mut request = agent.get(&url).config().timeout_global(Some(left)).build();
        if let Who::Own(Some(authorization)) = &who {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let mut answer = request.call().map_err(|error| trouble(&url, timeout_ms, &error))?;
        let location = answer.headers().get(LOCATION).map(|value| value.as_bytes().to_vec());
        if let Who::Foreign(policy) = &who
            && let Some(target) = super::redirect(&url, answer.status(), location.as_deref())?
        {
            policy.check(&target)?;
            url = target;
            continue;
        }
        if !answer.status().is_success() {
            return Err(super::bad_status(&url, answer.status()));
        }
        let body = answer.body_mut().as_reader();
        body.take(MAX_BODY + 1).read_to_end(into).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => super::timed_out(&url, timeout_ms),
            _ => super::no_answer(&url, &error),
        })?;
        return if into.len() as u64 > MAX_BODY { Err(super::too_long(&url)) } else { Ok(()) };
    }
    Err(super::too_many_redirects(&url))
}

fn trouble(url: &Uri, timeout_ms: u32, error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => super::timed_out(url, timeout_ms),
        ureq::Error::Io(error) => super::no_answer(url, error),
        other => super::no_answer(url, other),
    }
}

/// Looks names up and refuses what the policy refuses; the addresses it returns are the ones that are connected to.
#[derive(Debug)]
struct Policed {
    policy: Policy,
    resolver: DefaultResolver,
}

impl Resolver for Policed {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        for address in addresses.iter() {
            self.policy.admit(host, address.ip()).map_err(|why| ureq::Error::Io(io::Error::other(why)))?;
        }
        Ok(addresses)
    }
}

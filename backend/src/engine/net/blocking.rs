//! Requests that block the thread that makes them.

use std::{
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{
    Uri,
    header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LOCATION},
};
use lanes_core::{fetch::FetchError, plan::FetchAction, server::Simulation};
use ureq::{
    Agent,
    config::Config,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{
    decode::{Body, IDENTITY},
    policy::Policy,
    redirect::{self, MAX_REDIRECTS},
    route::{Network, Route},
    server_state::ServerState,
};
use crate::engine::{cancel::CancelToken, clock::Clock};

/// Bytes of a body that are read at a time.
const CHUNK: usize = 16 * 1024;

/// The client of a run's threads: one pool of connections for all of them.
#[derive(Debug)]
pub(crate) struct BlockingClient {
    network: Network,
    server: Arc<Simulation<ServerState>>,
    own: Agent,
    foreign: Agent,
}

impl BlockingClient {
    /// The client of so many threads; simulated answers come from this server.
    pub(crate) fn new(network: Network, server: Arc<Simulation<ServerState>>, threads: usize) -> Self {
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
            server,
        }
    }

    /// Fetches into `into`, which is empty before, and blocks until it is there, or until the run is cancelled where
    /// that can be noticed.
    ///
    /// # Errors
    /// Why there is no body.
    pub(crate) fn fetch(
        &self,
        action: &FetchAction<'_>,
        into: &mut Vec<u8>,
        clock: Clock,
        cancel: &CancelToken,
    ) -> Result<(), FetchError> {
        match self.network.route(action, &self.server.server().query(|| clock.run_name()))? {
            Route::Timer(fetch) => {
                let mut exchange = self.server.begin(fetch);
                while let Some(wait) = exchange.wait(|| clock.now_ns()) {
                    // When cancelled, what is made of it does not matter.
                    if !cancel.sleep(wait) {
                        break;
                    }
                }
                exchange.end(into)
            }
            Route::Own(url) => get(&self.own, url, action.timeout_ms, into, &Who::Own(self.network.authorization())),
            Route::Foreign(url) => {
                get(&self.foreign, url, action.timeout_ms, into, &Who::Foreign(self.network.policy()))
            }
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

/// `timeout_ms` counts for everything: every redirect, and the body.
fn get(agent: &Agent, mut url: Uri, timeout_ms: u32, into: &mut Vec<u8>, who: &Who) -> Result<(), FetchError> {
    let until = Instant::now() + Duration::from_millis(timeout_ms.into());
    for _ in 0..=MAX_REDIRECTS {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(FetchError::Timeout { url: url.to_string(), timeout_ms });
        }
        let request = agent.get(&url).config().timeout_global(Some(left)).build();
        let mut request = request.header(ACCEPT_ENCODING, IDENTITY);
        if let Who::Own(Some(authorization)) = who {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let mut answer = request.call().map_err(|error| trouble(&url, timeout_ms, &error))?;
        let location = answer.headers().get(LOCATION).map(HeaderValue::as_bytes);
        if let Who::Foreign(policy) = who
            && let Some(target) = redirect::target(&url, answer.status(), location)?
        {
            policy.check(&target)?;
            url = target;
            continue;
        }
        if !answer.status().is_success() {
            return Err(FetchError::Status { url: url.to_string(), status: answer.status().as_u16() });
        }
        let (parts, sent) = (answer.headers().clone(), answer.body_mut());
        let mut body = Body::new(&url, &parts, into)?;
        let mut sent = sent.as_reader();
        let mut chunk = [0; CHUNK];
        loop {
            match sent.read(&mut chunk) {
                Ok(0) => return body.finish(),
                Ok(length) => body.push(&chunk[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(trouble(&url, timeout_ms, &ureq::Error::from(error))),
            }
        }
    }
    Err(redirect::too_many(&url))
}

fn trouble(url: &Uri, timeout_ms: u32, error: &ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::Timeout { url: url.to_string(), timeout_ms },
        ureq::Error::Io(error) => no_answer(url, error),
        other => no_answer(url, other),
    }
}

fn no_answer(url: &Uri, error: &dyn std::error::Error) -> FetchError {
    FetchError::NoAnswer { url: url.to_string(), why: redirect::innermost(error) }
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

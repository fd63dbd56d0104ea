//! Requests that an event loop waits for.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Uri,
    body::Bytes,
    header::{self, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self,
        connect::{HttpConnector, dns::Name},
    },
    rt::{TokioExecutor, TokioTimer},
};
use lanes_core::{
    fetch::{Arrival, FetchError},
    plan::FetchAction,
    scenario::limits,
    server::Simulation,
};
use tower_service::Service;

use super::{
    decode::{Body, IDENTITY},
    policy::Policy,
    redirect::{self, MAX_REDIRECTS},
    route::{Network, Route},
    server_state::ServerState,
    timer::Timer,
};
use crate::engine::clock::Clock;

/// Connections kept open to one host, at the most.
const MAX_IDLE: usize = limits::MAX_CONCURRENCY as usize;

/// The client of an event loop: its connections are kept and used again.
pub(crate) struct LoopClient {
    network: Network,
    clock: Clock,
    server: Arc<Simulation<ServerState>>,
    own: legacy::Client<HttpConnector, Empty<Bytes>>,
    foreign: legacy::Client<HttpsConnector<HttpConnector<Policed>>, Empty<Bytes>>,
}

impl LoopClient {
    /// The client of a loop whose spans are in the time of `clock`; simulated answers come from this server.
    pub(crate) fn new(network: Network, clock: Clock, server: Arc<Simulation<ServerState>>) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(MAX_IDLE).pool_timer(TokioTimer::new());
        let mut own = HttpConnector::new();
        own.set_nodelay(true);
        let mut foreign = HttpConnector::new_with_resolver(Policed { policy: network.policy() });
        foreign.enforce_http(false);
        foreign.set_nodelay(true);
        let foreign =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(foreign);
        Self { own: builder.build(own), foreign: builder.build(foreign), network, clock, server }
    }

    /// Fetches into `into`, which is empty before. Of a simulated answer it is known when it was there; of a real one
    /// it is not.
    ///
    /// # Errors
    /// Why there is no body.
    pub(crate) async fn fetch(
        &self,
        timer: &Timer,
        action: &FetchAction<'_>,
        into: &mut Vec<u8>,
    ) -> (Result<(), FetchError>, Option<Arrival>) {
        let ended = match self.network.route(action, &self.server.server().query(|| self.clock.run_name())) {
            Err(why) => Err(why),
            Ok(Route::Timer(fetch)) => {
                let (mut exchange, mut arrival) = (self.server.begin(fetch), None);
                while let Some(wait) = exchange.wait(|| self.clock.now_ns()) {
                    let due_ns = self.clock.now_ns() + wait.as_nanos() as u64;
                    timer.sleep(wait).await;
                    arrival = Some(Arrival { due_ns, woke_ns: self.clock.now_ns() });
                }
                return (exchange.end(into), arrival);
            }
            Ok(Route::Own(url)) => self.get(url, true, action.timeout_ms, into).await,
            Ok(Route::Foreign(url)) => self.get(url, false, action.timeout_ms, into).await,
        };
        (ended, None)
    }

    /// `is_own` is the backend's own endpoint. `timeout_ms` counts for everything: every redirect, and the body.
    async fn get(&self, url: Uri, is_own: bool, timeout_ms: u32, into: &mut Vec<u8>) -> Result<(), FetchError> {
        let whole = self.follow(url.clone(), is_own, into);
        match tokio::time::timeout(Duration::from_millis(timeout_ms.into()), whole).await {
            Ok(ended) => ended,
            Err(_) => Err(FetchError::Timeout { url: url.to_string(), timeout_ms }),
        }
    }

    async fn follow(&self, mut url: Uri, is_own: bool, into: &mut Vec<u8>) -> Result<(), FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let no_answer = |error: &dyn std::error::Error| FetchError::NoAnswer {
                url: url.to_string(),
                why: redirect::innermost(error),
            };
            let mut request = Request::get(url.clone())
                .header(header::USER_AGENT, concat!("lanes/", env!("CARGO_PKG_VERSION")))
                .header(header::ACCEPT, "*/*")
                .header(header::ACCEPT_ENCODING, IDENTITY)
                .body(Empty::new())
                .map_err(|error| no_answer(&error))?;
            if let Some(authorization) = self.network.authorization().filter(|_| is_own) {
                request.headers_mut().insert(header::AUTHORIZATION, authorization);
            }
            let answer = if is_own { self.own.request(request) } else { self.foreign.request(request) };
            let answer = answer.await.map_err(|error| no_answer(&error))?;
            let location = answer.headers().get(header::LOCATION).map(HeaderValue::as_bytes);
            if !is_own && let Some(target) = redirect::target(&url, answer.status(), location)? {
                self.network.policy().check(&target)?;
                url = target;
                continue;
            }
            if !answer.status().is_success() {
                return Err(FetchError::Status { url: url.to_string(), status: answer.status().as_u16() });
            }
            let (parts, mut sent) = answer.into_parts();
            let mut body = Body::new(&url, &parts.headers, into)?;
            while let Some(frame) = sent.frame().await {
                let frame = frame.map_err(|error| no_answer(&error))?;
                body.push(frame.data_ref().map_or(&[][..], |data| data))?;
            }
            return body.finish();
        }
        Err(redirect::too_many(&url))
    }
}

/// Looks names up and refuses what the policy refuses; the addresses it returns are the ones that are connected to.
#[derive(Clone, Debug)]
struct Policed {
    policy: Policy,
}

impl Service<Name> for Policed {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let policy = self.policy;
        Box::pin(async move {
            // The port is put in by the connector.
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &addresses {
                policy.admit(name.as_str(), address.ip()).map_err(io::Error::other)?;
            }
            Ok(addresses.into_iter())
        })
    }
}

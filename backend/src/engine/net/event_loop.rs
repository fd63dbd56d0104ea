//! Requests that an event loop waits for.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
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
use tower_service::Service;

use super::{MAX_BODY, MAX_IDLE, MAX_REDIRECTS, Network, Policy, bad_status, no_answer, timed_out, too_long};

/// The client of an event loop: its connections are kept and used again.
pub(crate) struct Client {
    own: legacy::Client<HttpConnector, Empty<Bytes>>,
    foreign: legacy::Client<HttpsConnector<HttpConnector<Policed>>, Empty<Bytes>>,
    policy: Policy,
    /// For our own server.
    authorization: Option<HeaderValue>,
}

impl Client {
    pub(crate) fn new(network: &Network) -> Self {
        let policy = network.policy();
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(MAX_IDLE).pool_timer(TokioTimer::new());
        let mut own = HttpConnector::new();
        own.set_nodelay(true);
        let mut foreign = HttpConnector::new_with_resolver(Policed { policy });
        foreign.enforce_http(false);
        foreign.set_nodelay(true);
        let foreign =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(foreign);
        let authorization = network.authorization();
        Self { own: builder.build(own), foreign: builder.build(foreign), policy, authorization }
    }
}

/// Fetches an address into `into`; `is_own` is the backend's own endpoint.
pub(crate) async fn get(
    client: &Client,
    url: Uri,
    is_own: bool,
    timeout_ms: u32,
    into: &mut Vec<u8>,
) -> Result<(), String> {
    // The body counts too: a server may send its head and then nothing.
    let whole = follow(client, url.clone(), is_own, into);
    match tokio::time::timeout(Duration::from_millis(timeout_ms.into()), whole).await {
        Ok(ended) => ended,
        Err(_) => Err(timed_out(&url, timeout_ms)),
    }
}

async fn follow(client: &Client, mut url: Uri, is_own: bool, into: &mut Vec<u8>) -> Result<(), String> {
    for _ in 0..=MAX_REDIRECTS {
        let mut request = Request::get(url.clone())
            .header(header::USER_AGENT, concat!("lanes/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, "*/*")
            .body(Empty::new())
            .map_err(|error| no_answer(&url, &error))?;
        if let Some(authorization) = client.authorization.as_ref().filter(|_| is_own) {
            request.headers_mut().insert(header::AUTHORIZATION, authorization.clone());
        }
        let answer = if is_own { client.own.request(request) } else { client.foreign.request(request) };
        let answer = answer.await.map_err(|error| no_answer(&url, &error))?;
        let location = answer.headers().get(header::LOCATION).map(|value| value.as_bytes());
        if !is_own && let Some(target) = super::redirect(&url, answer.status(), location)? {
            client.policy.check(&target)?;
            url = target;
            continue;
        }
        if !answer.status().is_success() {
            return Err(bad_status(&url, answer.status()));
        }
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| no_answer(&url, &error))?;
            let data = frame.data_ref().map_or(&[][..], |data| data);
            if (into.len() + data.len()) as u64 > MAX_BODY {
                return Err(too_long(&url));
            }
            into.extend_from_slice(data);
        }
        return Ok(());
    }
    Err(super::too_many_redirects(&url))
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

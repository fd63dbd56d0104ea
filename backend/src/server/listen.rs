//! Connections: accepted until it is time to end, with limits on how long a client may take to say what it wants.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// The longest that the head of a request may take.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request, in bytes.
pub(super) const MAX_HEAD: usize = 64 * 1024;

/// Connections at once; the others wait to be accepted.
pub(super) const MAX_CONNECTIONS: usize = 12_000;

/// How long connections may take to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(700);

/// Serves until `ended`, and then gives connections a moment to end.
pub(super) async fn serve(listener: TcpListener, app: Router, ended: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    tokio::pin!(ended);
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.expect("never closed");
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = &mut ended => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Usually no descriptor is left; they come back as connections end.
                if !is_the_clients(&error) {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(app.clone());
        let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection was interrupted");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::info!("connections were cut off");
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

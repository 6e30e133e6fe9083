//! Connections: limits and a graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::impatient::Impatient;

/// Connections open at a time. Further ones wait in the kernel's queue.
const CONNECTIONS: usize = 1024;
/// For the head of a request to arrive: a client that sends a byte a second holds no connection for long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// For a client to take more of an answer: one that asks and never reads holds no connection for long either.
const TAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest head of a request, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
/// For requests under way when the service is told to stop.
const DRAIN: Duration = Duration::from_secs(15);

/// The peer of a connection.
#[derive(Clone, Copy)]
struct Peer(SocketAddr);

impl Connected<Peer> for SocketAddr {
    fn connect_info(peer: Peer) -> Self {
        peer.0
    }
}

/// Serves until `stop` resolves, then answers what is under way and returns.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let slot = slots.clone().acquire_owned().await.map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>((slot, listener.accept().await))
        };
        let (slot, (stream, peer)) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted? {
                (slot, Ok(accepted)) => (slot, accepted),
                // Out of file descriptors or a connection gone before it was accepted: neither is an end.
                (_, Err(error)) => {
                    tracing::warn!(kind = ?error.kind(), "accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let (router, stopped) = (router.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(stream, peer, router, stopped).await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = stopping.send(true);
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(DRAIN, slots.acquire_many(all)).await;
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::connect_info(Peer(peer))));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(Impatient::new(stream, TAKE_TIMEOUT)), answer);
    let mut served = std::pin::pin!(served);
    // A broken connection is the client's affair and is not logged: its error may quote what was sent.
    tokio::select! {
        _ = served.as_mut() => return,
        _ = stopped.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

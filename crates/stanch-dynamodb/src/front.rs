//! The HTTP server that an app talks to: it takes requests, has them answered, writes answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::Engine;
use crate::answer::{self, Answer, Question};
use crate::forward::Forwarder;
use crate::world::Shared;

/// Longest body that DynamoDB takes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// Connections served at once; further ones wait.
const CONNECTIONS: usize = 128;
/// How long a request's headers or body may take.
const READ_TIME: Duration = Duration::from_secs(20);
/// The header in which the app's SDK names the probe that caused a call.
const PROBE_HEADER: &str = "x-stanch-probe";

/// Answers on all listeners until told to stop.
pub(crate) async fn run(
    shared: Arc<Shared>,
    engine: Engine,
    listeners: Vec<std::net::TcpListener>,
    inner: std::net::TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    let Ok(address) = inner.local_addr() else { return };
    let Ok(inner) = TcpListener::from_std(inner) else { return };
    tokio::spawn(engine.serve(inner, std::future::pending()));
    let forwarder = Arc::new(Forwarder::new(address));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    for listener in listeners {
        let Ok(listener) = TcpListener::from_std(listener) else { continue };
        tokio::spawn(accept(listener, Arc::clone(&shared), Arc::clone(&forwarder), Arc::clone(&room)));
    }
    // The sender is dropped with the world; either way the world ends.
    let _ended = stopped.await;
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, forwarder: Arc<Forwarder>, room: Arc<Semaphore>) {
    let address = listener.local_addr().map(|a| a.to_string()).unwrap_or_default();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Without it a keep-alive client waits for delayed acknowledgements; with a refusal it is only slower.
        let _set = stream.set_nodelay(true);
        let (shared, forwarder, address) = (Arc::clone(&shared), Arc::clone(&forwarder), address.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let (shared, forwarder) = (Arc::clone(&shared), Arc::clone(&forwarder));
                let address = address.clone();
                async move { Ok::<_, Infallible>(handle(request, &shared, &forwarder, &address).await) }
            });
            // A connection that breaks is the client's affair.
            let _ended = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                // An app may show the answer's headers; equal runs must show equal ones.
                .auto_date_header(false)
                .header_read_timeout(READ_TIME)
                .max_buf_size(256 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

async fn handle(
    request: Request<Incoming>,
    shared: &Shared,
    forwarder: &Forwarder,
    address: &str,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return plain(StatusCode::OK, "healthy: dynamodb");
    }
    // A length that is told is refused before anything is read.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "<RequestEntityTooLarge/>");
    }
    let body = match tokio::time::timeout(READ_TIME, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "<RequestEntityTooLarge/>"),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "<RequestTimeout/>"),
    };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let target = header("x-amz-target").unwrap_or_default();
    let question = Question {
        probe: header(PROBE_HEADER).and_then(|probe| probe.trim().parse().ok()),
        target: target.to_owned(),
        operation: target.rsplit('.').next().unwrap_or_default().to_owned(),
        json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        body,
    };
    let under_way = shared.call_begins();
    let (answer, sequence) = answer::answer(question, shared, forwarder, address).await;
    drop(under_way);
    response(answer, sequence)
}

fn response(answer: Answer, sequence: u64) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    headers.insert(SERVER, HeaderValue::from_static("Server"));
    if let Some(checksum) = answer.checksum {
        headers.insert("x-amz-crc32", checksum);
    }
    // DynamoDB's request ids have 52 characters; one that counts keeps equal runs equal where an app shows it.
    if let Ok(id) = HeaderValue::from_str(&format!("{sequence:0>47}AAAAA")) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use super::{Ask, Shared};

/// Longest body that is taken.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// Connections served at once; further ones wait.
const CONNECTIONS: usize = 64;
/// How long a request's headers or body may take.
const READ_TIME: Duration = Duration::from_secs(20);

pub(super) async fn run(shared: Arc<Shared>, listeners: Vec<std::net::TcpListener>, stopped: oneshot::Receiver<()>) {
    for listener in listeners.into_iter().filter_map(|listener| TcpListener::from_std(listener).ok()) {
        tokio::spawn(accept(listener, Arc::clone(&shared)));
    }
    // The sender is dropped with the stubs; either way they end.
    let _ended = stopped.await;
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(handle(request, &shared).await) }
            });
            // A connection that breaks is the client's affair.
            let _ended = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                // An app may show the answer's headers; equal runs must show equal ones.
                .auto_date_header(false)
                .header_read_timeout(READ_TIME)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

async fn handle(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    // A length that is told is refused before anything is read.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return bare(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body = match tokio::time::timeout(READ_TIME, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(_)) => return bare(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return bare(StatusCode::REQUEST_TIMEOUT),
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes());
    let mut ask = Ask {
        path: decode(parts.uri.path().trim_start_matches('/')),
        query: query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        method: parts.method,
        headers: parts.headers,
        body,
        region: String::new(),
        sequence: 0,
    };
    let probe = ask.header("x-stanch-probe").and_then(|probe| probe.trim().parse().ok());
    let reply = shared.answer(&mut ask, probe);
    let mut response = bare(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK));
    *response.body_mut() = Full::new(reply.body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    let id = [("x-amzn-requestid", ask.id())];
    for (name, value) in reply.headers.into_iter().chain(id) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

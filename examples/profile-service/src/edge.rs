//! What stands around every route.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use stanch_secrets::names;

use crate::caller::LogKey;
use crate::items::RequestId;
use crate::log::holds_key;
use crate::refusal::{LogDetail, Refusal};
use crate::service::Shared;

/// How long a request may take, answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long of it a request waits for a place at the store. What is left is longer than an operation takes at most.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(4);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that this service gave the request. Unlike the one a client may send, nobody else has it.
#[derive(Clone)]
pub struct OwnRequestId(pub RequestId);

/// Puts the edge around every route: request id, refusal of keys in the URL, time limit, security headers, access log.
pub fn around<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(edge))
}

async fn edge(mut request: Request, next: Next) -> Result<Response, Infallible> {
    let started = Instant::now();
    let Some(own_id) = own_request_id() else { return Ok(Refusal::Internal.into_response()) };
    // A client's id is taken over for tracing when it is one; it goes back to the client and into the log.
    let told_id = request.headers().get(REQUEST_ID).and_then(|id| RequestId::parse(id.to_str().ok()?).ok());
    let told_id = told_id.filter(|id| !holds_key(id.as_str())).unwrap_or_else(|| own_id.clone());
    let key = LogKey::default();
    request.extensions_mut().insert(OwnRequestId(own_id));
    request.extensions_mut().insert(key.clone());
    let method = request.method().clone();
    // The route's template, never the path: a path is the client's text.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let mut response = if has_key(request.uri()) {
        Refusal::KeyInUrl.into_response()
    } else {
        let answered = tokio::time::timeout(REQUEST_TIMEOUT, unpanicked(next.run(request))).await;
        answered.unwrap_or(Ok(Refusal::TimedOut.into_response())).unwrap_or_else(|()| Refusal::Internal.into_response())
    };

    harden(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(told_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let detail = response.extensions().get::<LogDetail>().map(|detail| detail.0.as_str());
    tracing::info!(
        request_id = told_id.as_str(),
        method = known(&method),
        route = route.as_ref().map_or("unmatched", MatchedPath::as_str),
        status = response.status().as_u16(),
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        key_id = key.0.get().map(|id| id.as_str()),
        detail,
        "answered"
    );
    Ok(response)
}

/// Lets a request to the store when it has a place there.
///
/// Under more load than the store bears, all requests would become so slow that their calls time out; calls that time
/// out are repeated, which is more load still, and a write that timed out may have happened. A request that waits here
/// has done nothing yet, so when its turn does not come it is refused, and repeating it is safe.
pub async fn admit(State(service): State<Shared>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(ADMISSION_TIMEOUT, service.places.acquire()).await {
        Ok(Ok(_place)) => next.run(request).await,
        _ => Refusal::Busy.into_response(),
    }
}

/// A panic in a handler is a defect: the client gets an answer, and the hook has logged where it was.
async fn unpanicked(answer: impl Future<Output = Response>) -> Result<Response, ()> {
    let mut answer = pin!(answer);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(_) => Poll::Ready(Err(())),
    })
    .await
}

/// Whether a key stands in the URL: under a name that means one, or as a text of a key's format anywhere.
fn has_key(uri: &Uri) -> bool {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let named = uri.query().unwrap_or("").split('&').any(|pair| {
        let name = decoded(pair.split('=').next().unwrap_or(""));
        name.eq_ignore_ascii_case("key") || names::key_kind(&name).is_some()
    });
    named || holds_key(&decoded(uri.path())) || uri.query().is_some_and(|query| holds_key(&decoded(query)))
}

/// Headers of every answer. An API is never framed, sniffed, cached or a referrer.
fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A method is a client's text too, so only known ones reach the log.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// None when the system gives no random bytes. An id that another request has too would let a write that lost against
/// that one pass for its own.
fn own_request_id() -> Option<RequestId> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).ok()?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    RequestId::parse(&text).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::has_key;

    #[test]
    fn a_key_in_the_url_is_seen_in_every_dress() {
        let issued = format!("psk_{}", "aB3-".repeat(11).split_at(43).0);
        let encoded: String = issued.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let refused = [
            "/records?api_key=x".to_owned(),
            "/records?API%5FKEY=x".to_owned(),
            "/records?a=1&X-Api-Key".to_owned(),
            "/records?key=x".to_owned(),
            format!("/user/{issued}"),
            format!("/user/{encoded}"),
            format!("/records?page={issued}"),
        ];
        for uri in refused {
            assert!(has_key(&uri.parse().unwrap()), "{uri}");
        }
        for uri in ["/records", "/records?limit=5&page=abc", "/user/keyboard", "/keys/0123456789abcdef01234567"] {
            assert!(!has_key(&uri.parse().unwrap()), "{uri}");
        }
    }
}

//! Every answer that is no success.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stanch_table::{Error, Kind};
use utoipa::ToSchema;

/// Every answer that is no success. The texts are fixed; nothing of the request or of the store is in them.
#[derive(Debug)]
pub enum Refusal {
    /// A key stands in the URL, where logs, proxies and histories keep it.
    KeyInUrl,
    /// No key, on the routes whose clients know this answer to it.
    MissingKey(&'static str),
    /// No key, on every other route.
    Unauthenticated,
    /// The key is malformed, unknown, revoked or expired; which of them is not told.
    InvalidKey,
    /// The key lacks the scope.
    Forbidden,
    /// The identifier in the path has another length or alphabet.
    InvalidIdentifier(&'static str),
    /// The query is not one of this route.
    InvalidQuery,
    /// The body is not of the route's form.
    InvalidBody,
    /// The body is too large.
    TooLarge,
    /// `If-Match` is no version.
    InvalidVersion,
    /// Not there, or not the caller's.
    NotFound,
    /// No such record of the caller's.
    UpdateFailed,
    /// The record has another version, this one.
    VersionMismatch(u64),
    /// Too many requests in this minute.
    RateLimited,
    /// The route does not know the method.
    MethodNotAllowed,
    /// More requests than the store bears. Nothing was done, not even counted.
    Busy,
    /// No answer in time.
    TimedOut,
    /// A defect.
    Internal,
    /// The store failed.
    Store(Error),
}

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
#[schema(title = "Refusal")]
pub struct RefusalBody {
    /// What is wrong, one of a few fixed texts.
    pub error: &'static str,
}

/// What only the log gets to know of a refusal.
#[derive(Clone)]
pub struct LogDetail(pub String);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Refusal {
    fn told(&self) -> (StatusCode, &'static str) {
        match self {
            Self::KeyInUrl => (StatusCode::BAD_REQUEST, "send the key in X-API-Key"),
            Self::MissingKey(text) | Self::InvalidIdentifier(text) => (StatusCode::BAD_REQUEST, text),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "api_key required"),
            Self::InvalidKey => (StatusCode::UNAUTHORIZED, "invalid api_key"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::InvalidQuery => (StatusCode::BAD_REQUEST, "invalid query"),
            Self::InvalidBody => (StatusCode::BAD_REQUEST, "invalid body"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body too large"),
            Self::InvalidVersion => (StatusCode::BAD_REQUEST, "invalid If-Match"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::UpdateFailed => (StatusCode::BAD_REQUEST, "update failed"),
            Self::VersionMismatch(_) => (StatusCode::PRECONDITION_FAILED, "version mismatch"),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy, try again"),
            Self::TimedOut => (StatusCode::SERVICE_UNAVAILABLE, "unavailable, try again"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
            Self::Store(error) => match error.kind() {
                Kind::Busy | Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, error.outside()),
                Kind::BadToken => (StatusCode::BAD_REQUEST, error.outside()),
                Kind::ConditionFailed | Kind::Refused | Kind::Malformed => {
                    (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
                }
            },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = self.told();
        let mut response = (status, Json(RefusalBody { error })).into_response();
        let extra: Option<(HeaderName, HeaderValue)> = match &self {
            Self::InvalidKey | Self::Unauthenticated => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey")))
            }
            Self::VersionMismatch(version) => Some((header::ETAG, entity_tag(*version))),
            Self::RateLimited => Some((header::RETRY_AFTER, HeaderValue::from_static("60"))),
            Self::Busy | Self::TimedOut => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::Store(error) if matches!(error.kind(), Kind::Busy | Kind::Unavailable) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        };
        response.headers_mut().extend(extra);
        if let Self::Store(error) = &self {
            response.extensions_mut().insert(LogDetail(error.inside().to_string()));
        }
        response
    }
}

/// A version as an entity tag.
#[must_use]
pub fn entity_tag(version: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

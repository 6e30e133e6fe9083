use std::error::Error as StdError;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::Malformed;

/// Why an operation did not succeed, in two forms.
///
/// The outside, which is [`fmt::Display`] too, is one of a few fixed texts and may be sent to a client. The
/// [`inside`](Self::inside) names operation, exception and request id for the log. Neither holds a value: DynamoDB's
/// own message is dropped, since it may quote what was sent.
pub struct Error {
    kind: Kind,
    operation: &'static str,
    code: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    attribute: Option<&'static str>,
}

/// What kind of failure it is; this decides what a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The condition of a write did not hold. Nothing was written.
    ConditionFailed,
    /// The page token is malformed, altered, expired, or another caller's.
    BadToken,
    /// DynamoDB throttled, or another transaction was at the item, at the last attempt. That one wrote nothing; an earlier
    /// one whose answer got lost may have.
    Busy,
    /// No answer in time, a broken connection, or a fault of DynamoDB. Whether a write happened is not known.
    Unavailable,
    /// DynamoDB refused the request: a defect or a wrong setting of the service, such as a missing table.
    Refused,
    /// A stored item is not of its declared form.
    Malformed,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The form for clients: fixed texts.
    #[must_use]
    pub const fn outside(&self) -> &'static str {
        match self.kind {
            Kind::ConditionFailed => "the condition does not hold",
            Kind::BadToken => "invalid page token",
            Kind::Busy => "busy, try again",
            Kind::Unavailable => "unavailable, try again",
            Kind::Refused | Kind::Malformed => "internal error",
        }
    }

    /// The form for the log.
    #[must_use]
    pub const fn inside(&self) -> Inside<'_> {
        Inside(self)
    }

    pub(crate) const fn bad_token() -> Self {
        Self::of(Kind::BadToken, "OpenPageToken")
    }

    pub(crate) const fn not_active() -> Self {
        Self::of(Kind::Unavailable, "CreateTable")
    }

    pub(crate) const fn no_randomness() -> Self {
        Self::of(Kind::Unavailable, "SealPageToken")
    }

    pub(crate) fn malformed(operation: &'static str, malformed: Malformed) -> Self {
        Self { attribute: Some(malformed.attribute), ..Self::of(Kind::Malformed, operation) }
    }

    pub(crate) const fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Takes what may be told from the SDK's error and drops the rest.
    pub(crate) fn sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let code = error.code().filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let status = error.raw_response().map(|response| response.status().as_u16());
        let kind = match (error, code, status) {
            (SdkError::ServiceError(_), Some("ConditionalCheckFailedException"), _) => Kind::ConditionFailed,
            (
                SdkError::ServiceError(_),
                Some(
                    "ProvisionedThroughputExceededException"
                    | "RequestLimitExceeded"
                    | "ThrottlingException"
                    | "TransactionConflictException"
                    | "TransactionInProgressException",
                ),
                _,
            ) => Kind::Busy,
            (SdkError::ServiceError(_), _, Some(400..=499)) => Kind::Refused,
            (SdkError::ConstructionFailure(_), ..) => Kind::Refused,
            _ => Kind::Unavailable,
        };
        let phase = match error {
            SdkError::ConstructionFailure(_) => Some("RequestNotBuilt"),
            SdkError::TimeoutError(_) => Some("TimedOut"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Some("TimedOut"),
            SdkError::DispatchFailure(_) => Some("ConnectionFailed"),
            SdkError::ResponseError(_) => Some("AnswerBroken"),
            _ => None,
        };
        Self {
            code: code.or(phase).map(str::to_owned),
            status,
            request_id: error.request_id().filter(|id| is_plain(id)).map(str::to_owned),
            ..Self::of(kind, operation)
        }
    }

    const fn of(kind: Kind, operation: &'static str) -> Self {
        Self { kind, operation, code: None, status: None, request_id: None, attribute: None }
    }
}

/// A request id comes from the other side of the wire, so it is held to the alphabet of one.
fn is_plain(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.outside())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({})", self.inside())
    }
}

impl StdError for Error {}

/// The form of an [`Error`] for the log.
pub struct Inside<'e>(&'e Error);

impl fmt::Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { kind, operation, code, status, request_id, attribute } = self.0;
        write!(f, "{operation}: {kind:?}")?;
        if let Some(code) = code {
            write!(f, ", {code}")?;
        }
        if let Some(status) = status {
            write!(f, ", status {status}")?;
        }
        if let Some(attribute) = attribute {
            write!(f, ", attribute {attribute}")?;
        }
        if let Some(id) = request_id {
            write!(f, ", request {id}")?;
        }
        Ok(())
    }
}

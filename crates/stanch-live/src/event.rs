use std::collections::BTreeMap;

use bytes::Bytes;
use stanch_api::{Method, ParameterLocation, SourcePlace};
use stanch_dynamodb::Call;

/// Number of a probe within a run, from 1. It travels as the header `X-Stanch-Probe` so that whatever the app does
/// because of it can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u32);

/// A request as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path and query, percent-encoded, from the first slash on.
    pub target: String,
    /// Headers in order; names as sent.
    pub headers: Vec<(String, String)>,
    /// Body, empty for none.
    pub body: Bytes,
}

/// An answer, read up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers in order, values that are no UTF-8 replaced.
    pub headers: Vec<(String, String)>,
    /// Body after content decoding, cut at the client's limit.
    pub body: Bytes,
    /// Whether the body was longer than the limit, slower than the time allowed, or broken off or garbled on the way;
    /// what came until then is in `body`.
    pub cut: bool,
}

impl Response {
    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing listens there.
    #[error("{0} refuses connections")]
    Refused(String),
    /// No answer within the time allowed.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// What came back is no HTTP.
    #[error("the answer is no HTTP: {0}")]
    NotHttp(String),
    /// The connection ended before the answer did.
    #[error("the connection ended early: {0}")]
    Closed(String),
    /// The name does not resolve, TLS fails, or another reason that stands in the text.
    #[error("{0}")]
    Other(String),
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Which probe.
    pub probe: ProbeId,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub outcome: Result<Response, SendError>,
}

/// Where a log line was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogStream {
    /// Standard output of the app.
    Stdout,
    /// Standard error of the app.
    Stderr,
    /// A record given to Python's `logging`, before formatting and whatever its level.
    Record,
    /// A file that the app wrote.
    File,
}

/// What a record given to Python's `logging` says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogRecord {
    /// Name of the logger: `werkzeug`, `app.users`.
    pub logger: String,
    /// Level as a number: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    pub level: u32,
    /// Whether a handler wrote it out, given the levels the app has set.
    pub emitted: bool,
}

/// Something that the app did while it was watched.
#[derive(Clone, Debug)]
pub enum Event {
    /// It printed or logged.
    Log {
        /// During which probe; none while it started.
        probe: Option<ProbeId>,
        /// Where.
        stream: LogStream,
        /// The text, cut at a limit.
        text: String,
        /// The app's own line that wrote it, where known.
        source: Option<SourcePlace>,
        /// Of a record given to `logging`: by whom, at which level.
        record: Option<LogRecord>,
    },
    /// It printed or did more than is kept; what came after is lost.
    Cut {
        /// During which probe.
        probe: Option<ProbeId>,
        /// What was cut, in words: `stdout`, `events`.
        what: String,
    },
    /// It called DynamoDB through the SDK; `source` is the app's own line.
    SdkCall {
        /// During which probe.
        probe: Option<ProbeId>,
        /// SDK service: `dynamodb`, `s3`.
        service: String,
        /// Operation: `GetItem`.
        operation: String,
        /// The app's own line that called it, where known.
        source: Option<SourcePlace>,
    },
    /// DynamoDB answered a call, as its front saw it.
    Dynamo {
        /// During which probe.
        probe: Option<ProbeId>,
        /// The call.
        call: Call,
    },
    /// It tried to connect to where it may not.
    Refused {
        /// During which probe.
        probe: Option<ProbeId>,
        /// `host:port`.
        address: String,
        /// The app's own line, where known.
        source: Option<SourcePlace>,
    },
    /// It connected to a metadata service, and ours answered.
    Reached {
        /// During which probe.
        probe: Option<ProbeId>,
        /// `host:port`.
        address: String,
        /// The app's own line, where known.
        source: Option<SourcePlace>,
    },
    /// It tried to read a credential file of the user's own home, and was refused.
    FileRefused {
        /// During which probe.
        probe: Option<ProbeId>,
        /// The file, with the home directory written as `~`.
        path: String,
        /// The app's own line, where known.
        source: Option<SourcePlace>,
    },
    /// It sent an HTTP request of its own to where it may connect (not one of the SDK).
    Outgoing {
        /// During which probe.
        probe: Option<ProbeId>,
        /// Method.
        method: String,
        /// `host:port`.
        address: String,
        /// Path and query.
        target: String,
        /// Headers in order.
        headers: Vec<(String, String)>,
        /// Body as text, cut at a limit; empty where it is streamed.
        body: String,
        /// The app's own line, where known.
        source: Option<SourcePlace>,
    },
    /// A request reached the door of an app that a watched command drives, and was answered. What it did stands before it.
    Answered {
        /// During which probe: a test.
        probe: Option<ProbeId>,
        /// Request and answer; its probe is the one that stands on the calls it made.
        exchange: Exchange,
        /// The rule of the route that answered, where one did.
        rule: Option<String>,
    },
    /// An item went through the SDK of a watched command, whoever answered.
    Item {
        /// During which probe.
        probe: Option<ProbeId>,
        /// During which request to the app, by the number of its exchange; none for what tests do by themselves.
        exchange: Option<ProbeId>,
        /// Table.
        table: String,
        /// Whether it was stored, rather than given.
        written: bool,
        /// Texts by the path of their attribute.
        attributes: BTreeMap<String, String>,
    },
    /// A view, a function wrapped around one, or an error handler returned.
    Returned {
        /// During which probe.
        probe: ProbeId,
        /// Whether it was an error handler.
        handler: bool,
        /// The line that returned.
        source: SourcePlace,
    },
    /// It asked the request for a parameter.
    ParameterAsked {
        /// During which probe.
        probe: ProbeId,
        /// Part of the request.
        location: ParameterLocation,
        /// Name asked for.
        name: String,
        /// The app's own line that asked, where known.
        source: Option<SourcePlace>,
        /// A value of the type that the app declares for it, where it declares one.
        example: Option<serde_json::Value>,
    },
}

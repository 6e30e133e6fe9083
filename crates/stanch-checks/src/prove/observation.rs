//! What came of one probe: the exchange, and what the app, its DynamoDB and a provocation told of it.

use bytes::Bytes;
use stanch_api::Method;
use stanch_dynamodb::Call;
use stanch_live::stubs::ServiceCall;
use stanch_live::{Event, Exchange, ProbeId, Request, Response, SendError};

use super::identity::Caller;
use super::sign::{SentKey, Sign};

/// The header that tells the app's runner which probe a request is.
pub(super) const PROBE_HEADER: &str = "X-Stanch-Probe";

/// What came of one probe.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(super) exchange: Exchange,
    pub(super) events: Vec<Event>,
    pub(super) calls: Vec<Call>,
    /// Calls to other services, which stand-ins answered.
    pub(super) handed: Vec<ServiceCall>,
    /// Keys that the request held.
    pub(super) sent: Vec<SentKey>,
    /// The value of a field that the app knows nothing of, where the request held one.
    pub(super) foreign: Option<String>,
    /// What a provocation was seen to do.
    pub(super) signs: Vec<Sign>,
    /// The test during which it was, of a command that is watched.
    pub(super) test: Option<String>,
    /// Who asked. Only where the operation takes something that says who asks are a stranger and nobody tried, each
    /// with the very request that the owner was answered with success.
    pub(super) caller: Caller,
}

impl Observation {
    /// An exchange that the owner asked for, nothing else seen.
    pub(super) const fn of(exchange: Exchange) -> Self {
        Self {
            exchange,
            events: Vec::new(),
            calls: Vec::new(),
            handed: Vec::new(),
            sent: Vec::new(),
            foreign: None,
            signs: Vec::new(),
            test: None,
            caller: Caller::Owner,
        }
    }

    /// What happened while nothing was asked; `known` is text that whoever sees it knows.
    pub(super) fn unasked(events: Vec<Event>, known: Bytes) -> Self {
        let request = Request { method: Method::Get, target: String::new(), headers: Vec::new(), body: known };
        let outcome = Err(SendError::Other("no request".to_owned()));
        Self { events, ..Self::of(Exchange { probe: ProbeId(0), request, outcome }) }
    }

    /// Whether the app answered with success. To be sent to the log-in page is none.
    pub(crate) fn succeeded(&self) -> bool {
        self.exchange
            .outcome
            .as_ref()
            .is_ok_and(|response| response.status < 400 && !leads_to_login(&self.exchange.request.target, response))
    }

    /// Whether asking left everything as it was, as far as that can be seen: nothing was written, nobody else called.
    pub(super) fn left_all_alone(&self) -> bool {
        const READS: [&str; 5] = ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"];
        let only_reads = self.calls.iter().all(|call| READS.contains(&call.operation.as_str()));
        self.exchange.request.method.is_safe() && self.handed.is_empty() && only_reads
    }

    /// Whether this is what came of the same request, numbers of probes aside.
    pub(super) fn is_of(&self, request: &Request) -> bool {
        let own = &self.exchange.request;
        let headers = own.headers.iter().filter(|(name, _)| name != PROBE_HEADER);
        own.method == request.method
            && own.target == request.target
            && own.body == request.body
            && headers.eq(&request.headers)
    }

    /// Who asked.
    pub(crate) const fn caller(&self) -> Caller {
        self.caller
    }

    /// Whether nothing in the request says who is asking: no cookie, no credential, no header of the app's own.
    pub(crate) fn is_anonymous(&self) -> bool {
        const PLAIN: [&str; 3] = ["accept", "content-type", "x-stanch-probe"];
        let headers = &self.exchange.request.headers;
        self.sent.is_empty() && headers.iter().all(|(name, _)| PLAIN.contains(&name.to_ascii_lowercase().as_str()))
    }

    /// The answer, if there is one.
    pub(super) fn answer(&self) -> Option<&Response> {
        self.exchange.outcome.as_ref().ok()
    }
}

/// Whether the answer sends the client to the page where one logs in, from another page.
fn leads_to_login(target: &str, response: &Response) -> bool {
    const WORDS: [&str; 6] = ["login", "signin", "sign-in", "log-in", "sign_in", "log_in"];
    let names =
        |path: &str| path.split(['/', '?', '#']).any(|part| WORDS.contains(&part.to_ascii_lowercase().as_str()));
    let is_out = target.contains("logout") || target.contains("signup") || target.contains("register");
    (300..400).contains(&response.status) && response.header("location").is_some_and(names) && !names(target) && !is_out
}

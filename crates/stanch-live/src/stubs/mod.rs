//! The other services of AWS, as far as an app needs them to go on: one listener that answers each call with the
//! least success of its kind and records it, so that a report can name every call that was stubbed.
//!
//! Answers follow the services' public API references. Nothing is checked: no signature, no permission, no schema.

mod bedrock;
mod identify;
mod json;
mod kms;
mod metadata;
mod query;
mod rest;
mod s3;
mod server;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

/// A call to a service other than DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Place in the order of arrival, from 0.
    pub sequence: u64,
    /// Number of the probe that caused it (header `X-Stanch-Probe`), none for calls outside a probe.
    pub probe: Option<u32>,
    /// Service as it signs itself: `s3`, `sns`, `secretsmanager`, `bedrock`; `unknown` when nothing tells.
    pub service: String,
    /// Operation: `PutObject`; method and path where the service has no name for it here.
    pub operation: String,
    /// What it is about: bucket and key, topic, queue, address, secret, function or model, where one is named.
    pub resource: Option<String>,
    /// What was sent, cut at [`ServiceCall::BODY_LIMIT`]: whatever the app hands on goes this way.
    pub body: Bytes,
}

impl ServiceCall {
    /// Bytes of each body that are kept.
    pub const BODY_LIMIT: usize = 256 * 1024;
}

/// Gives the values that services hand to the app: secrets, parameters, temporary credentials.
pub trait StubValues: Send + Sync {
    /// The value for this name (`secretsmanager:prod/db/password`); `is_key` when it is handed out as a secret.
    fn value(&self, name: &str, is_key: bool) -> String;
}

impl<F: Fn(&str, bool) -> String + Send + Sync> StubValues for F {
    fn value(&self, name: &str, is_key: bool) -> String {
        self(name, is_key)
    }
}

/// The running stubs, until dropped. They answer on a thread of their own.
pub struct ServiceStubs {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Where the metadata service of instances answers; the address is ours where a network namespace has put it on loopback.
pub const METADATA: SocketAddr =
    SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::new(169, 254, 169, 254), 80));

/// Calls kept; of more only the newest stay.
const CALLS_KEPT: usize = 2_000;
/// Objects, secrets and parameters that an app may leave here, and the bytes of each.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 1024 * 1024;

struct Shared {
    values: Arc<dyn StubValues>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: VecDeque<ServiceCall>,
    sequence: u64,
    /// What the app itself stored: by `service:name`, for objects `s3:bucket/key`.
    kept: BTreeMap<String, Bytes>,
}

/// One request as the stubs see it.
struct Ask {
    method: hyper::Method,
    /// Decoded path without the leading slash.
    path: String,
    /// Decoded pairs of the query string.
    query: Vec<(String, String)>,
    headers: hyper::HeaderMap,
    body: Bytes,
    region: String,
    sequence: u64,
}

/// What is answered.
struct Reply {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl ServiceStubs {
    /// Listens on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is taken or no thread can be made.
    pub fn start(address: SocketAddr, values: Arc<dyn StubValues>) -> std::io::Result<Self> {
        let listen = |address: SocketAddr| {
            let listener = std::net::TcpListener::bind(address)?;
            listener.set_nonblocking(true).map(|()| listener)
        };
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let mut listeners = vec![listener];
        // Outside of a namespace the address is not ours to take, and the app's interpreter leads to the other one.
        listeners.extend(listen(METADATA));
        let shared = Arc::new(Shared { values, state: Mutex::new(State::default()) });
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let inner = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("services".to_owned()).spawn(move || {
            runtime.block_on(server::run(inner, listeners, stopped));
            runtime.shutdown_timeout(Duration::from_millis(200));
        })?;
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// Its URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Number of calls seen so far; a call from now on has this sequence number or a higher one.
    #[must_use]
    pub fn call_count(&self) -> u64 {
        self.shared.lock().sequence
    }

    /// The calls from this sequence number on, in order. They stay.
    #[must_use]
    pub fn calls_since(&self, sequence: u64) -> Vec<ServiceCall> {
        self.shared.lock().calls.iter().filter(|call| call.sequence >= sequence).cloned().collect()
    }

    /// The calls that carry the number of that probe, in order.
    #[must_use]
    pub fn calls_of(&self, probe: u32) -> Vec<ServiceCall> {
        self.shared.lock().calls.iter().filter(|call| call.probe == Some(probe)).cloned().collect()
    }

    /// Forgets what the app stored in objects, secrets and parameters, as between probes.
    pub fn forget_stored(&self) {
        self.shared.lock().kept.clear();
    }
}

impl Drop for ServiceStubs {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by the panic hook; there is nothing to add while dropping.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Identifies, answers and records one request.
    fn answer(&self, ask: &mut Ask, probe: Option<u32>) -> Reply {
        let target = identify::identify(ask);
        ask.region = target.region;
        {
            let mut state = self.lock();
            ask.sequence = state.sequence;
            state.sequence += 1;
        }
        let (service, operation) = (target.service.as_str(), target.operation.as_str());
        let (reply, resource) = match target.protocol {
            identify::Protocol::Json => json::answer(self, service, operation, ask),
            identify::Protocol::Query(form) => query::answer(self, service, operation, &form, ask),
            identify::Protocol::Cbor => (Reply::cbor_empty(), None),
            identify::Protocol::Metadata => metadata::answer(self, ask),
            identify::Protocol::Rest if service == "s3" => s3::answer(self, operation, ask),
            identify::Protocol::Rest => rest::answer(service, operation, ask),
        };
        let body = ask.body.slice(..ask.body.len().min(ServiceCall::BODY_LIMIT));
        let call = ServiceCall {
            sequence: ask.sequence,
            probe,
            service: target.service,
            operation: target.operation,
            resource,
            body,
        };
        let mut state = self.lock();
        if state.calls.len() == CALLS_KEPT {
            state.calls.pop_front();
        }
        state.calls.push_back(call);
        reply
    }

    fn keep(&self, name: String, value: Bytes) {
        let mut state = self.lock();
        let room = state.kept.len() < KEPT || state.kept.contains_key(&name);
        if room && value.len() <= KEPT_BYTES {
            state.kept.insert(name, value);
        }
    }

    fn kept(&self, name: &str) -> Option<Bytes> {
        self.lock().kept.get(name).cloned()
    }

    /// What the app stored under this name, else the value that the caller of [`ServiceStubs::start`] gives.
    fn kept_or_value(&self, name: &str, is_key: bool) -> String {
        let kept = self.kept(name).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        kept.unwrap_or_else(|| self.values.value(name, is_key))
    }
}

impl Ask {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An id of the shape of a UUID that counts up, so that equal runs give equal bytes.
    fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012}", self.sequence)
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:000000000000:{resource}", self.region)
    }
}

impl Reply {
    fn json(value: &serde_json::Value) -> Self {
        Self::new(200, "application/json", value.to_string())
    }

    fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// An empty map in CBOR, with the header by which a client of Smithy's protocol knows it.
    fn cbor_empty() -> Self {
        let mut reply = Self::new(200, "application/cbor", Bytes::from_static(&[0xa0]));
        reply.headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
        reply
    }
}

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use tokio::time::Instant;
use url::Url;

use super::connect::{Connector, Origin};
use super::decode;
use crate::{Request, Response, SendError};

/// How a [`Client`] behaves.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time for one request from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Bytes of a body that are kept, counted after content decoding.
    pub body_limit: usize,
    /// `http://host:port` that every request goes through: by absolute target for `http`, by CONNECT for `https`.
    pub proxy: Option<Url>,
    /// `User-Agent` of requests that name none themselves.
    pub user_agent: String,
    /// Connections kept open for each host.
    pub idle_per_host: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            body_limit: 4 << 20,
            proxy: None,
            user_agent: concat!("stanch/", env!("CARGO_PKG_VERSION")).to_owned(),
            idle_per_host: 8,
        }
    }
}

/// Sends requests and reads answers. It never follows a redirect: the answer says where it leads, the caller decides.
///
/// Cloning is cheap and shares the open connections.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: ClientOptions,
    connector: Connector,
    idle: Mutex<BTreeMap<Origin, Vec<Sender>>>,
}

type Sender = SendRequest<Full<Bytes>>;

/// Header bytes and header lines of an answer that are read before it is given up as no HTTP.
const HEADER_BYTES: usize = 256 << 10;
const HEADER_LINES: usize = 256;

impl Client {
    /// A client with no connection yet.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        let connector = Connector::new(options.proxy.clone());
        Self { shared: Arc::new(Shared { options, connector, idle: Mutex::default() }) }
    }

    /// Sends the request to the origin of `base` (its path is not used: `request.target` holds the whole path) and
    /// reads the answer until it ends, the limit of bytes is met or the time is over.
    ///
    /// A body that is too long, too slow, shorter than its `Content-Length` or broken off is no error: the answer has
    /// what came and `cut` set.
    ///
    /// # Errors
    /// When there is no answer: see [`SendError`].
    pub async fn send(&self, base: &Url, request: &Request) -> Result<Response, SendError> {
        let origin = Origin::of(base)?;
        let deadline = Instant::now() + self.shared.options.timeout;
        // A kept connection that the server closed meanwhile fails before any byte of an answer. That says nothing of
        // the server, so the request is sent once more on a fresh one; on a fresh one a failure counts.
        while let Some(sender) = self.take_idle(&origin) {
            match self.exchange(sender, &origin, request, deadline).await {
                Err(SendError::Closed(_)) if request.method.is_safe() => {}
                outcome => return outcome,
            }
        }
        let sender = match tokio::time::timeout_at(deadline, self.connect(&origin)).await {
            Ok(sender) => sender?,
            Err(_) => return Err(self.timeout()),
        };
        self.exchange(sender, &origin, request, deadline).await
    }

    async fn connect(&self, origin: &Origin) -> Result<Sender, SendError> {
        let stream = self.shared.connector.open(origin).await?;
        let handshake = hyper::client::conn::http1::Builder::new()
            .max_buf_size(HEADER_BYTES)
            .max_headers(HEADER_LINES)
            .handshake(stream);
        let (sender, connection) = handshake.await.map_err(|error| failure(&error))?;
        // Ends by itself when the sender and the body of its last answer are gone.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    async fn exchange(
        &self,
        mut sender: Sender,
        origin: &Origin,
        request: &Request,
        deadline: Instant,
    ) -> Result<Response, SendError> {
        let wire = self.wire_request(origin, request)?;
        let answering = async {
            sender.ready().await?;
            sender.send_request(wire).await
        };
        let answer = match tokio::time::timeout_at(deadline, answering).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failure(&error)),
            Err(_) => return Err(self.timeout()),
        };
        let (head, body) = answer.into_parts();
        let (raw, ended) = read_body(body, self.shared.options.body_limit, deadline).await;
        if ended {
            self.keep(origin, sender);
        }
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let (body, whole) = decode::body(raw, &headers, self.shared.options.body_limit);
        Ok(Response { status: head.status.as_u16(), headers, body, cut: !(ended && whole) })
    }

    /// The request in hyper's terms, with `Host` and `User-Agent` where the caller gave none.
    fn wire_request(&self, origin: &Origin, request: &Request) -> Result<hyper::Request<Full<Bytes>>, SendError> {
        let target = if self.shared.connector.wants_absolute_target(origin) {
            format!("http://{}{}", origin.authority(), request.target)
        } else {
            request.target.clone()
        };
        let invalid = |what: &str| SendError::Other(format!("{what} cannot be sent over HTTP"));
        let mut wire = hyper::Request::builder()
            .method(request.method.as_str())
            .uri(target)
            .body(Full::new(request.body.clone()))
            .map_err(|_| invalid("the path"))?;
        for (name, value) in &request.headers {
            let header = HeaderName::try_from(name.as_str()).map_err(|_| invalid("a header name"))?;
            let value = HeaderValue::try_from(value.as_str()).map_err(|_| invalid(&format!("the header {name}")))?;
            wire.headers_mut().append(header, value);
        }
        let defaults = [(HOST, origin.authority()), (USER_AGENT, self.shared.options.user_agent.clone())];
        for (name, text) in defaults {
            if !wire.headers().contains_key(&name) {
                let value = HeaderValue::try_from(text).map_err(|_| invalid(name.as_str()))?;
                wire.headers_mut().insert(name, value);
            }
        }
        Ok(wire)
    }

    fn take_idle(&self, origin: &Origin) -> Option<Sender> {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let senders = idle.get_mut(origin)?;
        std::iter::from_fn(|| senders.pop()).find(|sender| !sender.is_closed())
    }

    fn keep(&self, origin: &Origin, sender: Sender) {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let senders = idle.entry(origin.clone()).or_default();
        if senders.len() < self.shared.options.idle_per_host && !sender.is_closed() {
            senders.push(sender);
        }
    }

    fn timeout(&self) -> SendError {
        SendError::Timeout(self.shared.options.timeout.as_secs().max(1))
    }
}

/// The bytes of a body up to the limit, and whether it ended by itself.
async fn read_body(mut body: Incoming, limit: usize, deadline: Instant) -> (Bytes, bool) {
    let mut bytes = BytesMut::new();
    loop {
        match tokio::time::timeout_at(deadline, body.frame()).await {
            Ok(None) => return (bytes.freeze(), true),
            Ok(Some(Ok(frame))) => {
                let Some(data) = frame.data_ref() else { continue };
                let room = limit - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                if data.len() > room {
                    return (bytes.freeze(), false);
                }
            }
            Ok(Some(Err(_))) | Err(_) => return (bytes.freeze(), false),
        }
    }
}

fn failure(error: &hyper::Error) -> SendError {
    if error.is_parse_too_large() {
        SendError::NotHttp("its headers are too long".to_owned())
    } else if error.is_parse() {
        SendError::NotHttp("its first line or a header is malformed".to_owned())
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        SendError::Closed("before the end of the headers".to_owned())
    } else {
        // Input and output errors: reset, broken pipe. The text of the cause is the system's and holds no data.
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        SendError::Closed(cause)
    }
}

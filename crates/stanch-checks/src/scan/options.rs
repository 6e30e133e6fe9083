use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use stanch_api::Route;
use stanch_secrets::Secret;
use stanch_secrets::names::key_kind;
use url::Url;

use super::digests::KeyDigest;
use super::view::Identity;

/// What `scan` is to do.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// URL of the API or of its description, or path of a file with its description.
    pub target: String,
    /// Description of the API, a URL or a file, where the target is the API itself (`--spec`).
    pub spec: Option<String>,
    /// Headers of the caller (`-H`), variables already replaced.
    pub headers: Vec<Header>,
    /// Further identities with a header each (`--as NAME=HEADER`); headers of one name are one identity.
    pub others: Vec<(String, Header)>,
    /// Keys that must never be seen in an answer (`--known-keys`).
    pub known_keys: Vec<Secret>,
    /// The same, of keys that only a digest is known of.
    pub known_digests: Vec<KeyDigest>,
    /// The API's log file, read from its present end on (`--logs`).
    pub logs: Option<PathBuf>,
    /// `host:port` that a collector listens on and the API can reach (`--collector`).
    pub collector: Option<String>,
    /// Whether requests that write may be sent.
    pub allow_writes: bool,
    /// Requests a second, none for no limit.
    pub rate: Option<f64>,
    /// Time for the whole scan.
    pub max_time: Option<Duration>,
    /// Time for one request.
    pub timeout: Duration,
    /// `http://host:port` to send everything through.
    pub proxy: Option<Url>,
    /// Routes that `audit` saw in the API's source, asked beside those of the description (`--source`).
    pub routes: Vec<Route>,
}

impl ScanOptions {
    /// A read-only scan of the target at 20 requests a second.
    #[must_use]
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            spec: None,
            headers: Vec::new(),
            others: Vec::new(),
            known_keys: Vec::new(),
            known_digests: Vec::new(),
            logs: None,
            collector: None,
            allow_writes: false,
            rate: Some(20.0),
            max_time: None,
            timeout: Duration::from_secs(10),
            proxy: None,
            routes: Vec::new(),
        }
    }

    /// The caller first (the first of the others where `-H` gave none), then the others in order of their first header.
    pub(crate) fn identities(&self) -> Vec<Identity> {
        let mut identities = vec![Identity { name: "caller".to_owned(), headers: Vec::new(), credentials: Vec::new() }];
        for header in &self.headers {
            identities[0].add(header);
        }
        let mut others = self.others.iter().peekable();
        // Without a caller of its own the scan asks as the first of the others.
        if self.headers.is_empty()
            && let Some((name, _)) = others.peek()
        {
            identities[0].name.clone_from(name);
        }
        for (name, header) in others {
            let known = identities.iter().position(|identity| identity.name == *name);
            let index = known.unwrap_or(identities.len());
            if known.is_none() {
                identities.push(Identity { name: name.clone(), headers: Vec::new(), credentials: Vec::new() });
            }
            identities[index].add(header);
        }
        identities
    }
}

impl Identity {
    fn add(&mut self, header: &Header) {
        self.headers.push((header.name.clone(), header.value.clone()));
        self.credentials.extend(credentials(header));
    }
}

/// One header of a request. Its value is kept as a secret, whatever it is.
#[derive(Clone, Debug)]
pub struct Header {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Secret,
}

impl Header {
    /// Reads `Name: value`; none if there is no colon, no name or no value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        let (name, value) = (name.trim(), value.trim());
        let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) && !value.is_empty();
        good.then(|| Self { name: name.to_owned(), value: Secret::new(value) })
    }
}

/// The credentials in a header: what stands behind the scheme of `Authorization`, the password of Basic, each cookie,
/// the value of a header whose name means a key.
fn credentials(header: &Header) -> Vec<Secret> {
    let value = header.value.expose();
    let name = header.name.to_ascii_lowercase();
    let mut found: Vec<String> = Vec::new();
    match name.as_str() {
        "authorization" | "proxy-authorization" => {
            let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
            if scheme.eq_ignore_ascii_case("basic") {
                let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim()).unwrap_or_default();
                let text = String::from_utf8_lossy(&decoded).into_owned();
                found.extend(text.split_once(':').map(|(_, password)| password.to_owned()));
            }
            found.push(rest.trim().to_owned());
        }
        "cookie" => {
            found.extend(value.split(';').filter_map(|cookie| Some(cookie.split_once('=')?.1.trim().to_owned())));
        }
        _ if key_kind(&header.name).is_some() => found.push(value.to_owned()),
        _ => {}
    }
    found.into_iter().filter(|key| key.len() >= 4).map(Secret::new).collect()
}

/// Why nothing could be scanned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The target is neither a URL nor a file.
    #[error("{0} is neither a URL with http or https nor a file with a description or a list of URLs")]
    BadTarget(String),
    /// The description cannot be read.
    #[error("the description {0} cannot be used: {1}")]
    BadDescription(String, String),
    /// A description of which nobody knows where its API stands.
    #[error("the description names no whole URL of a server: give the URL of the API, and the description with --spec")]
    NoServer,
    /// The API does not answer.
    #[error("{0} does not answer: {1}")]
    NoAnswer(String, String),
    /// The log file cannot be read.
    #[error("the log {0} cannot be read: {1}")]
    BadLog(String, String),
    /// The collector cannot listen.
    #[error("the collector cannot listen on {0}: {1}")]
    NoCollector(String, String),
    /// The system refused something.
    #[error("the system refuses: {0}")]
    System(String),
}

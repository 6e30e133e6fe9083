//! From an operation to requests, sent at a polite rate, and back to a command line that a reader can repeat.

mod build;
mod curl;
mod manners;
mod pace;
mod route;
mod tail;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use stanch_api::Method;
use url::Url;

use crate::http::Client;
use crate::{Exchange, ProbeId, Request, Response, SendError};

pub use build::{BuildError, HonestValues, Values, build};
pub use curl::{curl, curl_hiding};
pub use manners::destructive;
pub use pace::Pace;
pub use route::{from_route, template_names};
pub use tail::Tail;

/// How a [`Driver`] sends.
#[derive(Clone, Debug, Default)]
pub struct DriverOptions {
    /// Requests a second, none for no limit.
    pub rate: Option<f64>,
    /// Time for the whole run, none for no limit.
    pub max_time: Option<Duration>,
    /// How often a read-only request is sent again when the connection breaks or the server asks to wait.
    pub retries: u32,
    /// Whether each request carries its [`ProbeId`] as the header `X-Stanch-Probe`. For apps that run under our own
    /// watch; a foreign host gets no header that it did not ask for.
    pub mark_probes: bool,
}

/// Sends requests to one API, numbers them and keeps the pace.
#[derive(Debug)]
pub struct Driver {
    client: Client,
    base: Url,
    options: DriverOptions,
    pace: Pace,
    sent: AtomicU32,
}

/// The longest wait that a server may ask for with `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Driver {
    /// A driver for the origin of `base`. Time starts now.
    #[must_use]
    pub fn new(client: Client, base: Url, options: DriverOptions) -> Self {
        let pace = Pace::new(options.rate, options.max_time);
        Self { client, base, options, pace, sent: AtomicU32::new(0) }
    }

    /// Where requests go.
    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Requests sent so far, repeated ones included.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether the time for the run is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.pace.is_over()
    }

    /// Sends one request when the pace allows it; none when the time for the run is over before that.
    pub async fn exchange(&self, mut request: Request) -> Option<Exchange> {
        let mut attempt = 0;
        loop {
            if !self.pace.wait().await {
                return None;
            }
            let probe = ProbeId(self.sent.fetch_add(1, Ordering::Relaxed) + 1);
            if self.options.mark_probes {
                request.headers.retain(|(name, _)| name != PROBE_HEADER);
                request.headers.push((PROBE_HEADER.to_owned(), probe.0.to_string()));
            }
            let outcome = self.client.send(&self.base, &request).await;
            match again(&request, &outcome) {
                Some(wait) if attempt < self.options.retries => {
                    attempt += 1;
                    tokio::time::sleep(wait).await;
                }
                _ => return Some(Exchange { probe, request, outcome }),
            }
        }
    }
}

/// Name of the header that carries the probe's number.
pub const PROBE_HEADER: &str = "X-Stanch-Probe";

/// How long to wait before the same request may be sent again; none if it is not to be.
fn again(request: &Request, outcome: &Result<Response, SendError>) -> Option<Duration> {
    match outcome {
        Err(SendError::Closed(_)) if matches!(request.method, Method::Get | Method::Head | Method::Options) => {
            Some(Duration::from_millis(100))
        }
        // A refusal for too many requests was not acted on, so any method may ask again.
        Ok(answer) if matches!(answer.status, 429 | 503) => {
            let seconds = answer.header("retry-after")?.trim().parse().ok()?;
            Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST_WAIT)
        }
        _ => None,
    }
}

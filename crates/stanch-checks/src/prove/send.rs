//! Sends one request and gathers what was seen of it.

use std::time::{Duration, Instant};

use stanch_live::canary::CanaryClass;
use stanch_live::{Exchange, ProbeId, Request, SendError};
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use super::contain::{QUICK, SLOW, UNASKED};
use super::drive::Driver;
use super::identity::Identity;
use super::observation::{Observation, PROBE_HEADER};
use super::operation::{Operation, Values};
use super::sign::{SHORTEST_KEY, SentKey};
use super::touched;

/// The probe that stands on calls of our own runner.
const OWN_CALLS: u32 = 0;
/// How long the app's own report of a probe is waited for after the answer is there.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);

impl Driver<'_> {
    /// The keys among the values of a request: by the name of the parameter, or because the value was planted as one.
    fn keys(&self, operation: &Operation, values: &Values) -> Vec<SentKey> {
        let parameters = operation.parameters().filter_map(|(location, name, _)| {
            let value = values.get(location, name)?.as_str().filter(|value| value.len() >= SHORTEST_KEY)?;
            let planted = || {
                let hits = self.planter.book().search(value.as_bytes());
                hits.iter().any(|hit| hit.class == CanaryClass::Secret).then_some(KeyKind::Secret)
            };
            let kind = key_kind(name).or_else(planted)?;
            Some(SentKey { location, name: name.to_owned(), kind, value: Secret::new(value.to_owned()) })
        });
        parameters.collect()
    }

    /// Whether the answers took so long together that nothing more is asked.
    pub(super) fn is_slow(&self) -> bool {
        self.waited > SLOW
    }

    /// Sends one request.
    pub(super) async fn probe(&mut self, operation: &Operation, values: &Values) -> Observation {
        let is_slow = self.is_slow();
        let since = Instant::now();
        let probe = ProbeId(self.probes + 1);
        // What the app tells of a probe it tells once: no two requests have the same number.
        self.probes += u32::from(!is_slow);
        let mut request = operation.request(values);
        if let Some(identity) = self.identity {
            send_cookies(&mut request, identity);
        }
        request.headers.push((PROBE_HEADER.to_owned(), probe.0.to_string()));
        let (mark, mark_of_stubs) = (self.world.call_count(), self.stubs.call_count());
        let outcome = match is_slow {
            false => self.client.send(self.base, &request).await,
            true => Err(SendError::Other(UNASKED.to_owned())),
        };
        let is_asked = !matches!(outcome, Err(SendError::Refused(_) | SendError::Other(_)));
        let events = self.app.wait_probe(probe, if is_asked { REPORT_TIMEOUT } else { Duration::ZERO }).await;
        self.waited += Some(since.elapsed()).filter(|took| *took > QUICK).unwrap_or_default();
        // What our own runner asks for itself is marked so.
        let mut calls = self.world.calls_since(mark);
        calls.retain(|call| call.probe != Some(OWN_CALLS));
        let mut sent = self.keys(operation, values);
        sent.extend(touched::keys_by_use(operation, values, &calls, self.planter, &sent));
        let signs = touched::changed(&self.standing, &calls, &events).into_iter().collect();
        let handed = self.stubs.calls_since(mark_of_stubs);
        Observation { events, calls, handed, sent, signs, ..Observation::of(Exchange { probe, request, outcome }) }
    }
}

/// The identity's cookies instead of made-up ones of the same name.
fn send_cookies(request: &mut Request, identity: &Identity) {
    let made_up = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    let mut pairs: Vec<String> = made_up
        .flat_map(|(_, value)| value.split("; "))
        .filter(|pair| !identity.cookies().any(|(name, _)| pair.split('=').next() == Some(name)))
        .map(str::to_owned)
        .collect();
    pairs.extend(identity.cookies().map(|(name, value)| format!("{name}={value}")));
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
    if !pairs.is_empty() {
        request.headers.push(("Cookie".to_owned(), pairs.join("; ")));
    }
}

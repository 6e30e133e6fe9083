//! What the app was kept from, and what becomes of one that ends, stops or takes too long: it is told, and the run goes
//! on.

use std::collections::BTreeSet;
use std::time::Duration;

use stanch_api::Method;
use stanch_findings::Problem;
use stanch_live::app::RunningApp;
use stanch_live::http::{Client, ClientOptions};
use stanch_live::{Event, Request, SendError};
use url::Url;

use super::observation::Observation;

/// Most notes about what was refused: an app that tries each port is told by its first ones.
const REFUSALS: usize = 50;

/// Notes what the app tried and may not.
pub(super) fn note_refusals<'e>(notes: &mut BTreeSet<String>, events: impl IntoIterator<Item = &'e Event>) {
    for event in events {
        let (what, source) = match event {
            Event::Refused { address, source, .. } => (format!("connect to {address}"), source),
            Event::FileRefused { path, source, .. } => (format!("read {path}"), source),
            _ => continue,
        };
        let from = source.as_ref().map_or_else(String::new, |place| format!(" from {}:{}", place.path, place.line));
        let refused = |note: &&String| note.ends_with(": refused");
        if notes.iter().filter(refused).count() < REFUSALS {
            notes.insert(format!("the app tried to {what}{from}: refused"));
        }
    }
}

/// Time in which an app that still works says anything at all.
const KNOCK: Duration = Duration::from_secs(3);

/// How an app stands after the requests of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It answered.
    Well,
    /// Its last answer did not come; others do.
    Silent,
    /// No answer comes to a plain request either.
    Stuck,
}

/// Time in which an app that broke an answer off, and says nothing any more, is seen to have ended.
const END: Duration = Duration::from_secs(10);

/// How the app ended, if it has; one that broke off its last answer may be about to.
pub(super) async fn death(app: &mut RunningApp, base: &Url, seen: &[Observation]) -> Option<String> {
    if let Some(how) = app.death() {
        return Some(how);
    }
    let broke_off = |last: &Observation| matches!(&last.exchange.outcome, Err(error) if !is_timeout(error));
    if !seen.last().is_some_and(|last| broke_off(last) && !is_unasked(last)) || answers(base).await {
        return None;
    }
    app.wait_for_end(END).await;
    app.death()
}

const fn is_timeout(error: &SendError) -> bool {
    matches!(error, SendError::Timeout(_))
}

async fn answers(base: &Url) -> bool {
    let client = Client::new(ClientOptions { timeout: KNOCK, idle_per_host: 0, ..ClientOptions::default() });
    let (target, body) = ("/stanch-are-you-there".to_owned(), bytes::Bytes::new());
    let request = Request { method: Method::Get, target, headers: Vec::new(), body };
    client.send(base, &request).await.is_ok()
}

/// Whether the app still answers.
pub(super) async fn standing(base: &Url, seen: &[Observation]) -> Standing {
    let timed_out = |last: &Observation| last.exchange.outcome.as_ref().is_err_and(is_timeout);
    if !seen.last().is_some_and(timed_out) {
        return Standing::Well;
    }
    if answers(base).await { Standing::Silent } else { Standing::Stuck }
}

fn problem(message: String, during: &str, help: &str) -> Problem {
    Problem { message, place: Some(during.to_owned()), help: Some(help.to_owned()) }
}

/// The app ended during a route's requests.
pub(super) fn ended(how: &str, during: &str) -> Problem {
    let message = format!("the app ended while it was asked: {how}");
    problem(message, during, "run the app by hand and send this request to see why")
}

/// The app stopped during a route's requests.
pub(super) fn stuck(during: &str) -> Problem {
    let message = "the app stopped answering, and was started anew".to_owned();
    problem(message, during, "run the app by hand, send this request and see where it waits")
}

/// A route gave no answer.
pub(super) fn silent(during: &str) -> Problem {
    let message = "no answer came in time; the route was asked no further".to_owned();
    problem(message, during, "run the app by hand, send this request and see where it waits")
}

/// A route's requests were broken off.
pub(super) fn slow(during: &str) -> Problem {
    let message = format!("slow answers took {} s together; the route was asked no further", SLOW.as_secs());
    problem(message, during, "run the app by hand, send this request and see where it waits")
}

/// Time that slow answers of one operation may take together before it is asked no further.
pub(super) const SLOW: Duration = Duration::from_secs(18);
/// An answer that takes longer than this is a slow one.
pub(super) const QUICK: Duration = Duration::from_secs(2);

/// What is said of a request that is not sent any more.
pub(super) const UNASKED: &str = "it was asked no further";

/// Whether the request was not sent.
pub(super) fn is_unasked(observation: &Observation) -> bool {
    matches!(&observation.exchange.outcome, Err(SendError::Other(why)) if why == UNASKED)
}

//! Drives one operation: asks, sees what the app looked for in vain, plants it, asks again; then asks wrongly on
//! purpose.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use stanch_api::{Converter, ParameterLocation};
use stanch_dynamodb::{Call, Snapshot, World};
use stanch_live::app::RunningApp;
use stanch_live::canary::CanaryClass;
use stanch_live::http::Client;
use stanch_live::{Event, Exchange, ProbeId, SendError};
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};
use url::Url;

use super::demand::{self, Demand};
use super::operation::{Operation, Values, honest_value};
use super::plant::Planter;
use super::provoke;
use super::sign::{SentKey, Sign};

/// Rounds of asking and planting at most: one for each layer of look-ups (key, then user, then record), and a few for
/// parameters that show only behind others.
const ROUNDS: usize = 8;
/// Items planted for one operation at most.
const ITEMS: usize = 32;
/// Shortest text that is taken for a key that was sent.
const SHORTEST_KEY: usize = 8;
/// How long the app's own report of a probe is waited for after the answer is there.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// What came of one probe.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(super) exchange: Exchange,
    pub(super) events: Vec<Event>,
    pub(super) calls: Vec<Call>,
    /// Keys that the request held.
    pub(super) sent: Vec<SentKey>,
    /// The value of a field that the app knows nothing of, where the request held one.
    pub(super) foreign: Option<String>,
    /// What a provocation was seen to do.
    pub(super) signs: Vec<Sign>,
}

impl Observation {
    /// Whether the app answered with success.
    pub(super) fn succeeded(&self) -> bool {
        self.exchange.outcome.as_ref().is_ok_and(|response| response.status < 400)
    }
}

/// Everything that a probe needs.
pub(super) struct Driver<'d> {
    pub(super) client: &'d Client,
    pub(super) base: &'d Url,
    pub(super) world: &'d World,
    pub(super) app: &'d mut RunningApp,
    pub(super) planter: &'d mut Planter,
    /// The tables as they were before the first probe.
    pub(super) clean: &'d Snapshot,
    /// Number of the last probe.
    pub(super) probes: u32,
}

/// How honest values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    Digits,
}

impl Driver<'_> {
    /// All probes of one operation. Stops early when the app no longer answers.
    pub(super) async fn operate(&mut self, operation: &mut Operation) -> Vec<Observation> {
        let mut seen = Vec::new();
        let mut planted = BTreeSet::new();
        let mut values = Values::default();
        for style in [Style::Text, Style::Digits] {
            // Items that were looked for under values of another style are of no use under this one.
            planted = BTreeSet::new();
            values = Values::default();
            self.world.turn();
            self.settle(operation, style, &mut values, &mut planted, &mut seen).await;
            if seen.last().is_some_and(|last: &Observation| last.succeeded() || last.exchange.outcome.is_err()) {
                break;
            }
        }
        if seen.last().is_some_and(|last| last.exchange.outcome.is_err()) {
            return seen;
        }
        operation.settle();
        // The same again on what the last one left behind: some leaks show on duplicates only.
        seen.push(self.probe(operation, &values).await);
        for wrong in wrong_values(operation, &values) {
            self.prepare(&planted);
            seen.push(self.probe(operation, &wrong).await);
        }
        provoke::all(self, operation, &values, &planted, &mut seen).await;
        seen
    }

    /// Asks until nothing new is learnt.
    pub(super) async fn settle(
        &mut self,
        operation: &mut Operation,
        style: Style,
        values: &mut Values,
        planted: &mut BTreeSet<Demand>,
        seen: &mut Vec<Observation>,
    ) {
        for _ in 0..ROUNDS {
            self.fill(operation, style, values);
            self.prepare(planted);
            let observation = self.probe(operation, values).await;
            let mut learnt = false;
            for event in &observation.events {
                if let Event::ParameterAsked { location, name, .. } = event {
                    learnt |= operation.confirm(*location, name);
                }
            }
            for demand in observation.calls.iter().flat_map(demand::of_call) {
                if planted.len() < ITEMS && !planted.contains(&demand) {
                    self.adopt(operation, &demand, values);
                    planted.insert(demand);
                    learnt = true;
                }
            }
            let answered = observation.exchange.outcome.is_ok();
            seen.push(observation);
            if !learnt || !answered {
                break;
            }
        }
    }

    /// Gives a value to each parameter that has none.
    fn fill(&mut self, operation: &Operation, style: Style, values: &mut Values) {
        for (location, name, converter) in operation.parameters() {
            if values.get(location, name).is_none() {
                let converter = match (style, converter) {
                    (Style::Digits, Converter::Text | Converter::Path) => Converter::Int,
                    _ => converter,
                };
                values.set(location, name, honest_value(converter, name, &self.planter.shared(name)));
            }
        }
    }

    /// Lets parameters that bear the name of an attribute of a planted item take its value, so that a password that is
    /// compared with the stored one is the stored one.
    fn adopt(&mut self, operation: &Operation, demand: &Demand, values: &mut Values) {
        let item = self.planter.item(self.world, demand);
        for (location, name, _) in operation.parameters() {
            if demand.values.contains_key(name) || location == ParameterLocation::Path {
                continue;
            }
            if let Some(text) = item.get(name).and_then(|value| value.get("S")).and_then(Value::as_str) {
                values.set(location, name, json!(text));
            }
        }
    }

    /// Puts the tables back and plants what was asked for.
    pub(super) fn prepare(&mut self, planted: &BTreeSet<Demand>) {
        // A table that could not be put back shows in what the app answers, not in what is proven.
        let _ = self.world.restore(self.clean);
        for demand in planted {
            self.planter.plant(self.world, demand);
        }
    }

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

    pub(super) async fn probe(&mut self, operation: &Operation, values: &Values) -> Observation {
        self.probes += 1;
        let probe = ProbeId(self.probes);
        let mut request = operation.request(values);
        request.headers.push(("X-Stanch-Probe".to_owned(), probe.0.to_string()));
        let mark = self.world.call_count();
        let outcome = self.client.send(self.base, &request).await;
        let wait = if matches!(outcome, Err(SendError::Refused(_))) { Duration::ZERO } else { REPORT_TIMEOUT };
        let events = self.app.wait_probe(probe, wait).await;
        let calls = self.world.calls_since(mark);
        Observation {
            exchange: Exchange { probe, request, outcome },
            events,
            calls,
            sent: self.keys(operation, values),
            foreign: None,
            signs: Vec::new(),
        }
    }
}

/// The honest values made wrong in the ways that make apps answer with what they should not: another type, a nested
/// object, a value with the syntax of expressions, nothing at all.
fn wrong_values(operation: &Operation, honest: &Values) -> Vec<Values> {
    let mut wrong = Vec::new();
    let has = |wanted: ParameterLocation| operation.parameters().any(|(location, _, _)| location == wanted);
    for location in [ParameterLocation::Json, ParameterLocation::Form, ParameterLocation::Query] {
        if has(location) {
            wrong.push(honest.map(location, |_, _| json!(17)));
            wrong.push(honest.map(location, |_, _| json!("")));
        }
    }
    if has(ParameterLocation::Json) {
        wrong.push(honest.map(ParameterLocation::Json, |_, value| json!({"S": value})));
        wrong.push(honest.map(ParameterLocation::Json, |_, _| Value::Null));
    }
    if operation.path.iter().any(|(_, converter)| matches!(converter, Converter::Text | Converter::Path)) {
        wrong.push(honest.map(ParameterLocation::Path, |_, _| json!("'\" OR :v = #n")));
    }
    if !operation.asked.is_empty() {
        wrong.push(honest.only(ParameterLocation::Path));
    }
    wrong
}

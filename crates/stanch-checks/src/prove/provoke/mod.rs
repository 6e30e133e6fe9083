//! Requests that are wrong on purpose, one file for each way: what no honest request shows, but an attacker's does.

mod faults;
mod foreign;
mod forge;
mod inject;
mod inject_payload;
mod overwrite;
mod pages;
mod reach;
mod url;
mod variant;

use std::collections::BTreeSet;

use serde_json::Value;
use stanch_api::{ParameterLocation, SourcePlace};
use stanch_dynamodb::{Call, Outcome};
use stanch_live::Response;
use stanch_secrets::names::{key_kind, words};

use super::demand::Demand;
use super::drive::{Driver, Style};
use super::identity::Caller;
use super::observation::Observation;
use super::operation::{Operation, Values};
use super::touched;

/// All provocations of one operation, after its honest requests.
pub(super) async fn all(
    driver: &mut Driver<'_>,
    operation: &Operation,
    values: &Values,
    planted: &BTreeSet<Demand>,
    seen: &mut Vec<Observation>,
) {
    let fewer = fewer(driver, operation, values, planted, seen).await;
    let (operation, values, planted) = match &fewer {
        Some((operation, values, planted)) => (operation, values, planted),
        None => (operation, values, planted),
    };
    // What was left out since the request failed with it may be text that is no expression, where another text is one.
    for mut one in operation.with_each_unsent(values).into_iter().take(LEFT_OUT) {
        let (mut values, mut planted) = (Values::default(), BTreeSet::new());
        driver.settle(&mut one, Style::Text, &mut values, &mut planted, seen).await;
        seen.extend(inject::provoke(driver, &Honest::of(&one, &values, &planted, seen)).await);
    }
    let honest = Honest::of(operation, values, planted, seen);
    seen.extend(foreign::provoke(driver, &honest).await);
    seen.extend(forge::provoke(driver, &honest).await);
    let asked_by_nobody = url::provoke(driver, &honest, seen).await;
    seen.extend(asked_by_nobody);
    seen.extend(pages::provoke(driver, &honest).await);
    seen.extend(faults::provoke(driver, &honest).await);
    seen.extend(inject::provoke(driver, &honest).await);
    seen.extend(reach::provoke(driver, &honest).await);
    seen.extend(variant::provoke(driver, &honest).await);
    seen.extend(overwrite::provoke(driver, &honest).await);
}

/// Parameters of the query that are left out one at a time.
const LEFT_OUT: usize = 6;

/// The same operation without a parameter that made it fail: a mark where a page starts cannot be made up. None where
/// it succeeds as it is.
async fn fewer(
    driver: &mut Driver<'_>,
    operation: &Operation,
    values: &Values,
    planted: &BTreeSet<Demand>,
    seen: &mut Vec<Observation>,
) -> Option<(Operation, Values, BTreeSet<Demand>)> {
    if Honest::of(operation, values, planted, seen).succeeded {
        return None;
    }
    let query: Vec<String> = operation
        .parameters()
        .filter(|(location, _, _)| *location == ParameterLocation::Query)
        .map(|(_, name, _)| name.to_owned())
        .take(LEFT_OUT)
        .collect();
    // A table whose key was guessed from other values is guessed anew.
    driver.world.turn();
    for name in query {
        let mut operation = operation.clone();
        operation.avoid(ParameterLocation::Query, &name);
        let (mut values, mut planted) = (Values::default(), BTreeSet::new());
        driver.settle(&mut operation, Style::Text, &mut values, &mut planted, seen).await;
        if seen.last().is_some_and(Observation::succeeded) {
            return Some((operation, values, planted));
        }
    }
    // Not even so: texts show more than numbers of what is made of them.
    let (mut operation, mut values, mut planted) = (operation.clone(), Values::default(), BTreeSet::new());
    driver.settle(&mut operation, Style::Text, &mut values, &mut planted, seen).await;
    Some((operation, values, planted))
}

/// The honest request that the others are made from, and what it did.
struct Honest<'h> {
    operation: &'h Operation,
    values: &'h Values,
    planted: &'h BTreeSet<Demand>,
    /// Whether it succeeded.
    succeeded: bool,
    /// The status of its answer.
    status: Option<u16>,
    /// What it was answered, where asking again would find all as it was.
    answer: Option<Response>,
    /// What the app asked DynamoDB for during the last honest request.
    calls: Vec<Call>,
}

impl<'h> Honest<'h> {
    fn of(operation: &'h Operation, values: &'h Values, planted: &'h BTreeSet<Demand>, seen: &[Observation]) -> Self {
        let request = operation.request(values);
        let is_it = |one: &&Observation| {
            one.caller() == Caller::Owner
                && one.exchange.request.target == request.target
                && one.exchange.request.body == request.body
        };
        let same = || seen.iter().filter(is_it);
        let best = same().rfind(|one| one.succeeded()).or_else(|| same().next_back());
        Self {
            operation,
            values,
            planted,
            succeeded: best.is_some_and(Observation::succeeded),
            status: best.and_then(Observation::answer).map(|answer| answer.status),
            answer: best.filter(|one| one.left_all_alone()).and_then(Observation::answer).cloned(),
            calls: best.map(|one| one.calls.clone()).unwrap_or_default(),
        }
    }

    /// Parameters whose value is a text or a number, with its text.
    fn texts(&self) -> Vec<(ParameterLocation, &'h str, String)> {
        let operation = self.operation;
        let texts = operation.parameters().filter_map(|(location, name, _)| {
            let text = match self.values.get(location, name)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some((location, name, text))
        });
        texts.collect()
    }
}

impl Driver<'_> {
    /// The honest state of the tables, then one request.
    async fn provoked(&mut self, honest: &Honest<'_>, values: &Values) -> Observation {
        self.prepare(honest.planted);
        self.probe(honest.operation, values).await
    }
}

/// The app's own line that made the call of this operation, the last one.
fn line_of(observation: &Observation, operation: &str) -> Option<SourcePlace> {
    touched::line_of(&observation.events, operation)
}

/// Whether who holds this attribute's value has power over an account or an item: a key, an owner, a role.
fn gives_power(name: &str) -> bool {
    const WORDS: [&str; 10] =
        ["admin", "group", "groups", "owner", "permission", "permissions", "role", "roles", "scope", "scopes"];
    key_kind(name).is_some() || words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether the call ended well.
fn is_done(call: &Call) -> bool {
    call.outcome == Outcome::Done
}

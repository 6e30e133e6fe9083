//! Requests that are wrong on purpose, one file for each way: what no honest request shows, but an attacker's does.

mod faults;
mod foreign;
mod forge;
mod inject;
mod inject_payload;
mod overwrite;
mod pages;
mod url;

use std::collections::BTreeSet;

use serde_json::Value;
use stanch_api::{ParameterLocation, SourcePlace};
use stanch_dynamodb::{Call, Outcome};
use stanch_live::Event;

use super::demand::Demand;
use super::drive::{Driver, Observation};
use super::operation::{Operation, Values};

/// All provocations of one operation, after its honest requests.
pub(super) async fn all(
    driver: &mut Driver<'_>,
    operation: &Operation,
    values: &Values,
    planted: &BTreeSet<Demand>,
    seen: &mut Vec<Observation>,
) {
    let honest = Honest::of(operation, values, planted, seen);
    seen.extend(foreign::provoke(driver, &honest).await);
    seen.extend(forge::provoke(driver, &honest).await);
    seen.extend(url::provoke(driver, &honest).await);
    seen.extend(pages::provoke(driver, &honest).await);
    seen.extend(faults::provoke(driver, &honest).await);
    seen.extend(inject::provoke(driver, &honest).await);
    seen.extend(overwrite::provoke(driver, &honest).await);
}

/// The honest request that the others are made from, and what it did.
struct Honest<'h> {
    operation: &'h Operation,
    values: &'h Values,
    planted: &'h BTreeSet<Demand>,
    /// Whether it succeeded.
    succeeded: bool,
    /// What the app asked DynamoDB for during the last honest request.
    calls: Vec<Call>,
}

impl<'h> Honest<'h> {
    fn of(
        operation: &'h Operation,
        values: &'h Values,
        planted: &'h BTreeSet<Demand>,
        seen: &[Observation],
    ) -> Self {
        // The one with these values that got furthest: the wrong ones come after it and often fail.
        let best = seen.iter().rfind(|one| one.succeeded()).or_else(|| seen.first());
        Self {
            operation,
            values,
            planted,
            succeeded: best.is_some_and(Observation::succeeded),
            calls: best.map(|one| one.calls.clone()).unwrap_or_default(),
        }
    }

    /// Parameters whose value is a text, with that text.
    fn texts(&self) -> Vec<(ParameterLocation, &'h str, &'h str)> {
        let operation = self.operation;
        let texts = operation.parameters().filter_map(|(location, name, _)| {
            let text = self.values.get(location, name).and_then(Value::as_str)?;
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
    observation.events.iter().rev().find_map(|event| match event {
        Event::SdkCall { operation: called, source, .. } if called == operation => source.clone(),
        _ => None,
    })
}

/// Whether the call ended well.
fn is_done(call: &Call) -> bool {
    call.outcome == Outcome::Done
}

//! Fields that the app knows nothing of: where one comes out, all of the request did; where one is written, the client
//! decides what is.

use std::collections::BTreeSet;

use serde_json::json;
use stanch_api::{Method, ParameterLocation};
use stanch_findings::Evidence;
use stanch_live::canary::{CanaryClass, FOREIGN_NAME};

use super::{Honest, gives_power, is_done, line_of};
use crate::prove::demand::{self, Demand};
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::operation::{Operation, Values};
use crate::prove::sign::{Kind, Sign, Way};

/// A header that no app reads.
const HEADER: &str = "x-zz-note";
/// The origin that browsers would name for a page of somebody else's; RFC 2606 reserves the name.
const ORIGIN: &str = "https://origin.example";

/// Asks honestly, with a header, an origin and a field of the body more.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let value = driver.planter.shared(0, "zz_note_of_the_request");
    let mut operation = honest.operation.clone();
    let mut values = honest.values.clone();
    for (name, text) in [(HEADER, value.as_str()), ("origin", ORIGIN)] {
        operation.confirm(ParameterLocation::Header, name);
        values.set(ParameterLocation::Header, name, json!(text));
    }
    let mut seen = Vec::new();
    if let Some(body) = body(honest) {
        let plain = with(&operation, &values, body, &[], &value);
        let mut planted = honest.planted.clone();
        let mut observation = ask(driver, &plain, &value, &[], &planted).await;
        // A view that takes the body as a whole shows with fields in it what it looks for.
        let missed: Vec<Demand> = observation.calls.iter().flat_map(demand::of_call).collect();
        if !missed.is_empty() && !observation.succeeded() {
            planted.extend(missed);
            seen.push(std::mem::replace(&mut observation, ask(driver, &plain, &value, &[], &planted).await));
        }
        let refused = honest.succeeded && !observation.succeeded();
        let assigned = observation.signs.iter().any(|sign| sign.kind == Kind::Assigned);
        let extra = powers(driver, honest, &observation);
        seen.push(observation);
        if assigned && !extra.is_empty() {
            let all = with(&operation, &values, body, &extra, &value);
            let mut more = ask(driver, &all, &value, &extra, &planted).await;
            // Once more, on what was written: the fields of the request are known now.
            more.foreign = None;
            seen.push(more);
        }
        if !refused {
            return seen;
        }
    }
    driver.prepare(honest.planted);
    let mut observation = driver.probe(&operation, &values).await;
    let sign = let_in(&observation);
    observation.signs.extend(sign);
    observation.foreign = Some(value);
    seen.push(observation);
    seen
}

/// The operation and the values with further fields in the body.
fn with(
    operation: &Operation,
    values: &Values,
    body: ParameterLocation,
    extra: &[String],
    value: &str,
) -> (Operation, Values) {
    let (mut operation, mut values) = (operation.clone(), values.clone());
    for name in extra.iter().map(String::as_str).chain([FOREIGN_NAME]) {
        operation.confirm(body, name);
        values.set(body, name, json!(value));
    }
    (operation, values)
}

async fn ask(
    driver: &mut Driver<'_>,
    (operation, values): &(Operation, Values),
    value: &str,
    extra: &[String],
    planted: &BTreeSet<Demand>,
) -> Observation {
    driver.prepare(planted);
    let mut observation = driver.probe(operation, values).await;
    let signs: Vec<Sign> = assigned(&observation, value, extra).into_iter().chain(let_in(&observation)).collect();
    observation.signs.extend(signs);
    observation.foreign = Some(value.to_owned());
    observation
}

/// Whether the answer lets a page of the foreign origin read it, with the visitor's cookies.
fn let_in(observation: &Observation) -> Option<Sign> {
    let response = observation.exchange.outcome.as_ref().ok()?;
    let header = |name: &str| response.header(name).unwrap_or_default();
    let lets = header("access-control-allow-origin") == ORIGIN
        && header("access-control-allow-credentials").eq_ignore_ascii_case("true");
    let evidence = Evidence {
        what: "response headers".to_owned(),
        text: format!("Access-Control-Allow-Origin: {ORIGIN}, Access-Control-Allow-Credentials: true"),
    };
    lets.then(|| Sign::new(Kind::ForeignOrigin, Way::Header("access-control-allow-origin".to_owned()), evidence))
}

/// The part of the request that a body's fields stand in; none for a request without a body.
fn body(honest: &Honest<'_>) -> Option<ParameterLocation> {
    let takes = matches!(honest.operation.method, Method::Post | Method::Put | Method::Patch);
    let has = |wanted| honest.operation.parameters().any(|(location, _, _)| location == wanted);
    match () {
        () if has(ParameterLocation::Form) => Some(ParameterLocation::Form),
        () if takes || has(ParameterLocation::Json) => Some(ParameterLocation::Json),
        () => None,
    }
}

/// Attributes of the tables at hand that give power and that the view does not ask for.
fn powers(driver: &Driver<'_>, honest: &Honest<'_>, observation: &Observation) -> Vec<String> {
    let asks = |name: &str| honest.operation.parameters().any(|(_, asked, _)| asked == name);
    let tables = observation.calls.iter().filter(|call| !call.written.is_empty()).flat_map(|call| &call.tables);
    let mut names: Vec<String> = tables
        .filter_map(|table| driver.planter.known(table))
        .flat_map(|table| table.attributes.keys())
        .filter(|name| !name.contains(['.', '[']) && !asks(name))
        .filter(|name| gives_power(name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names.truncate(8);
    names
}

/// What of it was written as it was sent.
fn assigned(observation: &Observation, value: &str, extra: &[String]) -> Option<Sign> {
    let sent = json!({ "S": value }).to_string();
    let writes = |call: &&stanch_dynamodb::Call| is_done(call) && call.written.contains(FOREIGN_NAME);
    let call = observation.calls.iter().filter(writes).find(|call| call.request.to_string().contains(&sent))?;
    let table = call.tables.first()?.clone();
    let names = extra.iter().filter(|name| call.written.contains(*name)).cloned().chain([FOREIGN_NAME.to_owned()]);
    let names: Vec<String> = names.collect();
    let quoted = crate::exposure::quoted(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let text = format!("`{}` on table `{table}` wrote {quoted} with the values of the request", call.operation);
    let mut sign = Sign::new(Kind::Assigned, Way::Call, Evidence { what: "call to DynamoDB".to_owned(), text });
    sign.attributes = names.into_iter().map(|name| ((table.clone(), name), CanaryClass::Ordinary)).collect();
    sign.source = line_of(observation, &call.operation);
    Some(sign)
}

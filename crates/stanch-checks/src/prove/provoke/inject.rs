//! Injection into expressions and statements, proven by its effect: an item that the honest request does not reach, or
//! an attribute that it does not ask for or set.

use serde_json::json;
use stanch_api::ParameterLocation;
use stanch_dynamodb::Call;
use stanch_findings::Evidence;
use stanch_live::canary::FOREIGN_NAME;

use super::inject_payload::{Spliced, spliced};
use super::{Honest, is_done, line_of};
use crate::prove::demand::{self, Demand};
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::sign::{Kind, Sign, Way};

/// Parameters that are tried at most.
const PARAMETERS: usize = 4;
/// A shorter text stands in an expression by chance.
const SHORTEST: usize = 3;

/// Tries each parameter whose text became part of an expression.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let mut seen = Vec::new();
    let candidates: Vec<_> = honest
        .texts()
        .into_iter()
        .filter_map(|(location, name, text)| {
            let (call, spliced) = honest.calls.iter().find_map(|call| Some((call, spliced(call, &text)?)))?;
            (text.len() >= SHORTEST).then_some((location, name, text, call, spliced))
        })
        .take(PARAMETERS)
        .collect();
    for (location, name, text, call, spliced) in candidates {
        seen.extend(of_parameter(driver, honest, (location, name, &text), call, &spliced).await);
    }
    seen
}

async fn of_parameter(
    driver: &mut Driver<'_>,
    honest: &Honest<'_>,
    (location, name, text): (ParameterLocation, &str, &str),
    call: &Call,
    spliced: &Spliced,
) -> Vec<Observation> {
    let mut seen = Vec::new();
    let Some((table, key)) = key_of(driver, call) else { return seen };
    for payload in spliced.payloads(text, &key, FOREIGN_NAME) {
        let mut values = honest.values.clone();
        values.set(location, name, json!(payload));
        driver.prepare(honest.planted);
        for demand in decoys(&table, call, spliced) {
            driver.planter.plant(driver.world, &demand);
        }
        // The honest request, on the same items: what it reaches is no effect.
        let reached = driver.probe(honest.operation, honest.values).await;
        let mut observation = driver.probe(honest.operation, &values).await;
        let sign = effect(&reached, &observation, spliced, &table, name);
        let is_found = sign.is_some();
        observation.signs.extend(sign);
        seen.push(observation);
        if is_found {
            break;
        }
    }
    seen
}

/// The table that a call is about, and an attribute of its key.
fn key_of(driver: &Driver<'_>, call: &Call) -> Option<(String, String)> {
    let tables = driver.world.tables();
    let named = call.tables.iter().chain(tables.iter().map(|state| &state.spec.name));
    let statement = call.request.get("Statement").and_then(serde_json::Value::as_str);
    let table = named.into_iter().find(|name| {
        call.tables.contains(name) || statement.is_some_and(|text| text.contains(&format!("\"{name}\"")))
    })?;
    let spec = tables.iter().map(|state| &state.spec).find(|spec| spec.name == *table)?;
    Some((table.clone(), spec.key.attributes().next()?.name.clone()))
}

/// Items that the honest expression must not reach: those that satisfy the key condition alone, else any item.
fn decoys(table: &str, call: &Call, spliced: &Spliced) -> Vec<Demand> {
    let mut request = call.request.clone();
    if let Some(members) = request.as_object_mut() {
        members.remove("FilterExpression");
        if spliced.parameter != "KeyConditionExpression" {
            members.remove("ConditionExpression");
        }
    }
    let values = demand::conditions(&request);
    vec![Demand { table: table.to_owned(), values, person: 0 }]
}

fn effect(
    honest: &Observation,
    injected: &Observation,
    spliced: &Spliced,
    table: &str,
    parameter: &str,
) -> Option<Sign> {
    let items =
        |observation: &Observation| -> u32 { observation.calls.iter().filter(|c| is_done(c)).map(|c| c.items).sum() };
    let of = |call: &&Call| is_done(call) && call.request.get(spliced.parameter).is_some();
    let call = injected.calls.iter().rfind(of)?;
    let more = items(injected) > items(honest);
    let returned = call.returned.contains(FOREIGN_NAME) && spliced.parameter == "ProjectionExpression";
    let wrote = spliced.parameter == "UpdateExpression" && call.written.contains(FOREIGN_NAME);
    let what = match () {
        () if wrote => format!("`{}` on table `{table}` set `{FOREIGN_NAME}`, which the request named", call.operation),
        () if returned => {
            format!("`{}` on table `{table}` gave `{FOREIGN_NAME}`, which the request named", call.operation)
        }
        () if more => format!(
            "`{}` on table `{table}` gave {} item{} where the honest request gets {}",
            call.operation,
            items(injected),
            if items(injected) == 1 { "" } else { "s" },
            items(honest),
        ),
        () => return None,
    };
    let kind = if spliced.is_statement() { Kind::InjectedStatement } else { Kind::Injected };
    let mut sign = Sign::new(kind, Way::Call, Evidence { what: "call to DynamoDB".to_owned(), text: what });
    sign.keys = [parameter.to_owned()].into();
    sign.source = line_of(injected, &call.operation);
    Some(sign)
}

//! An item of somebody else stands where the request writes: a write without a condition replaces it, and what a write
//! returns is more than was written.

use serde_json::{Map, Value};
use stanch_dynamodb::Call;
use stanch_findings::Evidence;
use stanch_live::canary::{CanaryClass, FOREIGN_NAME};

use super::{Honest, gives_power, is_done, line_of};
use crate::prove::demand::Demand;
use crate::prove::drive::Driver;
use crate::prove::escape::sent;
use crate::prove::observation::Observation;
use crate::prove::sign::{Kind, Sign, Way};

/// Plants the item that the honest request wrote, as somebody else's, and asks again.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Option<Observation> {
    let write = honest.calls.iter().rfind(|call| is_plain_put(call) || is_change(call))?;
    let (table, key) = (write.tables.first()?.clone(), key_of(driver, write)?);
    let before = others_item(driver, &table, &key);
    driver.prepare(honest.planted);
    driver.world.plant(&table, &Value::Object(before.clone())).ok()?;
    let mut observation = driver.probe(honest.operation, honest.values).await;
    let sign = sign(driver, &observation, &table, &key, &before);
    observation.signs.extend(sign);
    Some(observation)
}

/// A write that may return the item as it was or is.
fn is_change(call: &Call) -> bool {
    is_done(call) && matches!(call.operation.as_str(), "UpdateItem" | "DeleteItem")
}

fn is_plain_put(call: &Call) -> bool {
    is_done(call) && call.operation == "PutItem" && call.request.get("ConditionExpression").is_none()
}

/// The key that was written.
fn key_of(driver: &Driver<'_>, write: &Call) -> Option<Map<String, Value>> {
    let table = write.tables.first()?;
    let spec = driver.world.tables().into_iter().map(|state| state.spec).find(|spec| spec.name == *table)?;
    let item = write.request.get("Item").or_else(|| write.request.get("Key"))?.as_object()?;
    let key: Option<Map<String, Value>> =
        spec.key.attributes().map(|part| Some((part.name.clone(), item.get(&part.name)?.clone()))).collect();
    key
}

/// The item as it would be another one's: its own owner, its own keys.
fn others_item(driver: &mut Driver<'_>, table: &str, key: &Map<String, Value>) -> Map<String, Value> {
    let values = key.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    driver.planter.item(driver.world, &Demand { table: table.to_owned(), values, person: 1 })
}

fn sign(
    driver: &Driver<'_>,
    observation: &Observation,
    table: &str,
    key: &Map<String, Value>,
    before: &Map<String, Value>,
) -> Option<Sign> {
    let put = observation.calls.iter().rfind(|call| is_plain_put(call) && call.tables.iter().any(|t| t == table))?;
    // A key that the server makes is another one at each request; one that the client sends stands in the request.
    let request = String::from_utf8_lossy(&sent(&observation.exchange)).into_owned();
    let chosen = key.values().filter_map(|value| value.get("S").or_else(|| value.get("N"))?.as_str());
    let chosen = chosen.into_iter().any(|text| text.len() > 3 && request.contains(text));
    let after = driver.world.items(table).ok()?;
    let is_it = |item: &&Value| key.iter().all(|(name, value)| item.get(name) == Some(value));
    let after = after.iter().find(is_it)?;
    if !chosen || after.get(FOREIGN_NAME).is_some() {
        return None;
    }
    let lost: Vec<&String> = before
        .iter()
        .filter(|(name, value)| after.get(*name) != Some(*value) && gives_power(name) && after.get(*name).is_some())
        .map(|(name, _)| name)
        .collect();
    let mut sign = sign_of(table, &lost);
    sign.source = line_of(observation, &put.operation);
    Some(sign)
}

fn sign_of(table: &str, lost: &[&String]) -> Sign {
    let names = crate::exposure::quoted(&lost.iter().map(|name| name.as_str()).collect::<Vec<_>>());
    let what = if lost.is_empty() { "what else it held is gone".to_owned() } else { format!("{names} changed hands") };
    let text = format!("`PutItem` on table `{table}` replaced an item that was there: {what}");
    let mut sign = Sign::new(Kind::Overwritten, Way::Call, Evidence { what: "call to DynamoDB".to_owned(), text });
    let of_table = |name: &&String| ((table.to_owned(), (*name).clone()), CanaryClass::Ordinary);
    sign.attributes = lost.iter().map(of_table).collect();
    sign
}

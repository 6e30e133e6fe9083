//! What a probe did to items: whose were changed, and which of its parameters it looked them up by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stanch_api::SourcePlace;
use stanch_dynamodb::{Call, Outcome};
use stanch_findings::Evidence;
use stanch_live::Event;
use stanch_live::canary::CanaryClass;
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use super::demand::{self, Demand};
use super::operation::{Operation, Values};
use super::plant::Planter;
use super::sign::{Kind, SHORTEST_KEY, SentKey, Sign, Way};

/// The app changed or deleted an item that stood there as the owner's.
pub(super) fn changed(standing: &BTreeSet<Demand>, calls: &[Call], events: &[Event]) -> Option<Sign> {
    let is_write = |call: &&Call| {
        call.outcome == Outcome::Done
            && (call.operation == "DeleteItem" || call.operation == "UpdateItem" && !is_contribution(call))
    };
    let owned = |call: &Call| {
        let key = demand::typed_map(call.request.get("Key"));
        let table = call.tables.first()?;
        let is_it = |item: &&Demand| {
            item.person == 0
                && item.table == *table
                && !key.is_empty()
                && key.iter().all(|(name, value)| item.values.get(name) == Some(value))
        };
        standing.iter().any(|item| is_it(&item)).then(|| (table.clone(), key))
    };
    let (call, (table, key)) = calls.iter().filter(is_write).find_map(|call| Some((call, owned(call)?)))?;
    let deed = if call.operation == "DeleteItem" { "deleted" } else { "changed" };
    let text = format!("`{}` on table `{table}` {deed} an item that was planted as somebody's", call.operation);
    let mut sign = Sign::new(Kind::Changed, Way::Call, Evidence { what: "call to DynamoDB".to_owned(), text });
    sign.attributes = key.into_keys().map(|name| ((table.clone(), name), CanaryClass::Ordinary)).collect();
    sign.people = [0].into();
    sign.source = line_of(events, &call.operation);
    Some(sign)
}

/// Whether an update only adds to what is there, as everybody may who likes, follows or counts.
fn is_contribution(call: &Call) -> bool {
    let expression = call.request.get("UpdateExpression").and_then(Value::as_str).unwrap_or_default();
    let lower = expression.to_ascii_lowercase();
    ["add ", "list_append", "if_not_exists", " + ", " - "].iter().any(|word| lower.contains(word))
}

/// The app's own line that made the call of this operation, the last one.
pub(super) fn line_of(events: &[Event], operation: &str) -> Option<SourcePlace> {
    events.iter().rev().find_map(|event| match event {
        Event::SdkCall { operation: called, source, .. } if called == operation => source.clone(),
        _ => None,
    })
}

/// Parameters whose values the app looked items up by, under an attribute that holds keys: whatever they are called, they
/// are keys.
pub(super) fn keys_by_use(
    operation: &Operation,
    values: &Values,
    calls: &[Call],
    planter: &Planter,
    known: &[SentKey],
) -> Vec<SentKey> {
    let mut looked_up: BTreeMap<String, KeyKind> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.outcome == Outcome::Done) {
        let Some(table) = call.tables.first() else { continue };
        let mut asked = demand::conditions(&call.request);
        asked.extend(demand::typed_map(call.request.get("Key")));
        for (name, value) in asked.into_iter().filter(|(name, _)| planter.is_secret(table, name)) {
            let text = serde_json::from_str::<Value>(&value).ok();
            if let Some(text) = text.as_ref().and_then(|value| value.get("S")).and_then(Value::as_str) {
                looked_up.insert(text.to_owned(), key_kind(&name).unwrap_or(KeyKind::ApiKey));
            }
        }
    }
    let key = |(location, name, _): (_, &str, _)| {
        let text = values.get(location, name)?.as_str().filter(|text| text.len() >= SHORTEST_KEY)?;
        let is_new = !known.iter().any(|key| key.location == location && key.name == name);
        let kind = *looked_up.get(text).filter(|_| is_new)?;
        Some(SentKey { location, name: name.to_owned(), kind, value: Secret::new(text.to_owned()) })
    };
    operation.parameters().filter_map(key).collect()
}

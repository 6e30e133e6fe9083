//! Keys that the app made itself during a probe: it stored or handed out a value under a key's name that nobody planted
//! or sent.

use serde_json::Value;
use stanch_dynamodb::Outcome;
use stanch_live::canary::CanaryBook;
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use super::observation::Observation;

/// A key that the app has just made.
pub(super) struct FreshKey {
    pub(super) name: String,
    pub(super) kind: KeyKind,
    pub(super) value: Secret,
}

/// Shortest value that is unique enough to be found in a text.
const SHORTEST: usize = 16;
/// Most keys that are looked for in one probe.
const MOST: usize = 32;

/// The keys that were made during a probe, each once.
pub(super) fn fresh(book: &CanaryBook, observation: &Observation, sent: &[u8]) -> Vec<FreshKey> {
    let mut named: Vec<(String, String)> = Vec::new();
    for call in observation.calls.iter().filter(|call| call.outcome == Outcome::Done) {
        typed(&call.request, "", 0, &mut named);
    }
    if let Ok(response) = &observation.exchange.outcome
        && response.status < 400
        && let Ok(body) = serde_json::from_slice::<Value>(&response.body)
    {
        plain(&body, "", 0, &mut named);
    }
    let sent = String::from_utf8_lossy(sent);
    let mut keys: Vec<FreshKey> = Vec::new();
    for (name, value) in named {
        let Some(kind) = key_kind(&name).filter(|kind| is_key(*kind)) else { continue };
        let is_new = value.len() >= SHORTEST
            && !sent.contains(&value)
            && keys.iter().all(|key| key.value.expose() != value)
            && book.search(value.as_bytes()).is_empty();
        if is_new && keys.len() < MOST {
            keys.push(FreshKey { name, kind, value: Secret::new(value) });
        }
    }
    keys
}

/// Kinds that are a credential as they stand; a digest is judged where it was planted.
const fn is_key(kind: KeyKind) -> bool {
    !matches!(kind, KeyKind::PasswordHash | KeyKind::KeyHash | KeyKind::Card)
}

/// Texts in DynamoDB's typed form, each with the name of the attribute or placeholder that holds it.
fn typed(value: &Value, name: &str, depth: usize, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if depth < 12 => {
            for (member, inner) in members {
                match (member.as_str(), inner) {
                    ("S", Value::String(text)) if !name.is_empty() => found.push((name.to_owned(), text.clone())),
                    ("M" | "L", _) => typed(inner, name, depth + 1, found),
                    _ => typed(inner, member.trim_start_matches(':'), depth + 1, found),
                }
            }
        }
        Value::Array(elements) if depth < 12 => {
            elements.iter().for_each(|element| typed(element, name, depth + 1, found));
        }
        _ => {}
    }
}

fn plain(value: &Value, name: &str, depth: usize, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if !name.is_empty() => found.push((name.to_owned(), text.clone())),
        Value::Object(members) if depth < 12 => {
            members.iter().for_each(|(member, inner)| plain(inner, member, depth + 1, found));
        }
        Value::Array(elements) if depth < 12 => {
            elements.iter().for_each(|element| plain(element, name, depth + 1, found));
        }
        _ => {}
    }
}

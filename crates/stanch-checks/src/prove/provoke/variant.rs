//! Other secrets under the same public input: what differs in the answer was made from a secret, though no decoder sees
//! it (a digest, a cipher).

use std::collections::BTreeMap;

use serde_json::Value;
use stanch_findings::Evidence;
use stanch_live::Response;
use stanch_live::canary::CanaryClass;
use stanch_secrets::names::words;

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::sign::{Kind, Sign, Way};

/// Shortest text that may be a digest: 64 bits in hexadecimal digits. The last characters of a key, which tell keys
/// apart, are shorter.
const DIGEST: usize = 16;

/// Asks twice on the same items, and once on items whose secrets alone are others.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let reads = honest.calls.iter().any(|call| call.items > 0);
    if !honest.succeeded || !reads || sends_secrets(driver, honest) {
        return Vec::new();
    }
    let mut seen = Vec::new();
    let before = match &honest.answer {
        Some(answer) => leaves(answer),
        None => {
            seen.push(driver.provoked(honest, honest.values).await);
            seen.last().and_then(Observation::answer).and_then(leaves)
        }
    };
    let Some(before) = before else { return seen };
    // What a decoder reads is found without this.
    let unread = |text: &str| driver.planter.book().search(text.as_bytes()).is_empty();
    let candidates: Vec<&String> =
        before.iter().filter(|(path, text)| is_digest(path, text) && unread(text)).map(|(path, _)| path).collect();
    if candidates.is_empty() {
        return seen;
    }
    let mut again = driver.provoked(honest, honest.values).await;
    driver.planter.turn_secrets();
    let other = driver.provoked(honest, honest.values).await;
    driver.planter.turn_secrets();
    // The book knows the values of the last planting: these are the ones that all other probes are searched for.
    driver.prepare(honest.planted);
    let sign = differs(driver, honest, &before, &again, &other, &candidates);
    again.signs.extend(sign);
    seen.push(again);
    seen
}

fn sends_secrets(driver: &Driver<'_>, honest: &Honest<'_>) -> bool {
    honest.texts().iter().any(|(_, _, text)| {
        driver.planter.book().search(text.as_bytes()).iter().any(|hit| hit.class == CanaryClass::Secret)
    })
}

fn differs(
    driver: &Driver<'_>,
    honest: &Honest<'_>,
    before: &BTreeMap<String, String>,
    again: &Observation,
    other: &Observation,
    candidates: &[&String],
) -> Option<Sign> {
    let (again, changed) = (leaves(again.answer()?)?, leaves(other.answer()?)?);
    let path = candidates.iter().find(|path| {
        let (was, is, turned) = (before.get(**path), again.get(**path), changed.get(**path));
        was == is && turned.is_some() && turned != was
    })?;
    let tables = honest.calls.iter().filter(|call| call.items > 0).flat_map(|call| &call.tables);
    let attributes: BTreeMap<(String, String), CanaryClass> = tables
        .flat_map(|table| {
            let known = driver.planter.known(table).into_iter().flat_map(|table| &table.attributes);
            let secret = known.filter(|(_, attribute)| CanaryClass::from(attribute.class) == CanaryClass::Secret);
            secret.map(|(name, _)| ((table.clone(), name.clone()), CanaryClass::Secret))
        })
        .collect();
    if attributes.is_empty() {
        return None;
    }
    let text = format!("`{path}` is another value when secrets of the table alone are others");
    let mut sign = Sign::new(Kind::Derived, Way::Body, Evidence { what: "response body".to_owned(), text });
    sign.keys = [(*path).clone()].into();
    sign.attributes = attributes;
    Some(sign)
}

/// A signature shows that whoever made it has a key, and is made to be shown.
fn is_digest(path: &str, text: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let shown = words(last).iter().any(|word| matches!(word.as_str(), "signature" | "sig" | "etag" | "csrf" | "jwt"));
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-$.:".contains(&byte));
    !shown && plain && text.len() >= DIGEST && text.matches('.').count() < 2
}

/// Texts of a successful JSON answer by their paths.
fn leaves(response: &Response) -> Option<BTreeMap<String, String>> {
    if response.status >= 400 {
        return None;
    }
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let mut found = BTreeMap::new();
    gather(&body, String::new(), &mut found);
    Some(found)
}

fn gather(value: &Value, path: String, found: &mut BTreeMap<String, String>) {
    if found.len() > 500 || path.len() > 500 {
        return;
    }
    match value {
        Value::String(text) => {
            found.insert(path, text.clone());
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                gather(inner, path, found);
            });
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(at, inner)| gather(inner, format!("{path}[{at}]"), found));
        }
        _ => {}
    }
}

//! A key in the address: many views that take a key in a header take it there too, once the header is missing.

use stanch_api::ParameterLocation;
use stanch_live::Event;
use stanch_secrets::names::key_kind;

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::identity::Caller;
use crate::prove::observation::Observation;

/// Leaves credential headers out, and sends their value in the query parameter that the view asks for instead.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>, before: &[Observation]) -> Vec<Observation> {
    let is_credential = |location: ParameterLocation, name: &str| {
        location == ParameterLocation::Header && (name == "authorization" || key_kind(name).is_some())
    };
    let header = honest.texts().into_iter().find(|(location, name, _)| is_credential(*location, name));
    let Some((_, _, key)) = header.filter(|_| honest.succeeded) else { return Vec::new() };
    let without = honest.values.without(is_credential);
    let mut seen = Vec::new();
    // As nobody, the same request was sent already, where nothing but the header says who asks.
    let request = honest.operation.request(&without);
    let known = before.iter().rfind(|one| one.caller() == Caller::Nobody && one.is_of(&request));
    let known = known.filter(|_| driver.identity.is_none()).map(asked_key);
    let asked = match known {
        Some(asked) => asked,
        None => {
            let refused = driver.provoked(honest, &without).await;
            let asked = asked_key(&refused);
            seen.push(refused);
            asked
        }
    };
    if let Some(name) = asked {
        let mut operation = honest.operation.clone();
        operation.confirm(ParameterLocation::Query, &name);
        let mut values = without;
        values.set(ParameterLocation::Query, &name, serde_json::json!(key));
        driver.prepare(honest.planted);
        seen.push(driver.probe(&operation, &values).await);
    }
    seen
}

/// The parameter of the query under which the app asked for a key.
fn asked_key(observation: &Observation) -> Option<String> {
    observation.events.iter().find_map(|event| match event {
        Event::ParameterAsked { location: ParameterLocation::Query, name, .. } if key_kind(name).is_some() => {
            Some(name.clone())
        }
        _ => None,
    })
}

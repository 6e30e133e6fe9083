//! What an observation teaches of an operation: parameters that the app asked for, and keys that it lacked.

use serde_json::Value;
use stanch_dynamodb::{Call, Outcome, World};
use stanch_live::Event;

use super::observation::Observation;
use super::operation::Operation;
use super::plant::Planter;

/// Takes in which parameters the app asked for; tells whether any was unknown.
pub(super) fn learn(operation: &mut Operation, observation: &Observation) -> bool {
    let mut learnt = false;
    for event in &observation.events {
        if let Event::ParameterAsked { location, name, example, .. } = event {
            operation.exemplify(*location, name, example.as_ref());
            learnt |= operation.confirm(*location, name);
        }
    }
    learnt
}

/// Takes in the key attributes that a written item lacks, where the app writes the body as it comes.
pub(super) fn learn_key(world: &World, operation: &mut Operation, call: &Call) -> bool {
    let failed = matches!(&call.outcome, Outcome::Failed(kind) if kind.contains("Validation"));
    if call.operation != "PutItem" || !failed || !operation.takes_body() {
        return false;
    }
    let written = call.request.get("Item").and_then(Value::as_object);
    let table = call.tables.first().map(String::as_str).unwrap_or_default();
    let missing: Vec<String> = Planter::key_of(world, table)
        .into_iter()
        .filter(|name| written.is_none_or(|item| !item.contains_key(name)))
        .collect();
    // What came as JSON and did not arrive is read from a form.
    let learnt: Vec<bool> = missing.iter().map(|name| operation.confirm_in_body(name)).collect();
    learnt.contains(&true)
}

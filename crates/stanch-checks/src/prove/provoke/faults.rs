//! DynamoDB says no: what an app tells its client of that is seen only when it happens.

use std::collections::BTreeSet;

use stanch_dynamodb::{Call, Fault, FaultKind};

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::sign::Way;
use crate::prove::told;

/// Operations that are refused, one request each.
const OPERATIONS: usize = 3;
/// Calls that one fault meets: an SDK that was told to retry does so up to ten times.
const TIMES: u32 = 12;

/// Asks honestly while DynamoDB refuses what the app asks of it: first a missing permission, whose text names account, role
/// and table. An app that tells nothing of that may yet do so of what it answers apart: a condition that failed, a word
/// that is reserved, a table that is overloaded, a service that is down.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let done = || honest.calls.iter().filter(|call| super::is_done(call));
    let operations: BTreeSet<&str> = done().map(|call| call.operation.as_str()).collect();
    let mut seen = Vec::new();
    for operation in operations.into_iter().take(OPERATIONS) {
        seen.push(refused(driver, honest, operation, FaultKind::Denied).await);
    }
    let has = |call: &&Call, parameters: &[&str]| parameters.iter().any(|name| call.request.get(name).is_some());
    let conditional = done().find(|call| has(call, &["ConditionExpression", "Expected"]));
    let expressive = done().rfind(|call| has(call, &["UpdateExpression", "FilterExpression", "ProjectionExpression"]));
    let last = done().next_back();
    let further = [
        (conditional, FaultKind::ConditionFailed),
        (expressive, FaultKind::ReservedWord),
        (last, FaultKind::ThroughputExceeded),
        (last, FaultKind::Internal),
    ];
    for (call, kind) in further {
        if seen.iter().any(tells) {
            break;
        }
        if let Some(call) = call {
            seen.push(refused(driver, honest, &call.operation, kind).await);
        }
    }
    seen
}

async fn refused(driver: &mut Driver<'_>, honest: &Honest<'_>, operation: &str, kind: FaultKind) -> Observation {
    driver.world.inject(Fault {
        probe: Some(driver.probes + 1),
        operation: Some(operation.to_owned()),
        kind,
        times: TIMES,
    });
    let observation = driver.provoked(honest, honest.values).await;
    driver.world.clear_faults();
    observation
}

/// Whether the answer tells of the failure: one text of that is proof enough.
fn tells(observation: &Observation) -> bool {
    observation.exchange.outcome.as_ref().is_ok_and(|answer| told::in_text(&answer.body, &Way::Body).next().is_some())
}

//! DynamoDB says no: what an app tells its client of that is seen only when it happens.

use std::collections::BTreeSet;

use stanch_dynamodb::{Fault, FaultKind};

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;

/// Operations that are refused, one request each.
const OPERATIONS: usize = 3;
/// Calls that one fault meets: an SDK that was told to retry does so up to ten times.
const TIMES: u32 = 12;

/// Asks honestly while DynamoDB refuses what the app asks of it: a missing permission, whose text names account, role
/// and table.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let operations: BTreeSet<&str> =
        honest.calls.iter().filter(|call| super::is_done(call)).map(|call| call.operation.as_str()).collect();
    let mut seen = Vec::new();
    for operation in operations.into_iter().take(OPERATIONS) {
        driver.world.inject(Fault {
            probe: Some(driver.probes + 1),
            operation: Some(operation.to_owned()),
            kind: FaultKind::Denied,
            times: TIMES,
        });
        seen.push(driver.provoked(honest, honest.values).await);
        driver.world.clear_faults();
    }
    seen
}

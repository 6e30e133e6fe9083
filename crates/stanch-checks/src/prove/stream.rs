//! Handlers that are called with the records of a stream: what stands in the tables is what the records hold.

use std::collections::BTreeMap;

use stanch_api::ParameterLocation;
use stanch_dynamodb::{KeyType, Origin, TableSpec, World};

use super::demand::Demand;
use super::operation::Operation;

/// Tables that get an item at most.
const TABLES: usize = 3;

/// An item of each table, where the operation asks for the records of a stream; a table is made where the app names none.
pub(super) fn demands(operation: &Operation, world: &World) -> Vec<Demand> {
    if !operation.asked.contains(&(ParameterLocation::Json, "Records".to_owned())) {
        return Vec::new();
    }
    let names = || world.tables().into_iter().map(|state| state.spec.name);
    if names().next().is_none() {
        // Where it cannot be made, the handler is called without records.
        let _ = world.create(TableSpec::simple("streamed", "id", KeyType::String, Origin::Guessed));
    }
    names().take(TABLES).map(|table| Demand { table, values: BTreeMap::new(), person: 0 }).collect()
}

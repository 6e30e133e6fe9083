//! What is planted: items that satisfy a demand, all other attributes canaries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stanch_api::{AttributeClass, Table};
use stanch_dynamodb::World;
use stanch_live::canary::{CanaryBook, ItemPlan};
use stanch_source::SourceFacts;

use super::demand::Demand;
use super::start::table_name;

/// Makes items for the tables that the audit knows, and for those it does not.
pub(super) struct Planter<'p> {
    book: &'p CanaryBook,
    tables: BTreeMap<String, &'p Table>,
}

impl<'p> Planter<'p> {
    pub(super) fn new(book: &'p CanaryBook, facts: &'p SourceFacts) -> Self {
        let name = |table: &Table| {
            if table.name.starts_with('$') { table_name(&table.name) } else { table.name.clone() }
        };
        Self { book, tables: facts.tables.iter().map(|table| (name(table), table)).collect() }
    }

    /// The audit's knowledge of a table, by its name at run time.
    pub(super) fn table(&self, name: &str) -> Option<&'p Table> {
        self.tables.get(name).copied()
    }

    /// A text that stands for one person, order or record throughout: as a parameter of a request and as an attribute
    /// of that name in any table, so that what belongs together is found together.
    pub(super) fn shared(&self, name: &str) -> String {
        let name = name.to_ascii_lowercase().replace('-', "_");
        self.book.token(&name)
    }

    /// The item that satisfies a demand, as typed JSON.
    pub(super) fn item(&self, demand: &Demand) -> Map<String, Value> {
        let mut given: BTreeMap<String, Value> = BTreeMap::new();
        let table = self.table(&demand.table);
        // Identifiers are shared between tables; secrets never are.
        for (name, attribute) in table.into_iter().flat_map(|table| &table.attributes) {
            if attribute.class != AttributeClass::Secret && is_identifier(name) && attribute.kind.is_none_or(is_text) {
                given.insert(name.clone(), json!({ "S": self.shared(name) }));
            }
        }
        for (name, value) in &demand.values {
            if let Ok(value) = serde_json::from_str(value) {
                given.insert(name.clone(), value);
            }
        }
        self.book.item(&ItemPlan { table: &demand.table, facts: table, number: 0, given, foreign: true })
    }

    /// Plants it. An item that lacks a part of the table's key gets one.
    pub(super) fn plant(&self, world: &World, demand: &Demand) {
        let mut item = self.item(demand);
        if let Some(state) = world.tables().into_iter().find(|state| state.spec.name == demand.table) {
            for key in state.spec.attributes() {
                let letter = key.kind.letter();
                let fits = item.get(&key.name).is_some_and(|value| value.get(letter).is_some());
                if !fits {
                    let value = match letter {
                        "N" => json!({ "N": "41" }),
                        "B" => json!({ "B": "cGxhbnRlZA==" }),
                        _ => json!({ "S": self.shared(&key.name) }),
                    };
                    item.insert(key.name.clone(), value);
                }
            }
        }
        // An item that the table refuses is one the app could not have written either.
        let _ = world.plant(&demand.table, &Value::Object(item));
    }
}

const fn is_text(kind: stanch_api::AttributeType) -> bool {
    matches!(kind, stanch_api::AttributeType::String)
}

/// Whether an attribute's name says that it points at somebody or something.
fn is_identifier(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "id" | "pk" | "username" | "user" | "owner" | "email" | "author")
        || name.ends_with("_id")
        || name.ends_with("id") && name.len() > 4 && !name.ends_with("void")
}

//! What is planted: items that satisfy a demand, all other attributes canaries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stanch_api::{AttributeClass, AttributeType, Table};
use stanch_dynamodb::{KeyType, Origin, TableSpec, World};
use stanch_live::canary::{CanaryBook, CanaryClass, ItemPlan};
use stanch_source::SourceFacts;

use super::demand::Demand;
use super::start::runtime_name;

/// Makes items for the tables that the audit knows, and for those it does not.
pub(super) struct Planter {
    book: CanaryBook,
    tables: BTreeMap<String, Table>,
}

/// Names of attributes that are maps nearly everywhere; used where nothing else tells the type.
const MAPS: [&str; 10] =
    ["attributes", "config", "details", "info", "meta", "metadata", "options", "preferences", "profile", "settings"];

impl Planter {
    pub(super) fn new(book: CanaryBook, facts: &SourceFacts) -> Self {
        let mut tables = BTreeMap::new();
        for table in &facts.tables {
            let name = runtime_name(&table.name);
            let mut table = table.clone();
            for (name, attribute) in &mut table.attributes {
                if attribute.kind.is_none() && MAPS.contains(&name.as_str()) {
                    attribute.kind = Some(AttributeType::Map);
                }
            }
            tables.entry(name).or_insert(table);
        }
        Self { book, tables }
    }

    /// All canaries so far.
    pub(super) const fn book(&self) -> &CanaryBook {
        &self.book
    }

    /// Lets the search know a value that the app was given outside of its tables.
    pub(super) fn know_setting(&mut self, name: &str, class: CanaryClass) {
        self.book.setting(name, class);
    }

    /// A value that stands for one person, order or record throughout: as a parameter of a request and as an
    /// attribute of that name in any table, so that what belongs together is found together.
    pub(super) fn shared(&mut self, name: &str) -> String {
        let name = name.to_ascii_lowercase().replace('-', "_");
        let value = self.book.value("", 0, &name, CanaryClass::Ordinary, Some(AttributeType::String));
        value.get("S").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// From now on the secrets of items are others, under the same names; once more, and they are what they were.
    pub(super) fn turn_secrets(&mut self) {
        self.book.turn_secrets();
    }

    /// What the audit knows of a table.
    pub(super) fn known(&self, table: &str) -> Option<&Table> {
        self.tables.get(table)
    }

    /// The item that satisfies a demand, as typed JSON.
    pub(super) fn item(&mut self, world: &World, demand: &Demand) -> Map<String, Value> {
        self.numbered(world, demand, 0)
    }

    /// The same as if it belonged to somebody else: identifiers that are not demanded are another one's.
    pub(super) fn others_item(&mut self, world: &World, demand: &Demand) -> Map<String, Value> {
        self.numbered(world, demand, 1)
    }

    fn numbered(&mut self, world: &World, demand: &Demand, number: u32) -> Map<String, Value> {
        let table = self.tables.get(&demand.table).cloned();
        let mut given: BTreeMap<String, Value> = BTreeMap::new();
        // Identifiers are shared between tables; secrets never are.
        for (name, attribute) in table.iter().flat_map(|table| &table.attributes) {
            let is_text = attribute.kind.is_none_or(|kind| kind == AttributeType::String);
            if number == 0 && attribute.class != AttributeClass::Secret && is_identifier(name) && is_text {
                given.insert(name.clone(), json!({ "S": self.shared(name) }));
            }
        }
        for (name, value) in &demand.values {
            if let Ok(value) = serde_json::from_str(value) {
                given.insert(name.clone(), value);
            }
        }
        let spec = spec(world, &demand.table);
        // A value of another type than the key's would make the table refuse the item.
        for key in spec.key.attributes() {
            if given.get(&key.name).is_some_and(|value| value.get(key.kind.letter()).is_none()) {
                given.remove(&key.name);
            }
        }
        let plan = ItemPlan { item: number, given, without_foreign: false };
        match self.book.item(table.as_ref(), &spec, &plan) {
            Value::Object(item) => item,
            _ => Map::new(),
        }
    }

    /// Plants it.
    pub(super) fn plant(&mut self, world: &World, demand: &Demand) {
        let item = Value::Object(self.item(world, demand));
        // An item that the table refuses is one the app could not have written either.
        let _ = world.plant(&demand.table, &item);
    }
}

/// The table as it stands, or as it would be guessed.
fn spec(world: &World, table: &str) -> TableSpec {
    let known = world.tables().into_iter().map(|state| state.spec).find(|spec| spec.name == table);
    known.unwrap_or_else(|| TableSpec::simple(table, "id", KeyType::String, Origin::Guessed))
}

/// Whether an attribute's name says that it points at somebody or something.
fn is_identifier(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "id" | "pk" | "username" | "user" | "owner" | "email" | "author")
        || name.ends_with("_id")
        || name.ends_with("id") && name.len() > 4 && !name.ends_with("void")
}

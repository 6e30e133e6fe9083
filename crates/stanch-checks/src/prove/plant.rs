//! What is planted: items that satisfy a demand, all other attributes canaries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use stanch_api::{Attribute, AttributeClass, AttributeType, Converter, ParameterLocation, Table};
use stanch_dynamodb::{KeyType, Origin, TableSpec, World};
use stanch_live::canary::{CanaryBook, CanaryClass, CanaryPlace, FOREIGN_NAME, ItemPlan};
use stanch_source::SourceFacts;

use super::demand::Demand;
use super::drive::Style;
use super::identity::{Identity, plain, singular};
use super::operation::{Operation, Values, honest_value, is_proof};
use super::roles;
use super::start::runtime_name;

/// Makes items for the tables that the audit knows, and for those it does not.
pub(super) struct Planter {
    book: CanaryBook,
    tables: BTreeMap<String, Table>,
    /// Roles that the source names.
    pub(super) roles: Vec<String>,
    /// The role that planted items have, where they shall have one.
    pub(super) role: Option<String>,
    /// Items that were looked for under the value of what says who asks. Later operations find them there at once; that
    /// the app refuses a key which it does not find is seen of the stranger's.
    proofs: BTreeSet<Demand>,
    /// Tables whose items hold nothing that the app does not know, since it refuses them.
    closed: BTreeSet<String>,
    /// To whom planted items belong, where it is somebody that the app itself has made.
    pub(super) owner: Option<Identity>,
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
        Self {
            book,
            tables,
            roles: Vec::new(),
            role: None,
            proofs: BTreeSet::new(),
            closed: BTreeSet::new(),
            owner: None,
        }
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
    /// attribute of that name in any table, so that what belongs together is found together. Each of the two who ask
    /// (0 and 1) has values of their own.
    pub(super) fn shared(&mut self, person: u32, name: &str) -> String {
        // `userId` in a body and `user_id` in a path are one thing, and what is typed twice is the same both times.
        let name = typed_twice(&plain(name));
        let value = self.book.value("", person, &name, CanaryClass::Ordinary, Some(AttributeType::String));
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

    /// From now on items of the table have this attribute, of this type if it is told; tells whether they had not.
    pub(super) fn know(&mut self, table: &str, name: &str, kind: Option<AttributeType>) -> bool {
        let empty =
            || Table { name: table.to_owned(), key: None, indexes: BTreeMap::new(), attributes: BTreeMap::new() };
        let attributes = &mut self.tables.entry(table.to_owned()).or_insert_with(empty).attributes;
        let is_secret = stanch_secrets::names::key_kind(name).is_some();
        let class = if is_secret { AttributeClass::Secret } else { AttributeClass::Ordinary };
        if attributes.len() > 200 || attributes.get(name).is_some_and(|known| kind.is_none() || known.kind == kind) {
            return false;
        }
        attributes.entry(name.to_owned()).or_insert(Attribute { class, kind, reasons: Vec::new() }).kind = kind;
        true
    }

    /// From now on items of the table hold nothing that the app does not know; tells whether they did.
    pub(super) fn close(&mut self, table: &str) -> bool {
        self.closed.insert(table.to_owned())
    }

    /// Gives a value to each parameter that has none.
    pub(super) fn fill(&mut self, operation: &Operation, style: Style<'_>, person: u32, values: &mut Values) {
        for (location, name, converter) in operation.parameters() {
            let is_left_out = match style {
                Style::Bare => is_proof(location, name),
                Style::Lean => location == ParameterLocation::Query && !is_proof(location, name),
                _ => false,
            };
            if is_left_out || values.get(location, name).is_some() {
                continue;
            }
            let known = match style {
                Style::As(identity) => identity.value(location, name, &operation.rule),
                _ => None,
            };
            let known = known.or_else(|| operation.examples.get(&(location, name.to_owned())).cloned());
            let converter = match (style, converter) {
                (Style::Digits, Converter::Text | Converter::Path) => Converter::Int,
                _ => converter,
            };
            let value = known.unwrap_or_else(|| honest_value(converter, name, &self.shared(person, name)));
            values.set(location, name, value);
        }
    }

    /// Remembers a demand, if it is for nothing but what says who asks.
    pub(super) fn note_look_up(&mut self, operation: &Operation, values: &Values, demand: &Demand) {
        if self.proofs.len() < 64 && is_for_proof(operation, values, demand) {
            self.proofs.insert(demand.clone());
        }
    }

    /// What operations before this one looked up under the very values that it sends to say who asks.
    pub(super) fn looked_up_before(&self, operation: &Operation, values: &Values) -> Vec<Demand> {
        self.proofs.iter().filter(|demand| is_for_proof(operation, values, demand)).cloned().collect()
    }

    /// A field that the things of a rule usually have: of the tables called like a part of it, else `name`.
    pub(super) fn usual_field(&self, rule: &str) -> String {
        const USUAL: [&str; 6] = ["name", "title", "description", "status", "content", "text"];
        let parts: Vec<String> = rule.split('/').map(singular).filter(|part| part.len() > 2).collect();
        let alike = self.tables.iter().filter(|(table, _)| parts.iter().any(|part| table.contains(part.as_str())));
        let table = alike.map(|(_, table)| table).next().or_else(|| self.tables.values().next());
        let has = |name: &&str| table.is_some_and(|table| table.attributes.contains_key(*name));
        USUAL.iter().copied().find(has).unwrap_or("name").to_owned()
    }

    /// The item that satisfies a demand, as typed JSON.
    pub(super) fn item(&mut self, world: &World, demand: &Demand) -> Map<String, Value> {
        let table = self.tables.get(&demand.table).cloned();
        let mut given: BTreeMap<String, Value> = BTreeMap::new();
        // Identifiers are shared between tables; secrets never are.
        for (name, attribute) in table.iter().flat_map(|table| &table.attributes) {
            let is_text = attribute.kind.is_none_or(|kind| kind == AttributeType::String);
            if attribute.class != AttributeClass::Secret && is_identifier(name) && is_text {
                let own = self.owner.as_ref().and_then(|owner| owner.reference(name)).and_then(Value::as_str);
                let value = own.map(str::to_owned);
                let value = value.unwrap_or_else(|| self.shared(demand.person, name));
                given.insert(name.clone(), json!({ "S": value }));
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
        if let Some(role) = &self.role {
            let is_known = |name: &&&str| table.as_ref().is_some_and(|table| table.attributes.contains_key(**name));
            let name = roles::ATTRIBUTES.iter().find(is_known).unwrap_or(&"role");
            given.entry((*name).to_owned()).or_insert_with(|| json!({ "S": role }));
        }
        let plan = ItemPlan { item: demand.person, given, without_foreign: self.closed.contains(&demand.table) };
        match self.book.item(table.as_ref(), &spec, &plan) {
            Value::Object(item) => item,
            _ => Map::new(),
        }
    }

    /// Names of a table's key attributes.
    pub(super) fn key_of(world: &World, table: &str) -> Vec<String> {
        spec(world, table).key.attributes().map(|key| key.name.clone()).collect()
    }

    /// Plants it.
    pub(super) fn plant(&mut self, world: &World, demand: &Demand) {
        let item = Value::Object(self.item(world, demand));
        // An item that the table refuses is one the app could not have written either.
        let _ = world.plant(&demand.table, &item);
    }

    /// Turns items that the app itself has written into planted ones: their keys become canaries as they are, keys
    /// that the app knows and has not written are added, and an attribute that nobody knows.
    pub(super) fn enrich(&mut self, world: &World) {
        for state in world.tables() {
            let table = state.spec.name;
            let facts = self.tables.get(&table).cloned();
            let items = world.items(&table).unwrap_or_default();
            for (number, item) in (FIRST_ENRICHED..).zip(items) {
                let Value::Object(mut item) = item else { continue };
                for (name, value) in &item {
                    self.adopt(facts.as_ref(), &table, number, name, value);
                }
                let secret = facts.iter().flat_map(|facts| &facts.attributes).filter(|(name, attribute)| {
                    attribute.class == AttributeClass::Secret && !name.contains(['.', '[']) && !item.contains_key(*name)
                });
                let missing: Vec<_> = secret.map(|(name, attribute)| (name.clone(), attribute.kind)).collect();
                for (name, kind) in missing {
                    let value = self.book.value(&table, number, &name, CanaryClass::Secret, kind);
                    item.insert(name, value);
                }
                let foreign = AttributeType::String;
                let value = self.book.value(&table, number, FOREIGN_NAME, CanaryClass::Foreign, Some(foreign));
                item.entry(FOREIGN_NAME).or_insert(value);
                // As in `plant`.
                let _ = world.plant(&table, &Value::Object(item));
            }
        }
    }

    /// Whether an attribute, by its path, holds a key: the app says so, or its name does.
    pub(super) fn is_secret(&self, table: &str, path: &str) -> bool {
        match self.tables.get(table).and_then(|facts| facts.attributes.get(path)) {
            Some(known) => known.class == AttributeClass::Secret,
            None => stanch_secrets::names::key_kind(path.rsplit('.').next().unwrap_or(path)).is_some(),
        }
    }

    /// Remembers a key that came by in an item that nobody here planted.
    pub(super) fn know_stored(&mut self, table: &str, number: u32, path: &str, text: &str) {
        let place = CanaryPlace::Attribute {
            table: table.to_owned(),
            item: FIRST_ENRICHED + number,
            attribute: path.to_owned(),
        };
        self.book.adopt(place, CanaryClass::Secret, text);
    }

    /// Remembers the keys in an attribute's value.
    fn adopt(&mut self, facts: Option<&Table>, table: &str, item: u32, path: &str, value: &Value) {
        if let Some(members) = value.get("M").and_then(Value::as_object) {
            for (name, value) in members {
                self.adopt(facts, table, item, &format!("{path}.{name}"), value);
            }
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        let is_secret = match facts.and_then(|facts| facts.attributes.get(path)) {
            Some(known) => known.class == AttributeClass::Secret,
            None => stanch_secrets::names::key_kind(last).is_some(),
        };
        if let Some(text) = value.get("S").and_then(Value::as_str).filter(|text| is_secret && text.len() >= 16) {
            let place = CanaryPlace::Attribute { table: table.to_owned(), item, attribute: path.to_owned() };
            self.book.adopt(place, CanaryClass::Secret, text);
        }
    }
}

/// Whether all values of a demand are those of parameters that say who asks.
fn is_for_proof(operation: &Operation, values: &Values, demand: &Demand) -> bool {
    let proofs: Vec<String> = operation
        .parameters()
        .filter(|(location, name, _)| is_proof(*location, name))
        .filter_map(|(location, name, _)| Some(json!({ "S": values.get(location, name)?.as_str()? }).to_string()))
        .collect();
    !demand.values.is_empty() && demand.values.values().all(|value| proofs.contains(value))
}

/// Number of the first item that the app wrote and that was enriched; those below are planted whole.
const FIRST_ENRICHED: u32 = 100;

/// The table as it stands, or as it would be guessed.
fn spec(world: &World, table: &str) -> TableSpec {
    let known = world.tables().into_iter().map(|state| state.spec).find(|spec| spec.name == table);
    known.unwrap_or_else(|| TableSpec::simple(table, "id", KeyType::String, Origin::Guessed))
}

/// `password` of `confirm_password`, `password_confirmation`, `repeat_password`, `password2`.
fn typed_twice(name: &str) -> String {
    const AGAIN: [&str; 9] =
        ["again", "check", "confirm", "confirmation", "confirmed", "reenter", "repeat", "retype", "verify"];
    let parts: Vec<&str> = name.split('_').filter(|part| !AGAIN.contains(part) && *part != "2").collect();
    let base = parts.join("_");
    let base = base.strip_suffix('2').unwrap_or(&base);
    let is_typed =
        base.contains("password") || base.contains("email") || base == "pass" || base == "passwd" || base == "pwd";
    if is_typed { base.to_owned() } else { name.to_owned() }
}

/// Whether an attribute's name says that it points at somebody or something.
fn is_identifier(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "id" | "pk" | "username" | "user" | "owner" | "email" | "author")
        || name.ends_with("_id")
        || name.ends_with("id") && name.len() > 4 && !name.ends_with("void")
}

#[cfg(test)]
mod tests {
    use super::typed_twice;

    #[test]
    fn what_is_typed_twice_is_one_thing() {
        for name in ["password", "confirm_password", "password_confirmation", "password2", "password_2", "re_password"]
        {
            let is = if name == "re_password" { "re_password" } else { "password" };
            assert_eq!(typed_twice(name), is, "{name}");
        }
        assert_eq!(typed_twice("check_in"), "check_in");
        assert_eq!(typed_twice("oauth2"), "oauth2");
    }
}

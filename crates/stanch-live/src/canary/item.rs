use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use stanch_api::{Attribute, AttributeType, Table};
use stanch_dynamodb::TableSpec;

use super::{CanaryBook, CanaryClass};

/// Name of the attribute that no app knows. It says nothing of keys, so that no rule judges it by its name.
pub const FOREIGN_NAME: &str = "zz_note";

/// Deepest nesting that facts may describe; DynamoDB itself allows 32.
const DEPTH: usize = 8;

/// How one item is to be made.
#[derive(Clone, Debug, Default)]
pub struct ItemPlan {
    /// Number of the item within its table.
    pub item: u32,
    /// Values in typed JSON that stand as they are, by top-level name: keys that other items or requests refer to.
    pub given: BTreeMap<String, Value>,
    /// Leaves out what no code, model or template knows: for apps that choke on an unknown attribute.
    pub without_foreign: bool,
}

/// Attributes as a tree: `profile.api_key` is a member of `profile`, `items[].id` one of the elements of `items`.
#[derive(Default)]
struct Node<'f> {
    known: Option<&'f Attribute>,
    members: BTreeMap<&'f str, Self>,
    is_list: bool,
}

impl CanaryBook {
    /// A whole item in typed JSON: every key attribute of the table and its indexes, every attribute that the facts
    /// know with a canary of its class, and one attribute that nobody knows.
    ///
    /// A known name with dots is a nested attribute. A map gets one unknown member as well, since what is projected
    /// whole leaves whole.
    pub fn item(&mut self, facts: Option<&Table>, spec: &TableSpec, plan: &ItemPlan) -> Value {
        let mut kinds: BTreeMap<&str, AttributeType> = BTreeMap::new();
        for key in std::iter::once(&spec.key).chain(spec.indexes.values().map(|index| &index.key)) {
            for attribute in key.attributes() {
                kinds.entry(&attribute.name).or_insert_with(|| attribute.kind.into());
            }
        }
        let mut item = Map::new();
        for (name, kind) in &kinds {
            let class = facts.and_then(|table| table.attributes.get(*name)).map(|known| known.class.into());
            let value = self.value(&spec.name, plan.item, name, class.unwrap_or(CanaryClass::Ordinary), Some(*kind));
            item.insert((*name).to_owned(), value);
        }
        let tree = tree(facts);
        for (name, node) in tree.iter().filter(|(name, _)| !kinds.contains_key(*name)) {
            let value = self.node(&spec.name, plan, name, node);
            item.insert((*name).to_owned(), value);
        }
        if !plan.without_foreign {
            let taken: BTreeSet<&str> = item.keys().map(String::as_str).collect();
            let name = free_name(&taken);
            let value = self.foreign(&spec.name, plan.item, &name);
            item.insert(name, value);
        }
        item.extend(plan.given.clone());
        Value::Object(item)
    }

    fn node(&mut self, table: &str, plan: &ItemPlan, path: &str, node: &Node<'_>) -> Value {
        let class = node.known.map_or(CanaryClass::Ordinary, |known| known.class.into());
        let kind = node.known.and_then(|known| known.kind);
        if node.members.is_empty() && kind != Some(AttributeType::Map) {
            return self.value(table, plan.item, path, class, kind);
        }
        let is_list = node.is_list || kind == Some(AttributeType::List);
        let path = if is_list { format!("{path}[0]") } else { path.to_owned() };
        let mut members = Map::new();
        for (name, member) in &node.members {
            members.insert((*name).to_owned(), self.node(table, plan, &format!("{path}.{name}"), member));
        }
        if members.is_empty() {
            let value = self.value(table, plan.item, &format!("{path}.value"), class, Some(AttributeType::String));
            members.insert("value".to_owned(), value);
        }
        if !plan.without_foreign {
            let taken: BTreeSet<&str> = members.keys().map(String::as_str).collect();
            let name = free_name(&taken);
            let value = self.foreign(table, plan.item, &format!("{path}.{name}"));
            members.insert(name, value);
        }
        let map = json!({ "M": members });
        if is_list { json!({ "L": [map] }) } else { map }
    }

    fn foreign(&mut self, table: &str, item: u32, path: &str) -> Value {
        self.value(table, item, path, CanaryClass::Foreign, Some(AttributeType::String))
    }
}

fn tree(facts: Option<&Table>) -> BTreeMap<&str, Node<'_>> {
    let mut root = Node::default();
    for (path, attribute) in facts.into_iter().flat_map(|table| &table.attributes) {
        let parts: Vec<&str> = path.split('.').collect();
        if parts.len() > DEPTH || parts.iter().any(|part| part.trim_end_matches("[]").is_empty()) {
            continue;
        }
        let node = parts.iter().fold(&mut root, |node, part| {
            let name = part.strip_suffix("[]");
            let member = node.members.entry(name.unwrap_or(part)).or_default();
            member.is_list |= name.is_some();
            member
        });
        node.known = Some(attribute);
    }
    root.members
}

fn free_name(taken: &BTreeSet<&str>) -> String {
    let mut name = FOREIGN_NAME.to_owned();
    while taken.contains(name.as_str()) {
        name.push('x');
    }
    name
}

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stanch_api::AttributeType;

/// A table as it is to be made: what CreateTable has to be told, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// The table's name.
    pub name: String,
    /// Primary key.
    pub key: SpecKey,
    /// Secondary indexes by name.
    pub indexes: BTreeMap<String, IndexSpec>,
    /// Who says so.
    pub origin: Origin,
}

/// Partition key and, where there is one, sort key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecKey {
    /// Partition key.
    pub partition: KeyAttribute,
    /// Sort key.
    pub sort: Option<KeyAttribute>,
}

/// A key attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: KeyType,
}

/// The types that DynamoDB takes for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of DynamoDB's data types")]
pub enum KeyType {
    String,
    Number,
    Binary,
}

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSpec {
    /// Its key.
    pub key: SpecKey,
    /// Whether it is a local index, which shares the table's partition key and can be read consistently.
    pub local: bool,
    /// What it holds of each item.
    pub projection: Projection,
}

/// What an index holds of each item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// All attributes.
    All,
    /// The keys of table and index.
    KeysOnly,
    /// The keys and these.
    Include(BTreeSet<String>),
}

/// Who says what a table looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A cloud template: complete.
    Template,
    /// A `create_table` call or a model: complete.
    Code,
    /// The use of keys, or a request that missed the table: may be bettered by a later request.
    Guessed,
}

impl TableSpec {
    /// A table with this partition key and nothing else.
    #[must_use]
    pub fn simple(name: &str, partition: &str, kind: KeyType, origin: Origin) -> Self {
        let partition = KeyAttribute { name: partition.to_owned(), kind };
        Self { name: name.to_owned(), key: SpecKey { partition, sort: None }, indexes: BTreeMap::new(), origin }
    }

    /// The table that these facts speak of, none when they know no key. A key attribute of unknown type is a string.
    #[must_use]
    pub fn from_facts(table: &stanch_api::Table, origin: Origin) -> Option<Self> {
        let key_of = |schema: &stanch_api::KeySchema| {
            let attribute = |name: &String| {
                let kind = table.attributes.get(name).and_then(|a| a.kind).and_then(KeyType::from_attribute);
                KeyAttribute { name: name.clone(), kind: kind.unwrap_or(KeyType::String) }
            };
            SpecKey { partition: attribute(&schema.partition), sort: schema.sort.as_ref().map(attribute) }
        };
        let indexes = table.indexes.iter().map(|(name, schema)| {
            (name.clone(), IndexSpec { key: key_of(schema), local: false, projection: Projection::All })
        });
        Some(Self { name: table.name.clone(), key: key_of(table.key.as_ref()?), indexes: indexes.collect(), origin })
    }

    /// The request that makes it. An attribute that two keys give different types has the first one's.
    #[must_use]
    pub fn create_request(&self) -> Value {
        let mut types: BTreeMap<&str, KeyType> = BTreeMap::new();
        for key in std::iter::once(&self.key).chain(self.indexes.values().map(|index| &index.key)) {
            for attribute in key.attributes() {
                types.entry(&attribute.name).or_insert(attribute.kind);
            }
        }
        let definitions: Vec<Value> = types
            .into_iter()
            .map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind.letter() }))
            .collect();
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": self.key.schema(),
            "AttributeDefinitions": definitions,
        });
        for (member, local) in [("LocalSecondaryIndexes", true), ("GlobalSecondaryIndexes", false)] {
            let indexes: Vec<Value> = self
                .indexes
                .iter()
                .filter(|(_, index)| index.local == local)
                .map(|(name, index)| {
                    json!({ "IndexName": name, "KeySchema": index.key.schema(), "Projection": index.projection.to_json() })
                })
                .collect();
            if !indexes.is_empty() {
                request[member] = Value::Array(indexes);
            }
        }
        request
    }

    /// Reads CreateTable's request or DescribeTable's `Table`, which share these members. None when the key is not
    /// there or has a type that no key can have.
    #[must_use]
    pub fn read(description: &Value, origin: Origin) -> Option<Self> {
        let kinds: BTreeMap<&str, KeyType> = description["AttributeDefinitions"]
            .as_array()?
            .iter()
            .filter_map(|d| Some((d["AttributeName"].as_str()?, KeyType::from_letter(d["AttributeType"].as_str()?)?)))
            .collect();
        let mut indexes = BTreeMap::new();
        for (member, local) in [("LocalSecondaryIndexes", true), ("GlobalSecondaryIndexes", false)] {
            for index in description[member].as_array().into_iter().flatten() {
                let spec = IndexSpec {
                    key: SpecKey::read(&index["KeySchema"], &kinds)?,
                    local,
                    projection: Projection::read(&index["Projection"]),
                };
                indexes.insert(index["IndexName"].as_str()?.to_owned(), spec);
            }
        }
        Some(Self {
            name: description["TableName"].as_str()?.to_owned(),
            key: SpecKey::read(&description["KeySchema"], &kinds)?,
            indexes,
            origin,
        })
    }
}

impl SpecKey {
    /// Partition key first.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.partition).chain(&self.sort)
    }

    /// The key of an item in typed JSON, none when it lacks one of the key's attributes.
    #[must_use]
    pub fn of(&self, item: &Value) -> Option<Value> {
        let members = self.attributes().map(|a| Some((a.name.clone(), item.get(&a.name)?.clone())));
        members.collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
    }

    fn schema(&self) -> Value {
        let element = |attribute: &KeyAttribute, role| json!({ "AttributeName": attribute.name, "KeyType": role });
        let roles = self.attributes().zip(["HASH", "RANGE"]);
        roles.map(|(attribute, role)| element(attribute, role)).collect()
    }

    fn read(schema: &Value, kinds: &BTreeMap<&str, KeyType>) -> Option<Self> {
        let role = |role: &str| {
            let element = schema.as_array()?.iter().find(|element| element["KeyType"] == role)?;
            let name = element["AttributeName"].as_str()?;
            Some(KeyAttribute { name: name.to_owned(), kind: *kinds.get(name)? })
        };
        Some(Self { partition: role("HASH")?, sort: role("RANGE") })
    }
}

impl KeyType {
    /// DynamoDB's letter: `S`, `N`, `B`.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::String => "S",
            Self::Number => "N",
            Self::Binary => "B",
        }
    }

    /// The type of this letter, none for types that no key can have.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "S" => Some(Self::String),
            "N" => Some(Self::Number),
            "B" => Some(Self::Binary),
            _ => None,
        }
    }

    /// The key type that is this attribute type, none for types that no key can have.
    #[must_use]
    pub const fn from_attribute(kind: AttributeType) -> Option<Self> {
        match kind {
            AttributeType::String => Some(Self::String),
            AttributeType::Number => Some(Self::Number),
            AttributeType::Binary => Some(Self::Binary),
            AttributeType::Boolean
            | AttributeType::Null
            | AttributeType::Map
            | AttributeType::List
            | AttributeType::StringSet
            | AttributeType::NumberSet
            | AttributeType::BinarySet => None,
        }
    }

    /// The type of a value in typed JSON: `{"S": "a"}`.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        members.keys().next().filter(|_| members.len() == 1).and_then(|letter| Self::from_letter(letter))
    }
}

impl From<KeyType> for AttributeType {
    fn from(kind: KeyType) -> Self {
        match kind {
            KeyType::String => Self::String,
            KeyType::Number => Self::Number,
            KeyType::Binary => Self::Binary,
        }
    }
}

impl Projection {
    fn to_json(&self) -> Value {
        match self {
            Self::All => json!({ "ProjectionType": "ALL" }),
            Self::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
            Self::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
        }
    }

    fn read(projection: &Value) -> Self {
        match projection["ProjectionType"].as_str() {
            Some("KEYS_ONLY") => Self::KeysOnly,
            Some("INCLUDE") => {
                let names = projection["NonKeyAttributes"].as_array().into_iter().flatten();
                Self::Include(names.filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => Self::All,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::{IndexSpec, KeyAttribute, KeyType, Origin, Projection, SpecKey, TableSpec};
    use crate::Engine;

    #[test]
    fn a_spec_survives_the_engine() {
        let mut spec = TableSpec::simple("orders", "owner", KeyType::String, Origin::Template);
        spec.key.sort = Some(KeyAttribute { name: "at".to_owned(), kind: KeyType::Number });
        let total = KeyAttribute { name: "total".to_owned(), kind: KeyType::Number };
        let local = SpecKey { partition: spec.key.partition.clone(), sort: Some(total.clone()) };
        let global = SpecKey { partition: total, sort: None };
        let names = ["note".to_owned()].into();
        spec.indexes.insert("l".repeat(3), IndexSpec { key: local, local: true, projection: Projection::KeysOnly });
        let global = IndexSpec { key: global, local: false, projection: Projection::Include(names) };
        spec.indexes.insert("total-index".to_owned(), global);
        let engine = Engine::memory().unwrap();
        engine.create_table(spec.create_request()).unwrap();
        let described = engine.describe_table("orders").unwrap();
        assert_eq!(TableSpec::read(&described, Origin::Template).unwrap(), spec);
        assert_eq!(TableSpec::read(&spec.create_request(), Origin::Template).unwrap(), spec);
    }
}

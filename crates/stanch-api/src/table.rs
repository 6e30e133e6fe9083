use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::SourcePlace;

/// What is known of one DynamoDB table from code, models, templates and names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The table's name, or the name of the variable or environment variable that holds it (`$USERS_TABLE`) where
    /// the name itself is not in the source.
    pub name: String,
    /// Partition and sort key, where something told.
    pub key: Option<KeySchema>,
    /// Secondary indexes by name.
    pub indexes: BTreeMap<String, KeySchema>,
    /// Attributes by name; a nested one by its path, elements of a list by `[]`: `profile.api_key`, `cards[].number`.
    pub attributes: BTreeMap<String, Attribute>,
}

/// Names of the key attributes of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySchema {
    /// Partition key.
    pub partition: String,
    /// Sort key.
    pub sort: Option<String>,
}

/// One attribute and what is known of its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// What the app treats it as.
    pub class: AttributeClass,
    /// DynamoDB type, where something told.
    pub kind: Option<AttributeType>,
    /// Why it has this class and is known at all, most telling first.
    pub reasons: Vec<Reason>,
}

/// What an attribute's values are to the app, in rising order of harm when they get out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeClass {
    /// Nothing says that it is private.
    Ordinary,
    /// Personal or internal: e-mail, address, card number, role, notes.
    Private,
    /// A key, token, password or a hash of one, by name or by use.
    Secret,
}

/// DynamoDB's attribute types that a key or a planted value can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of DynamoDB's data types")]
pub enum AttributeType {
    String,
    Number,
    Binary,
    Boolean,
    Null,
    Map,
    List,
    StringSet,
    NumberSet,
    BinarySet,
}

/// Why something is believed of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// In words, to stand after "because": `put_item writes it`, `its name says password`.
    pub text: String,
    /// Where it was seen.
    pub place: Option<SourcePlace>,
}

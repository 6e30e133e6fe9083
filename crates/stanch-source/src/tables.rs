//! What is known of the tables: names, keys, attributes and why each is believed to be what it is.

use std::collections::BTreeMap;

use stanch_api::AttributeType;

use crate::ir::Span;
use crate::value::{FuncId, TableId};

type At = (FuncId, Span);

/// The place of what stands in a template, not in Python.
pub(crate) const ELSEWHERE: At = (FuncId(u32::MAX), Span { start: 0, end: 0 });

/// How an attribute became known, most telling first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// It is compared with, or looked up by, a credential of the request, by this name.
    Credential(String),
    /// It is given a value of this origin.
    Made(&'static str),
    Key,
    Written,
    Declared,
    Read,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeSeen {
    pub(crate) kind: Option<AttributeType>,
    pub(crate) evidence: BTreeMap<Evidence, At>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct KeySeen {
    pub(crate) partition: String,
    pub(crate) sort: Option<String>,
    /// Whether a definition said so, rather than a use.
    pub(crate) declared: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TableSeen {
    pub(crate) name: String,
    pub(crate) key: Option<KeySeen>,
    pub(crate) indexes: BTreeMap<String, KeySeen>,
    pub(crate) attributes: BTreeMap<String, AttributeSeen>,
}

/// All tables; the first stands for one that is not known.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) list: Vec<TableSeen>,
    numbers: BTreeMap<String, TableId>,
    /// The table of each call that looks something up by its key.
    pub(crate) keyed: BTreeMap<At, TableId>,
}

impl Default for Tables {
    fn default() -> Self {
        Self { list: vec![TableSeen::default()], numbers: BTreeMap::new(), keyed: BTreeMap::new() }
    }
}

impl Tables {
    pub(crate) fn named(&mut self, name: &str) -> TableId {
        if name.is_empty() {
            return TableId::default();
        }
        if let Some(id) = self.numbers.get(name) {
            return *id;
        }
        let id = TableId::new(self.list.len());
        self.list.push(TableSeen { name: name.to_owned(), ..TableSeen::default() });
        self.numbers.insert(name.to_owned(), id);
        id
    }

    fn attribute(&mut self, table: TableId, name: &str) -> Option<&mut AttributeSeen> {
        // DynamoDB's names are at most 64 KiB; one that long here is a mistake of the analysis.
        if name.is_empty() || name.len() > 255 || table == TableId::default() {
            return None;
        }
        let attributes = &mut self.list.get_mut(table.index())?.attributes;
        if attributes.len() >= 400 && !attributes.contains_key(name) {
            return None;
        }
        Some(attributes.entry(name.to_owned()).or_default())
    }

    fn evident(&mut self, table: TableId, name: &str, evidence: Evidence, at: At) {
        if let Some(attribute) = self.attribute(table, name) {
            attribute.evidence.entry(evidence).or_insert(at);
        }
    }

    pub(crate) fn read(&mut self, table: TableId, name: &str, at: At) {
        // Members of DynamoDB's typed form are no attributes.
        if !matches!(name, "S" | "N" | "B" | "M" | "L" | "BOOL" | "NULL" | "SS" | "NS" | "BS") {
            self.evident(table, name, Evidence::Read, at);
        }
    }

    pub(crate) fn written(
        &mut self,
        table: TableId,
        name: &str,
        kind: Option<AttributeType>,
        made: Option<&'static str>,
        at: At,
    ) {
        self.evident(table, name, Evidence::Written, at);
        if let Some(made) = made {
            self.evident(table, name, Evidence::Made(made), at);
        }
        if let (Some(attribute), Some(kind)) = (self.attribute(table, name), kind) {
            attribute.kind.get_or_insert(kind);
        }
    }

    pub(crate) fn compared(&mut self, table: TableId, name: &str, credential: &str, at: At) {
        self.evident(table, name, Evidence::Credential(credential.to_owned()), at);
    }

    /// Attributes used as a key, the partition key first.
    pub(crate) fn key(&mut self, table: TableId, index: Option<&str>, names: &[String], at: At) {
        let Some(partition) = names.first() else { return };
        for name in names {
            self.evident(table, name, Evidence::Key, at);
        }
        let Some(seen) = self.list.get_mut(table.index()).filter(|_| table != TableId::default()) else { return };
        let slot = match index {
            None => seen.key.get_or_insert_with(KeySeen::default),
            Some(index) => seen.indexes.entry(index.to_owned()).or_default(),
        };
        if slot.declared {
            return;
        }
        if slot.partition.is_empty() {
            slot.partition.clone_from(partition);
        }
        if let Some(sort) = names.iter().find(|name| **name != slot.partition) {
            slot.sort.get_or_insert_with(|| sort.clone());
        }
    }

    /// A definition of a table or an index.
    pub(crate) fn schema(
        &mut self,
        table: TableId,
        index: Option<&str>,
        partition: Option<String>,
        sort: Option<String>,
        types: &[(String, AttributeType)],
        at: At,
    ) {
        for (name, kind) in types {
            self.evident(table, name, Evidence::Declared, at);
            if let Some(attribute) = self.attribute(table, name) {
                attribute.kind = Some(*kind);
            }
        }
        let Some(partition) = partition else { return };
        let Some(seen) = self.list.get_mut(table.index()).filter(|_| table != TableId::default()) else { return };
        let key = KeySeen { partition, sort, declared: true };
        match index {
            None => seen.key = Some(key),
            Some(index) => {
                seen.indexes.insert(index.to_owned(), key);
            }
        }
    }
}

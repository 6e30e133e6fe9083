//! Deriving a table's schema from the requests that touch it, for a table that nobody described.

use std::collections::BTreeMap;

use crate::request::Use;
use crate::spec::{IndexSpec, KeyAttribute, KeyType, Origin, Projection, SpecKey, TableSpec};

/// What the requests so far said of one table. Bounded: later kinds of use beyond the limit tell nothing new.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    uses: Vec<Use>,
}

const USES_KEPT: usize = 48;

impl Evidence {
    pub(crate) fn add(&mut self, how: &Use) {
        if self.uses.len() < USES_KEPT && !self.uses.contains(how) {
            self.uses.push(how.clone());
        }
    }

    /// The best schema that all of it allows. A whole key tells most and the first one stands, since an app may
    /// disagree with itself; then conditions on the table, then `base`, then the names in written items.
    pub(crate) fn spec(&self, name: &str, base: Option<&TableSpec>) -> TableSpec {
        let key = self
            .whole_key(base)
            .or_else(|| self.queried_key(base))
            .or_else(|| base.map(|spec| spec.key.clone()))
            .or_else(|| self.written_key(name))
            .unwrap_or_else(|| simple("id", KeyType::String));
        let key = self.with_first_types(key);
        let mut indexes = base.map(|spec| spec.indexes.clone()).unwrap_or_default();
        self.add_indexes(&key, &mut indexes);
        TableSpec { name: name.to_owned(), key, indexes, origin: Origin::Guessed }
    }

    fn whole_key(&self, base: Option<&TableSpec>) -> Option<SpecKey> {
        let attributes = self.uses.iter().find_map(|how| match how {
            Use::Key(attributes) if matches!(attributes.len(), 1 | 2) => Some(attributes),
            _ => None,
        })?;
        let [first, rest @ ..] = attributes.as_slice() else { return None };
        let Some(second) = rest.first() else { return Some(SpecKey { partition: first.clone(), sort: None }) };
        let known = base.map(|spec| spec.key.partition.name.as_str());
        let queried = self.table_queries().find_map(|(equal, _)| equal.first().map(|a| a.name.as_str()));
        let swap = match known.or(queried) {
            Some(partition) if partition == second.name => true,
            Some(partition) if partition == first.name => false,
            _ => sounds_like_sort(&first.name) && !sounds_like_sort(&second.name),
        };
        let (partition, sort) = if swap { (second, first) } else { (first, second) };
        Some(SpecKey { partition: partition.clone(), sort: Some(sort.clone()) })
    }

    /// An app may write a key as text and read it as a number. Whatever it did first stands, else the table would be
    /// rebuilt at every turn.
    fn with_first_types(&self, mut key: SpecKey) -> SpecKey {
        for attribute in std::iter::once(&mut key.partition).chain(&mut key.sort) {
            let mut seen = self.uses.iter().flat_map(|how| match how {
                Use::Key(attributes) | Use::Item(attributes) | Use::Query { equal: attributes, .. } => {
                    attributes.as_slice()
                }
                Use::Scan { .. } => &[],
            });
            if let Some(first) = seen.find(|seen| seen.name == attribute.name) {
                attribute.kind = first.kind;
            }
        }
        key
    }

    fn table_queries(&self) -> impl Iterator<Item = (&[KeyAttribute], Option<&KeyAttribute>)> {
        self.uses.iter().filter_map(|how| match how {
            Use::Query { index: None, equal, range, .. } if !equal.is_empty() => {
                Some((equal.as_slice(), range.as_ref()))
            }
            _ => None,
        })
    }

    fn queried_key(&self, base: Option<&TableSpec>) -> Option<SpecKey> {
        let known = base.map(|spec| spec.key.partition.name.as_str());
        // What fits the told key first, then what says most: a condition with a sort key before one without; of equal
        // ones the first.
        let rank = |(equal, range): &(&[KeyAttribute], Option<&KeyAttribute>)| {
            let fits = equal.iter().any(|attribute| Some(attribute.name.as_str()) == known);
            (!fits, 2 - (equal.len() + usize::from(range.is_some())).min(2))
        };
        let (equal, range) = self.table_queries().min_by_key(rank)?;
        let mut key = condition_key(equal, range, known);
        // A condition on the partition key alone says nothing against a sort key that is already known.
        let known_sort = base.filter(|spec| spec.key.partition.name == key.partition.name);
        key.sort = key.sort.or_else(|| known_sort.and_then(|spec| spec.key.sort.clone()));
        Some(key)
    }

    fn written_key(&self, table: &str) -> Option<SpecKey> {
        let mut items = self.uses.iter().filter_map(|how| match how {
            Use::Item(attributes) if !attributes.is_empty() => Some(attributes),
            _ => None,
        });
        let first = items.next()?;
        // The key is in every item; where no attribute is, the first item alone is asked.
        let in_all = items.fold(first.clone(), |mut common, item| {
            common.retain(|attribute| item.iter().any(|other| other.name == attribute.name));
            common
        });
        let item = if in_all.is_empty() { first } else { &in_all };
        // Ties fall to the attribute that stands first, since a key is mostly written first.
        let ranked = item.iter().enumerate().max_by_key(|(at, a)| (partition_rank(&a.name, table), usize::MAX - at));
        let partition = ranked.map(|(_, attribute)| attribute.clone())?;
        let named_pair = partition_rank(&partition.name, table) == PAIRED;
        let sort = item.iter().find(|a| named_pair && is_any(&a.name, &["sk", "sortkey", "rangekey"])).cloned();
        Some(SpecKey { partition, sort })
    }

    fn add_indexes(&self, table_key: &SpecKey, indexes: &mut BTreeMap<String, IndexSpec>) {
        for how in &self.uses {
            let (name, key, consistent) = match how {
                Use::Query { index: Some(name), equal, range, consistent } if !equal.is_empty() => {
                    (name, condition_key(equal, range.as_ref(), None), *consistent)
                }
                Use::Scan { index: Some(name) } | Use::Query { index: Some(name), .. } => {
                    (name, simple(attribute_of_index(name), KeyType::String), false)
                }
                _ => continue,
            };
            let key = self.with_first_types(key);
            let local = consistent && key.partition == table_key.partition && key.sort.is_some();
            let better = indexes.get(name).is_none_or(|known| known.key.sort.is_none() && key.sort.is_some());
            if better {
                indexes.insert(name.clone(), IndexSpec { key, local, projection: Projection::All });
            }
        }
    }
}

fn simple(name: &str, kind: KeyType) -> SpecKey {
    SpecKey { partition: KeyAttribute { name: name.to_owned(), kind }, sort: None }
}

fn condition_key(equal: &[KeyAttribute], range: Option<&KeyAttribute>, known: Option<&str>) -> SpecKey {
    let partition = equal.iter().position(|a| Some(a.name.as_str()) == known).unwrap_or(0);
    let other = equal.iter().enumerate().find(|(at, _)| *at != partition).map(|(_, attribute)| attribute);
    let partition = &equal[partition];
    let sort = range.or(other).filter(|sort| sort.name != partition.name);
    SpecKey { partition: partition.clone(), sort: sort.cloned() }
}

/// `email-index`, `user_id_index`, `EmailIndex`, `by-email`, `gsi_email` speak of `email` and `user_id`.
fn attribute_of_index(index: &str) -> &str {
    let mut name = index;
    for suffix in ["-index", "_index", "Index", "-gsi", "_gsi", "GSI"] {
        name = name.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(name);
    }
    for prefix in ["by-", "by_", "gsi-", "gsi_", "idx_", "idx-"] {
        name = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()).unwrap_or(name);
    }
    name
}

fn flat(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_any(name: &str, names: &[&str]) -> bool {
    names.contains(&flat(name).as_str())
}

fn sounds_like_sort(name: &str) -> bool {
    let flat = flat(name);
    is_any(name, &["sk", "sort", "sortkey", "rangekey", "timestamp", "date", "time", "version"])
        || flat.starts_with("created")
        || flat.ends_with("at") && flat.len() > 6
}

const PAIRED: u32 = 100;

/// How much an attribute's name sounds like a partition key of this table.
fn partition_rank(name: &str, table: &str) -> u32 {
    let (name, table) = (flat(name), flat(table));
    let of_table = name.strip_suffix("id").filter(|stem| stem.len() > 2);
    match name.as_str() {
        "pk" | "partitionkey" | "hashkey" => PAIRED,
        "id" => 90,
        _ if of_table.is_some_and(|stem| table.contains(stem)) => 95,
        "uuid" | "guid" | "key" => 80,
        "email" | "username" | "userid" => 60,
        "slug" | "code" | "sku" | "isbn" => 50,
        _ if of_table.is_some() => 45,
        "name" | "title" => 20,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Evidence, attribute_of_index};
    use crate::request::uses;
    use crate::spec::KeyType;

    fn evidence(requests: &[(&str, serde_json::Value)]) -> Evidence {
        let mut evidence = Evidence::default();
        for (operation, body) in requests {
            uses(operation, body).iter().for_each(|used| evidence.add(&used.how));
        }
        evidence
    }

    #[test]
    fn a_written_item_is_keyed_by_the_name_that_sounds_like_a_key() {
        let put = |item| ("PutItem", json!({"TableName": "users", "Item": item}));
        let key = |requests: &[(&str, serde_json::Value)]| evidence(requests).spec("users", None).key.partition.name;
        assert_eq!(key(&[put(json!({"name": {"S": "x"}, "userId": {"S": "1"}, "team_id": {"S": "1"}}))]), "userId");
        assert_eq!(key(&[put(json!({"colour": {"S": "x"}, "size": {"S": "1"}}))]), "colour");
        assert_eq!(key(&[put(json!({"ok": {"BOOL": true}}))]), "id");
        let single = evidence(&[put(json!({"SK": {"S": "x"}, "PK": {"S": "1"}}))]).spec("users", None).key;
        assert_eq!((single.partition.name.as_str(), single.sort.map(|s| s.name).as_deref()), ("PK", Some("SK")));
    }

    #[test]
    fn a_key_is_in_every_item() {
        let put = |item| ("PutItem", json!({"TableName": "users", "Item": item}));
        let first = put(json!({"id": {"S": "x"}, "mail": {"S": "1"}}));
        let second = put(json!({"mail": {"S": "1"}, "id": {"NULL": true}}));
        assert_eq!(evidence(&[first, second]).spec("users", None).key.partition.name, "mail");
    }

    #[test]
    fn a_whole_key_beats_what_was_guessed_and_the_first_one_stands() {
        let put = ("PutItem", json!({"TableName": "users", "Item": {"id": {"S": "x"}, "mail": {"S": "1"}}}));
        let get = ("GetItem", json!({"TableName": "users", "Key": {"mail": {"S": "x"}}}));
        let other = ("GetItem", json!({"TableName": "users", "Key": {"mail": {"N": "5"}}}));
        let spec = evidence(&[put, get, other]).spec("users", None);
        assert_eq!((spec.key.partition.name.as_str(), spec.key.partition.kind), ("mail", KeyType::String));
    }

    #[test]
    fn an_app_that_disagrees_with_itself_on_a_type_is_taken_at_its_first_word() {
        let put = ("PutItem", json!({"TableName": "books", "Item": {"id": {"S": "x"}}}));
        let get = ("GetItem", json!({"TableName": "books", "Key": {"id": {"N": "5"}}}));
        assert_eq!(evidence(&[put.clone(), get.clone()]).spec("books", None).key.partition.kind, KeyType::String);
        assert_eq!(evidence(&[get, put]).spec("books", None).key.partition.kind, KeyType::Number);
    }

    #[test]
    fn the_sort_key_of_a_whole_key_is_told_apart() {
        let get = ("GetItem", json!({"TableName": "logs", "Key": {"created_at": {"S": "x"}, "device": {"S": "y"}}}));
        let spec = evidence(&[get]).spec("logs", None);
        assert_eq!(spec.key.partition.name, "device");
        let get = ("GetItem", json!({"TableName": "logs", "Key": {"alpha": {"S": "x"}, "beta": {"S": "y"}}}));
        let query = (
            "Query",
            json!({"TableName": "logs", "KeyConditionExpression": "beta = :b", "ExpressionAttributeValues": {":b": {"S": "y"}}}),
        );
        assert_eq!(evidence(&[get, query]).spec("logs", None).key.partition.name, "beta");
    }

    #[test]
    fn an_index_is_made_from_its_condition_or_its_name() {
        let query = (
            "Query",
            json!({"TableName": "users", "IndexName": "mails", "KeyConditionExpression": "mail = :m", "ExpressionAttributeValues": {":m": {"S": "y"}}}),
        );
        let spec =
            evidence(&[query, ("Scan", json!({"TableName": "users", "IndexName": "team-index"}))]).spec("users", None);
        assert_eq!(spec.indexes["mails"].key.partition.name, "mail");
        assert_eq!(spec.indexes["team-index"].key.partition.name, "team");
        assert_eq!(attribute_of_index("EmailIndex"), "Email");
        assert_eq!(attribute_of_index("-index"), "-index");
    }
}

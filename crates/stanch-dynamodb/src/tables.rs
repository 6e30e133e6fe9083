//! The tables of a world: what each is believed to be, what it held when a snapshot was taken, and how a guessed one
//! is bettered.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::infer::Evidence;
use crate::request::TableUse;
use crate::spec::{KeyAttribute, KeyType, Origin, TableSpec};
use crate::{Engine, EngineError};

/// Most tables that are made by guess, so that an app which names a table per request cannot fill the memory.
const GUESSED_LIMIT: usize = 256;

/// Registry over the engine. Every change of a schema goes through here.
pub(crate) struct Tables {
    engine: Engine,
    known: BTreeMap<String, Known>,
    evidence: BTreeMap<String, Evidence>,
    clock: u64,
}

/// One table as the registry knows it.
#[derive(Clone)]
struct Known {
    spec: TableSpec,
    /// What was told of a guessed table before any request: the ground for bettering it.
    told: Option<TableSpec>,
    /// The request that made it, so that it can be made again with everything the app asked for.
    create: Value,
    /// Whether the app itself has created it since it started.
    claimed: bool,
    /// Changes whenever its items may have changed; equal stamps mean equal items.
    stamp: u64,
    /// Rises whenever its schema changed; never the same for two schemas of one name.
    generation: u64,
}

/// What a world held at one moment: schemas and items. Cheap to clone.
#[derive(Clone, Default)]
pub struct Snapshot {
    tables: BTreeMap<String, Saved>,
}

#[derive(Clone)]
struct Saved {
    known: Known,
    items: Arc<Vec<Value>>,
}

/// A table as [`crate::World::tables`] shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableState {
    /// What it looks like and who says so.
    pub spec: TableSpec,
    /// Whether the app itself has created it since it started.
    pub created_by_app: bool,
    /// Rises whenever its schema changed, so that a caller knows when to plant again.
    pub generation: u64,
}

impl Tables {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, known: BTreeMap::new(), evidence: BTreeMap::new(), clock: 0 }
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn states(&self) -> Vec<TableState> {
        let state = |known: &Known| TableState {
            spec: known.spec.clone(),
            created_by_app: known.claimed,
            generation: known.generation,
        };
        self.known.values().map(state).collect()
    }

    pub(crate) fn spec(&self, name: &str) -> Option<&TableSpec> {
        self.known.get(name).map(|known| &known.spec)
    }

    /// Whether the app's CreateTable of this table shall succeed although it is there: we made it beforehand.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.known.get(name).is_some_and(|known| !known.claimed)
    }

    /// Makes a table of ours.
    pub(crate) fn create(&mut self, spec: TableSpec) -> Result<(), EngineError> {
        let told = Some(spec.clone());
        self.make(spec, told)
    }

    fn make(&mut self, spec: TableSpec, told: Option<TableSpec>) -> Result<(), EngineError> {
        let create = spec.create_request();
        self.engine.create_table(create.clone())?;
        self.enter(spec, create, told, false);
        Ok(())
    }

    /// The app created this table, with success.
    pub(crate) fn created(&mut self, request: &Value) {
        if let Some(spec) = TableSpec::read(request, Origin::Code) {
            self.enter(spec, request.clone(), None, true);
        }
    }

    /// The app deleted this table, with success.
    pub(crate) fn deleted(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// The app changed this table's indexes or settings, with success.
    pub(crate) fn altered(&mut self, name: &str) {
        let described = self.engine.describe_table(name).ok();
        self.clock += 1;
        let Some(known) = self.known.get_mut(name) else { return };
        if let Some(spec) = described.and_then(|d| TableSpec::read(&d, known.spec.origin)) {
            known.create = spec.create_request();
            known.spec = spec;
            known.generation = self.clock;
        }
    }

    /// Items of this table may have changed.
    pub(crate) fn touched(&mut self, name: &str) {
        self.clock += 1;
        if let Some(known) = self.known.get_mut(name) {
            known.stamp = self.clock;
        }
    }

    /// The app starts anew: it may create every table again.
    pub(crate) fn unclaim(&mut self) {
        self.known.values_mut().for_each(|known| known.claimed = false);
    }

    /// Takes a table of ours out of the engine, so that the app's own CreateTable can run, and returns its items.
    pub(crate) fn withdraw(&mut self, name: &str) -> Result<Vec<Value>, EngineError> {
        let items = self.engine.items(name)?;
        self.engine.delete_table(name)?;
        Ok(items)
    }

    /// Puts a withdrawn table back as it was, since the app's CreateTable was refused.
    pub(crate) fn put_back(&mut self, name: &str, items: &[Value]) -> Result<(), EngineError> {
        if let Some(known) = self.known.get(name) {
            self.engine.create_table(known.create.clone())?;
            self.fill(name, items);
        }
        Ok(())
    }

    /// Writes the items that fit the table's key, converted where only the type of a key differs; returns how many
    /// did not fit.
    pub(crate) fn fill(&mut self, name: &str, items: &[Value]) -> usize {
        let Some(spec) = self.spec(name).cloned() else { return items.len() };
        let kept = items.iter().filter_map(|item| fitted(item, &spec));
        let written = kept.filter(|item| self.engine.put_item(name, item).is_ok()).count();
        self.touched(name);
        items.len() - written
    }

    /// Remembers what a request says of tables that are guessed or missing.
    pub(crate) fn learn(&mut self, uses: &[TableUse]) {
        for used in uses {
            let settled = self.spec(&used.table).is_some_and(|spec| spec.origin != Origin::Guessed);
            let room = self.evidence.len() < GUESSED_LIMIT || self.evidence.contains_key(&used.table);
            if !settled && room {
                self.evidence.entry(used.table.clone()).or_default().add(&used.how);
            }
        }
    }

    /// Makes a missing table, as `told` by the caller's oracle or as the requests so far suggest.
    pub(crate) fn guess(&mut self, name: &str, told: Option<TableSpec>) -> bool {
        if self.known.contains_key(name) || self.known.len() >= GUESSED_LIMIT {
            return false;
        }
        let evidence = self.evidence.get(name);
        let spec = match (&told, evidence) {
            (Some(spec), _) if spec.origin != Origin::Guessed => Some(spec.clone()),
            (base, Some(evidence)) => Some(evidence.spec(name, base.as_ref())),
            (base, None) => base.clone(),
        };
        spec.is_some_and(|spec| self.make(TableSpec { name: name.to_owned(), ..spec }, told).is_ok())
    }

    /// Rebuilds a guessed table when the requests so far suggest another schema than it has; its items stay as far
    /// as they fit.
    pub(crate) fn revise(&mut self, name: &str) -> bool {
        let (Some(known), Some(evidence)) = (self.known.get(name), self.evidence.get(name)) else { return false };
        if known.spec.origin != Origin::Guessed {
            return false;
        }
        let before = known.clone();
        let spec = evidence.spec(name, before.told.as_ref());
        if spec == before.spec {
            return false;
        }
        let Ok(items) = self.withdraw(name) else { return false };
        if self.make(spec, before.told.clone()).is_ok() {
            self.fill(name, &items);
            return true;
        }
        self.known.insert(name.to_owned(), before);
        // The table stood before, so it can stand again; if not, the next request guesses it anew.
        if self.put_back(name, &items).is_err() {
            self.known.remove(name);
        }
        false
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, EngineError> {
        let save = |(name, known): (&String, &Known)| {
            let items = Arc::new(self.engine.items(name)?);
            Ok((name.clone(), Saved { known: known.clone(), items }))
        };
        Ok(Snapshot { tables: self.known.iter().map(save).collect::<Result<_, EngineError>>()? })
    }

    /// Brings items back to what the snapshot holds. A table that the snapshot does not know stays, emptied, since
    /// its schema is knowledge; a schema that was bettered stays, and saved items are fitted to it.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EngineError> {
        let names: Vec<String> = self.known.keys().chain(snapshot.tables.keys()).cloned().collect();
        for name in names {
            let saved = snapshot.tables.get(&name);
            if !self.known.contains_key(&name) {
                let Some(saved) = saved else { continue };
                self.engine.create_table(saved.known.create.clone())?;
                self.known.insert(name.clone(), Known { stamp: 0, ..saved.known.clone() });
            }
            let Some(known) = self.known.get_mut(&name) else { continue };
            known.claimed = saved.is_some_and(|saved| saved.known.claimed);
            if saved.is_some_and(|saved| saved.known.stamp == known.stamp) {
                continue;
            }
            let spec = known.spec.clone();
            self.bring_back(&spec, saved.map_or(&[], |saved| saved.items.as_slice()))?;
            let same_schema = saved.is_some_and(|saved| saved.known.spec == spec);
            self.clock += 1;
            if let Some(known) = self.known.get_mut(&name) {
                known.stamp = saved.filter(|_| same_schema).map_or(self.clock, |saved| saved.known.stamp);
            }
        }
        Ok(())
    }

    /// Writes and deletes only what differs.
    fn bring_back(&self, spec: &TableSpec, saved: &[Value]) -> Result<(), EngineError> {
        let key_text = |item: &Value| spec.key.of(item).map(|key| key.to_string());
        let wanted: BTreeMap<String, Value> = saved
            .iter()
            .filter_map(|item| fitted(item, spec))
            .filter_map(|item| Some((key_text(&item)?, item)))
            .collect();
        let mut present = BTreeMap::new();
        for item in self.engine.items(&spec.name)? {
            if let Some(text) = key_text(&item) {
                if !wanted.contains_key(&text) {
                    self.engine.delete_item(&spec.name, &spec.key.of(&item).unwrap_or_default())?;
                }
                present.insert(text, item);
            }
        }
        for (text, item) in wanted.iter().filter(|(text, item)| present.get(*text) != Some(*item)) {
            // An index of a newer schema may refuse an item: then it is left out rather than kept in another state.
            match self.engine.put_item(&spec.name, item) {
                Err(EngineError::Refused { .. }) if present.contains_key(text) => {
                    self.engine.delete_item(&spec.name, &spec.key.of(item).unwrap_or_default())?;
                }
                Ok(()) | Err(EngineError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn enter(&mut self, spec: TableSpec, create: Value, told: Option<TableSpec>, claimed: bool) {
        self.clock += 1;
        let known = Known { told, create, claimed, stamp: self.clock, generation: self.clock, spec };
        self.known.insert(known.spec.name.clone(), known);
    }
}

/// The item with key attributes of the types that the table takes, none when it lacks one or cannot be converted.
fn fitted(item: &Value, spec: &TableSpec) -> Option<Value> {
    let mut item = item.clone();
    for attribute in spec.key.attributes() {
        let value = item.get_mut(&attribute.name)?;
        *value = converted(value, attribute)?;
    }
    Some(item)
}

fn converted(value: &Value, attribute: &KeyAttribute) -> Option<Value> {
    let kind = KeyType::of_value(value)?;
    if kind == attribute.kind {
        return Some(value.clone());
    }
    let text = value.as_object()?.values().next()?.as_str()?;
    match (kind, attribute.kind) {
        (KeyType::Number, KeyType::String) => Some(serde_json::json!({ "S": text })),
        (KeyType::String, KeyType::Number) if text.len() <= 38 && text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(serde_json::json!({ "N": text }))
        }
        _ => None,
    }
}

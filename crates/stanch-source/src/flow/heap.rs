use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::NodeId;
use crate::ir::Sym;
use crate::value::{ClassId, FuncId, ModuleId, Value};

/// Whose members a heap cell is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    /// Globals of a module.
    Module(ModuleId),
    /// Members of a class and of all its instances.
    Class(ClassId),
    /// Default values of a function's parameters.
    Default(FuncId),
    /// Annotations of a function's parameters, or of a class's fields.
    Annotation(FuncId),
    /// Members of a library's object by its qualified name: `flask.g`, `flask.session`.
    Ext(Sym),
}

/// What an evaluation can ask for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whole {
    /// All members.
    Members(Owner),
    /// The classes that a class descends from.
    Bases(ClassId),
    /// The classes that descend from a class.
    Subclasses(ClassId),
}

/// Most readers of a cell before those that stand in it twice are sought.
const READERS: usize = 64;

#[derive(Debug, Default)]
struct Cell {
    value: Value,
    readers: Readers,
}

/// Evaluations that read something since it last grew.
#[derive(Debug, Default)]
struct Readers(Vec<NodeId>);

/// Values that outlive a call. A cell holds all that was ever stored in it, in any order of calls.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    cells: FxHashMap<(Owner, Sym), Cell>,
    names: FxHashMap<Owner, Vec<Sym>>,
    whole: RefCell<FxHashMap<Whole, Readers>>,
    /// The evaluation that reads.
    pub(crate) reader: NodeId,
    /// Evaluations that read what grew since, and have to be done again.
    pub(crate) stale: FxHashSet<NodeId>,
}

impl Heap {
    pub(crate) fn get(&mut self, owner: Owner, name: Sym) -> Option<Value> {
        let cell = self.cells.entry((owner, name)).or_default();
        cell.readers.add(self.reader);
        (!cell.value.is_nothing()).then(|| cell.value.clone())
    }

    pub(crate) fn store(&mut self, owner: Owner, name: Sym, value: &Value) {
        if value.is_nothing() {
            return;
        }
        let cell = self.cells.entry((owner, name)).or_default();
        let joined = cell.value.join(value).bounded();
        if joined == cell.value {
            return;
        }
        if cell.value.is_nothing() {
            self.names.entry(owner).or_default().push(name);
        }
        cell.value = joined;
        self.stale.extend(cell.readers.0.drain(..));
        self.grew(Whole::Members(owner));
    }

    /// All cells of an owner, in the order of their names' numbers.
    pub(crate) fn members(&mut self, owner: Owner) -> Vec<(Sym, Value)> {
        self.ask(Whole::Members(owner));
        self.peek(owner).map(|(name, value)| (name, value.clone())).collect()
    }

    /// All cells of an owner, for those that look at what came out in the end.
    pub(crate) fn peek(&self, owner: Owner) -> impl Iterator<Item = (Sym, &Value)> {
        let mut names: Vec<Sym> = self.names.get(&owner).cloned().unwrap_or_default();
        names.sort_unstable();
        names.into_iter().filter_map(move |name| Some((name, &self.cells.get(&(owner, name))?.value)))
    }

    /// The current evaluation depends on all of something.
    pub(crate) fn ask(&self, whole: Whole) {
        self.whole.borrow_mut().entry(whole).or_default().add(self.reader);
    }

    /// There is more of something than those who asked for it know.
    pub(crate) fn grew(&mut self, whole: Whole) {
        if let Some(readers) = self.whole.get_mut().get_mut(&whole) {
            self.stale.extend(readers.0.drain(..));
        }
    }
}

impl Readers {
    fn add(&mut self, reader: NodeId) {
        if self.0.last() == Some(&reader) {
            return;
        }
        if self.0.len() >= READERS && self.0.len().is_power_of_two() {
            self.0.sort_unstable();
            self.0.dedup();
        }
        self.0.push(reader);
    }
}

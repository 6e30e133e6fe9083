use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

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

/// Values that outlive a call. A cell holds all that was ever stored in it, in any order of calls.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    cells: FxHashMap<Owner, BTreeMap<Sym, (Value, bool)>>,
    /// Whether a cell grew after it had been read, so that what was read has to be read again.
    pub(crate) stale: bool,
}

impl Heap {
    pub(crate) fn get(&mut self, owner: Owner, name: Sym) -> Option<Value> {
        let (value, read) = self.cells.entry(owner).or_default().entry(name).or_default();
        *read = true;
        (!value.is_nothing()).then(|| value.clone())
    }

    pub(crate) fn store(&mut self, owner: Owner, name: Sym, value: &Value) {
        if value.is_nothing() {
            return;
        }
        let (cell, read) = self.cells.entry(owner).or_default().entry(name).or_default();
        let joined = cell.join(value).bounded();
        if joined != *cell {
            *cell = joined;
            self.stale |= *read;
        }
    }

    /// All cells of an owner, in the order of their names' numbers.
    pub(crate) fn members(&self, owner: Owner) -> impl Iterator<Item = (Sym, &Value)> {
        self.cells
            .get(&owner)
            .into_iter()
            .flatten()
            .filter(|(_, (value, _))| !value.is_nothing())
            .map(|(name, (value, _))| (*name, value))
    }
}

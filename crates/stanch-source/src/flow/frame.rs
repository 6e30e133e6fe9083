use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::heap::Owner;
use super::sink::PendingSink;
use crate::ir::{Span, Sym};
use crate::value::{ClassId, FuncId, Key, ModuleId, Value};

/// What a body of statements belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Module,
    Class(ClassId),
    Function,
}

/// A variable: its value, and the place in another variable of which it is another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) value: Value,
    pub(crate) alias: Option<Rc<Path>>,
}

/// A place in a variable: `response['Items'][*]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: Sym,
    pub(crate) keys: Vec<Key>,
}

/// Variables at a point of a function. Shared until one branch changes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) variables: Rc<BTreeMap<Sym, Variable>>,
    /// Whether the point is reached at all.
    pub(crate) dead: bool,
}

impl State {
    /// What holds where two branches meet.
    pub(crate) fn join(&self, other: &Self) -> Self {
        if self.dead || Rc::ptr_eq(&self.variables, &other.variables) {
            return Self { variables: other.variables.clone(), dead: self.dead && other.dead };
        }
        if other.dead {
            return self.clone();
        }
        let mut variables = (*self.variables).clone();
        for (name, variable) in other.variables.iter() {
            match variables.get_mut(name) {
                Some(known) => {
                    if known != variable {
                        known.value = known.value.join(&variable.value);
                        if known.alias != variable.alias {
                            known.alias = None;
                        }
                    }
                }
                None => {
                    variables.insert(*name, variable.clone());
                }
            }
        }
        Self { variables: Rc::new(variables), dead: false }
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.dead == other.dead && (Rc::ptr_eq(&self.variables, &other.variables) || self.variables == other.variables)
    }
}

/// A function while it is interpreted.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) func: FuncId,
    pub(crate) module: ModuleId,
    pub(crate) scope: Scope,
    /// The class whose method this is.
    pub(crate) class: Option<ClassId>,
    pub(crate) state: State,
    /// Variables of which another one was another name at some time.
    roots: FxHashSet<Sym>,
    /// Variables of the enclosing functions, by name.
    pub(crate) captured: Value,
    pub(crate) returns: Vec<(FuncId, Span, Value)>,
    pub(crate) yields: Value,
    pub(crate) sinks: Vec<PendingSink>,
    pub(crate) stores: Vec<(Owner, Sym, Value)>,
    pub(crate) globals: Vec<Sym>,
    /// Function definitions met, for those that nothing calls.
    pub(crate) defined: Vec<Value>,
    /// Whether it stands under `if __name__ == "__main__":`, where somebody tries things out on a terminal of their own.
    pub(crate) by_hand: bool,
}

impl Frame {
    pub(crate) fn new(func: FuncId, module: ModuleId, scope: Scope) -> Self {
        Self {
            func,
            module,
            scope,
            class: None,
            state: State::default(),
            roots: FxHashSet::default(),
            captured: Value::default(),
            returns: Vec::new(),
            yields: Value::default(),
            sinks: Vec::new(),
            stores: Vec::new(),
            globals: Vec::new(),
            defined: Vec::new(),
            by_hand: false,
        }
    }

    pub(crate) fn get(&self, name: Sym) -> Option<&Variable> {
        self.state.variables.get(&name)
    }

    pub(crate) fn set(&mut self, name: Sym, variable: Variable) {
        if let Some(alias) = &variable.alias {
            self.roots.insert(alias.root);
        }
        let variables = Rc::make_mut(&mut self.state.variables);
        // Whatever was another name for a part of the old value no longer is.
        if self.roots.contains(&name) {
            for other in variables.values_mut() {
                if other.alias.as_ref().is_some_and(|path| path.root == name) {
                    other.alias = None;
                }
            }
        }
        variables.insert(name, variable);
    }
}

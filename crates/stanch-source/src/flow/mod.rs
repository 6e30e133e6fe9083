//! The flow engine: abstract interpretation of every function over access paths, each function summarised once for
//! each kind of arguments it is called with, to a fixed point.

mod assign;
mod bind;
mod call;
mod class;
mod comprehension;
mod context;
mod expr;
mod frame;
mod heap;
mod import;
mod instantiate;
mod project;
mod reach;
mod rounds;
mod run;
mod sink;
mod source;
mod stmt;
mod summary;
mod swallow;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use stanch_api::AttributeSet;

use crate::ir::Span;
use crate::models::{Mark, Model, Routing};
use crate::program::Program;
use crate::relevance::Reading;
use crate::tables::Tables;
use crate::value::{ClassId, EnvId, FilterId, FuncId, MarkId, ModuleId, Object, SiteId, Value};

pub(crate) use bind::Args;
pub(crate) use call::{function_of, makes_token};
pub(crate) use expr::as_text;
pub(crate) use frame::{Frame, Scope};
pub(crate) use heap::{Heap, Owner};
pub(crate) use reach::{NodeId, Reach};
pub(crate) use rounds::solve;
pub(crate) use run::named_fields;
pub(crate) use sink::{FlowKey, FlowSeen};
pub(crate) use source::{Source, Sources};
pub(crate) use summary::{Summary, SummaryKey};

/// The solver's state.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) program: Program,
    pub(crate) sources: Sources,
    pub(crate) heap: Heap,
    pub(crate) tables: Tables,
    pub(crate) routing: Routing,
    pub(crate) templates: crate::models::Templates,
    pub(crate) environment: crate::models::Environment,
    pub(crate) secret_names: Vec<String>,
    /// Facts about single places.
    pub(crate) single: crate::sites::Sites,
    summaries: FxHashMap<SummaryKey, (NodeId, Rc<Summary>)>,
    /// Evaluations under way, and those of them that were called again.
    open: BTreeSet<NodeId>,
    recursive: BTreeSet<NodeId>,
    pub(crate) reach: Reach,
    /// Contexts told apart so far, of each function.
    contexts: FxHashMap<FuncId, Vec<Rc<[Value]>>>,
    started: BTreeSet<ModuleId>,
    /// By function, whether it was evaluated.
    analysed: Vec<bool>,
    /// Before this function none is left that nothing called.
    unseen: usize,
    /// Modules run to their end.
    finished: usize,
    /// Nested functions met, to be looked at if nothing calls them.
    pending: Vec<Value>,
    queued: BTreeSet<FuncId>,
    class_bodies: BTreeMap<FuncId, ClassId>,
    class_names: FxHashMap<(ModuleId, Rc<str>), ClassId>,
    /// Functions that a property is set by, by their qualified name.
    setters: FxHashMap<(ModuleId, Rc<str>), FuncId>,
    /// Classes in the order in which a member of one is looked up.
    orders: FxHashMap<ClassId, Rc<[ClassId]>>,
    /// Names that a module has from an import.
    pub(crate) imported_names: BTreeSet<(ModuleId, crate::ir::Sym)>,
    /// Objects that a function gives back.
    pub(crate) returned: BTreeMap<FuncId, Value>,
    pub(crate) handlers: BTreeSet<FuncId>,
    /// Functions that the app's own functions call.
    called: BTreeSet<FuncId>,
    depth: u32,
    /// How often a function stands in the chain of calls.
    running: FxHashMap<FuncId, u32>,
    /// How each module is read.
    reading: Vec<Reading>,
    /// Expressions that may still be read in this round before calls stop being told apart by their arguments.
    pub(crate) fuel: u64,
    flows: BTreeMap<FlowKey, FlowSeen>,
    marks: Vec<Mark>,
    mark_numbers: FxHashMap<Mark, MarkId>,
    filters: Vec<Model>,
    envs: Vec<Rc<Vec<Value>>>,
    env_numbers: FxHashMap<Rc<Vec<Value>>, EnvId>,
    sites: FxHashMap<(FuncId, Span), SiteId>,
    pub(crate) site_places: Vec<(FuncId, Span)>,
    pub(crate) bases: BTreeMap<ClassId, Vec<Object>>,
    pub(crate) subclasses: BTreeMap<ClassId, BTreeSet<ClassId>>,
}

impl Engine {
    pub(crate) fn new(program: Program, secret_names: Vec<String>) -> Self {
        let class_bodies = program.classes.iter().enumerate().map(|(i, class)| (class.body, ClassId::new(i))).collect();
        let class_names = program
            .classes
            .iter()
            .enumerate()
            .map(|(i, class)| ((class.module, class.ir.qualified.clone()), ClassId::new(i)))
            .collect();
        let setters = class::setters(&program);
        Self {
            program,
            sources: Sources::default(),
            heap: Heap::default(),
            tables: Tables::default(),
            routing: Routing::default(),
            templates: crate::models::Templates::default(),
            environment: crate::models::Environment::default(),
            secret_names,
            single: crate::sites::Sites::default(),
            summaries: FxHashMap::default(),
            open: BTreeSet::new(),
            recursive: BTreeSet::new(),
            reach: Reach::default(),
            contexts: FxHashMap::default(),
            started: BTreeSet::new(),
            analysed: Vec::new(),
            unseen: 0,
            finished: 0,
            pending: Vec::new(),
            queued: BTreeSet::new(),
            class_bodies,
            class_names,
            setters,
            orders: FxHashMap::default(),
            imported_names: BTreeSet::new(),
            returned: BTreeMap::new(),
            handlers: BTreeSet::new(),
            called: BTreeSet::new(),
            depth: 0,
            running: FxHashMap::default(),
            reading: Vec::new(),
            fuel: 0,
            flows: BTreeMap::new(),
            marks: Vec::new(),
            mark_numbers: FxHashMap::default(),
            filters: Vec::new(),
            envs: Vec::new(),
            env_numbers: FxHashMap::default(),
            sites: FxHashMap::default(),
            site_places: vec![(FuncId::default(), Span::default())],
            bases: BTreeMap::new(),
            subclasses: BTreeMap::new(),
        }
    }

    /// The number of an expression that makes an object.
    pub(crate) fn site(&mut self, func: FuncId, span: Span) -> SiteId {
        let places = &mut self.site_places;
        *self.sites.entry((func, span)).or_insert_with(|| {
            places.push((func, span));
            SiteId::new(places.len() - 1)
        })
    }

    pub(crate) fn mark(&mut self, mark: Mark) -> Object {
        if let Some(id) = self.mark_numbers.get(&mark) {
            return Object::Mark(*id);
        }
        let id = MarkId::new(self.marks.len());
        self.marks.push(mark.clone());
        self.mark_numbers.insert(mark, id);
        Object::Mark(id)
    }

    pub(crate) fn marked(&self, id: MarkId) -> Mark {
        self.marks[id.index()].clone()
    }

    pub(crate) fn filter(&mut self, set: Model) -> FilterId {
        let index = self.filters.iter().position(|known| *known == set).unwrap_or_else(|| {
            self.filters.push(set);
            self.filters.len() - 1
        });
        FilterId::new(index)
    }

    pub(crate) fn filtered(&self, id: FilterId) -> Model {
        self.filters[id.index()].clone()
    }

    pub(crate) fn env(&mut self, values: Vec<Value>) -> EnvId {
        let values = Rc::new(values);
        if let Some(id) = self.env_numbers.get(&values) {
            return *id;
        }
        let id = EnvId::new(self.envs.len());
        self.envs.push(values.clone());
        self.env_numbers.insert(values, id);
        id
    }

    pub(crate) fn captured(&self, id: EnvId) -> Rc<Vec<Value>> {
        self.envs[id.index()].clone()
    }

    pub(crate) fn text(&self, sym: crate::ir::Sym) -> Rc<str> {
        self.program.names.shared(sym)
    }

    /// The value without the attributes outside `set`.
    pub(crate) fn narrow(&self, value: &Value, set: &AttributeSet) -> Value {
        value.narrow(set, &|sym| self.program.names.text(sym).to_owned())
    }
}

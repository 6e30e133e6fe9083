use std::rc::Rc;

use super::context::{unmarked, with_parameter};
use super::frame::Variable;
use super::sink::PendingSink;
use super::{Engine, Frame, NodeId, Owner, Scope};
use crate::ir::{Span, Sym};
use crate::value::{FuncId, Object, Origin, Value};

/// A function, and what kinds of arguments it is called with.
pub(crate) type SummaryKey = (FuncId, Rc<[Value]>);

/// Rounds until a recursive function's summary is taken as it is.
const ROUNDS: usize = 4;
/// Deepest chain of calls that is followed.
const DEPTH: u32 = 60;

/// What a call of a function does, in terms of its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Summary {
    /// Each `return` by its place.
    pub(crate) returns: Vec<(FuncId, Span, Value)>,
    pub(crate) sinks: Vec<PendingSink>,
    pub(crate) stores: Vec<(Owner, Sym, Value)>,
    /// Parameters that it changes, and to what.
    pub(crate) outs: Vec<(usize, Value)>,
}

impl Summary {
    /// Cuts every value to a sketch.
    fn sketch(&mut self) {
        let returns = self.returns.iter_mut().map(|(_, _, value)| value);
        let stores = self.stores.iter_mut().map(|(_, _, value)| value);
        let outs = self.outs.iter_mut().map(|(_, value)| value);
        for value in returns.chain(stores).chain(outs) {
            *value = value.sketched();
        }
    }
}

impl Engine {
    /// The summary for these arguments, made if there is none yet.
    pub(crate) fn summary(&mut self, func: FuncId, args: &[Value]) -> Rc<Summary> {
        let context = self.context(func, args);
        let key = (func, context);
        let Some((node, known)) = self.summaries.get(&key).cloned() else {
            if self.depth >= DEPTH {
                return Rc::new(Summary::default());
            }
            let node = self.reach.function(key);
            self.reach.enter(node);
            return self.evaluate(node);
        };
        self.reach.enter(node);
        if self.open.contains(&node) {
            // It is in use further up and incomplete: the call is recursive, and the rounds of `evaluate` complete it.
            self.recursive.insert(node);
            return known;
        }
        if self.reach.holds(node) || self.depth >= DEPTH || self.still_holds(node) {
            return known;
        }
        self.evaluate(node)
    }

    /// Evaluates a function, for the first time or anew.
    fn evaluate(&mut self, node: NodeId) -> Rc<Summary> {
        let Some(key) = self.reach.key(node).cloned() else { return Rc::default() };
        let (func, context) = &key;
        let before = self.summaries.get(&key).map(|(_, summary)| summary.clone());
        self.reach.clear(node);
        self.heap.stale.remove(&node);
        let caller = self.switch(node);
        self.open.insert(node);
        self.recursive.remove(&node);
        self.set_analysed(*func);
        self.depth += 1;
        *self.running.entry(*func).or_default() += 1;
        let mut summary = Rc::new(Summary::default());
        for _ in 0..ROUNDS {
            self.summaries.insert(key.clone(), (node, summary.clone()));
            let mut next = self.summarise(*func, context);
            if self.fuel == 0 {
                next.sketch();
            }
            let settled = next.returns == summary.returns && next.outs == summary.outs;
            let recursive = self.recursive.contains(&node);
            summary = Rc::new(next);
            if settled || !recursive {
                break;
            }
        }
        self.depth -= 1;
        self.running.entry(*func).and_modify(|depth| *depth -= 1);
        self.open.remove(&node);
        self.switch(caller);
        if before.is_none_or(|before| before != summary) {
            self.reach.changed(node);
        }
        self.reach.hold(node);
        self.summaries.insert(key, (node, summary.clone()));
        summary
    }

    /// Whether an evaluation of an earlier round would come to the same again: nothing that it read grew since, and
    /// each function that it calls gives it what it gave. Those are done again on the way if they do not hold.
    fn still_holds(&mut self, node: NodeId) -> bool {
        if self.heap.stale.contains(&node) || self.reach.done(node).registers {
            return false;
        }
        self.open.insert(node);
        self.depth += 1;
        let mut holds = true;
        for callee in self.reach.callees(node).to_vec() {
            // One that is looked at further up is taken to hold; if it does not, another round sees that, if there is one.
            if self.open.contains(&callee) {
                continue;
            }
            if !self.reach.holds(callee) && self.depth < DEPTH && !self.still_holds(callee) {
                self.evaluate(callee);
            }
            if self.reach.outdates(callee, node) {
                holds = false;
                break;
            }
        }
        self.depth -= 1;
        self.open.remove(&node);
        if holds {
            self.repeat(node);
        }
        holds
    }

    /// What an evaluation that holds does for the round beside its summary.
    fn repeat(&mut self, node: NodeId) {
        self.reach.hold(node);
        if let Some((func, _)) = self.reach.key(node) {
            self.set_analysed(*func);
        }
        let done = self.reach.done(node);
        self.called.extend(done.called.iter().copied());
        let defined = done.defined.clone();
        self.pending_functions(&defined);
    }

    fn summarise(&mut self, func: FuncId, context: &[Value]) -> Summary {
        let ir = self.program.func(func).ir.clone();
        let mut f = Frame::new(func, self.program.func(func).module, Scope::Function);
        f.globals.clone_from(&ir.globals);
        let mut starts = Vec::new();
        for (index, param) in ir.params.iter().enumerate() {
            let own = index == 0 && ir.method && !self.is_static(func);
            let (mut value, tainted) = context.get(index).map(unmarked).unwrap_or_default();
            if own {
                f.class = value.objects().iter().find_map(|object| match object {
                    Object::Instance(class) | Object::Class(class) => Some(*class),
                    _ => None,
                });
                if f.class.is_some_and(|class| self.is_data_class(class)) {
                    value = with_parameter(&value, index, &[], tainted);
                }
            } else {
                value = with_parameter(&value, index, &[], tainted);
            }
            if value.objects().is_empty()
                && let Some(annotation) = self.heap.get(Owner::Annotation(func), param.name)
            {
                value = self.annotated(&value, &annotation);
            }
            starts.push((param.name, value.clone()));
            f.set(param.name, Variable { value, alias: None });
        }
        if let Some(captured) = context.get(ir.params.len()) {
            let (captured, tainted) = unmarked(captured);
            f.captured = with_parameter(&captured, ir.params.len(), &[], tainted);
        }
        self.block(&mut f, &ir.body);
        let outs = starts
            .into_iter()
            .enumerate()
            .filter_map(|(index, (name, start))| {
                let end = f.get(name)?;
                (end.value != start && keeps_identity(&end.value, index)).then(|| (index, end.value.clone()))
            })
            .collect();
        if ir.generator {
            let yields = std::mem::take(&mut f.yields);
            // `with` enters such a function to what it yields.
            let entered = self.has_decorator(func, "contextmanager") || self.has_decorator(func, "asynccontextmanager");
            f.returns = vec![(func, ir.span, if entered { yields } else { Value::list(yields) })];
        }
        for (_, _, value) in &f.returns {
            let kinds = value.kinds(0);
            let known = self.returned.entry(func).or_default();
            *known = known.join(&kinds);
        }
        let defined = std::mem::take(&mut f.defined);
        self.pending_functions(&defined);
        self.reach.doing().defined.extend(defined);
        Summary { returns: f.returns, sinks: f.sinks, stores: f.stores, outs }
    }
}

/// Whether what stands in the variable at the end is the object that came in, changed, and no other.
fn keeps_identity(value: &Value, index: usize) -> bool {
    value.taints().iter().any(|taint| match &taint.origin {
        Origin::Param { index: own, path } => usize::from(*own) == index && path.is_empty(),
        Origin::Unknown(own) => own.is_some_and(|own| usize::from(own) == index),
        Origin::Source(_) => false,
    })
}

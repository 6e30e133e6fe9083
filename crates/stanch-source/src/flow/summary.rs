use std::rc::Rc;

use super::frame::Variable;
use super::sink::PendingSink;
use super::{Engine, Frame, NodeId, Owner, Scope};
use crate::ir::{Span, Sym};
use crate::value::{FuncId, Key, Note, Object, Origin, Taint, Value};

/// A function, and what kinds of arguments it is called with.
pub(crate) type SummaryKey = (FuncId, Rc<[Value]>);

/// Most kinds of arguments that are told apart for one function: first with literals, then without.
const CONTEXTS: usize = 12;
const COARSE: usize = 18;
/// Most of them where an argument or a captured variable is a function.
const WRAPPED: usize = 256;
/// How often a function may stand in the chain of its own calls before its arguments are told apart less.
const RECURSION: u32 = 1;
/// The same where an argument is a function: a wrapper around a wrapper is no recursion.
const RECURSION_WRAPPED: u32 = 8;
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
            // One that is looked at further up is taken to hold; if it does not, the next round sees that.
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

    /// What is told apart of the arguments: what each is as an object, and whether anything taints it.
    fn context(&mut self, func: FuncId, args: &[Value]) -> Rc<[Value]> {
        let tainted: Vec<bool> = args.iter().map(|value| value.has_taint(&|taint| !taint.is_unknown())).collect();
        let of = |kinds: &dyn Fn(&Value) -> Value| -> Rc<[Value]> {
            let marked = |(value, tainted): (&Value, &bool)| {
                let kinds = kinds(value);
                if *tainted { kinds.join(&Value::taint(tainted_mark())) } else { kinds }
            };
            args.iter().zip(&tainted).map(marked).collect()
        };
        let fine = of(&|value| value.kinds(2));
        let known = self.contexts.entry(func).or_default();
        if known.contains(&fine) {
            return fine;
        }
        if self.fuel == 0 {
            return of(&|_| Value::default());
        }
        // A decorator has one context for each function that it is put on, and so has the wrapper that it makes.
        let code = args.iter().any(is_code);
        let limit = if code { WRAPPED } else { CONTEXTS };
        // A function that calls itself with ever new arguments is told apart by its classes alone from some depth on.
        let deepest = if code { RECURSION_WRAPPED } else { RECURSION };
        if self.running.get(&func).is_some_and(|depth| *depth >= deepest) {
            return of(&|value| without_literals(&value.kinds(0)));
        }
        if known.len() < limit {
            known.push(fine.clone());
            return fine;
        }
        let coarse = of(&|value| without_literals(&value.kinds(1)));
        if known.contains(&coarse) {
            return coarse;
        }
        if known.len() < COARSE {
            known.push(coarse.clone());
            return coarse;
        }
        of(&|_| Value::default())
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

    /// A value of a summary in terms of the caller's arguments.
    pub(crate) fn instantiate(&mut self, f: &Frame, span: Span, args: &[Value], value: &Value) -> Value {
        let Some(node) = value.node() else { return Value::default() };
        self.fuel = self.fuel.saturating_sub(1 + node.taints.len() as u64);
        // What a function gives back unchanged of nothing is what it was.
        if node.taints.is_empty() && node.fields.is_empty() && node.rest.is_nothing() && !holds_closure(node) {
            return value.clone();
        }
        let mut result = Value::default();
        let objects: Vec<Object> =
            node.objects.iter().map(|object| self.instantiate_object(f, span, args, object)).collect();
        for object in objects {
            result = result.with_object(object);
        }
        for taint in &node.taints {
            let part = self.instantiate_taint(f, span, args, taint);
            // What a parameter is as an object came in with the context.
            result = result.join(&part.without_objects());
        }
        for (key, field) in &node.fields {
            let field = self.instantiate(f, span, args, field);
            // A field takes the place of what a parameter's structure had under this key.
            result.edit().fields.insert(*key, field);
        }
        let rest = self.instantiate(f, span, args, &node.rest);
        if !rest.is_nothing() {
            let node = result.edit();
            node.rest = node.rest.join(&rest);
        }
        result
    }

    pub(crate) fn instantiate_taint(&mut self, f: &Frame, span: Span, args: &[Value], taint: &Taint) -> Value {
        let actual = match taint.origin {
            Origin::Source(_) | Origin::Unknown(None) => return Value::taint(taint.clone()),
            Origin::Unknown(Some(_)) | Origin::Param { .. } => self.actual(f, span, args, taint),
        };
        actual.map_taints(&mut |actual| Some(passed(f, span, actual, taint)))
    }

    /// The taints of what a sink of a callee gets, members included.
    pub(crate) fn instantiate_flat(&mut self, f: &Frame, span: Span, args: &[Value], taint: &Taint) -> Vec<Taint> {
        if taint.source().is_some() {
            return vec![taint.clone()];
        }
        let actual = self.actual(f, span, args, taint).flatten();
        actual.into_iter().map(|actual| passed(f, span, &actual, taint)).collect()
    }

    /// What a caller gave for what a taint of a callee stands for.
    fn actual(&mut self, f: &Frame, span: Span, args: &[Value], taint: &Taint) -> Value {
        match &taint.origin {
            Origin::Source(_) | Origin::Unknown(None) => Value::default(),
            Origin::Unknown(Some(index)) => {
                let unknown = args.get(usize::from(*index)).is_some_and(|value| value.has_taint(&Taint::is_unknown));
                if unknown { Value::taint(Taint::of(Origin::Unknown(None))) } else { Value::default() }
            }
            Origin::Param { index, path } => {
                let Some(mut value) = args.get(usize::from(*index)).cloned() else { return Value::default() };
                for key in path.iter() {
                    value = self.project((f.func, span), &value, *key);
                }
                self.narrow(&value, &taint.attributes)
            }
        }
    }

    fn instantiate_object(&mut self, f: &Frame, span: Span, args: &[Value], object: &Object) -> Object {
        match object {
            Object::Closure(func, env) => {
                let captured = self.captured(*env);
                let values = captured.iter().map(|value| self.instantiate(f, span, args, value)).collect();
                Object::Closure(*func, self.env(values))
            }
            Object::BoundClosure(inner, receiver) => {
                let inner = self.instantiate_object(f, span, args, inner);
                Object::BoundClosure(Box::new(inner), receiver.clone())
            }
            Object::Filtered(inner, filter) => {
                Object::Filtered(Box::new(self.instantiate_object(f, span, args, inner)), *filter)
            }
            other => other.clone(),
        }
    }
}

/// Whether a value is a function of the app, or captured variables with one among them.
fn is_code(value: &Value) -> bool {
    let code = |value: &Value| {
        value
            .objects()
            .iter()
            .any(|o| matches!(o, Object::Function(_) | Object::Closure(..) | Object::BoundClosure(..)))
    };
    code(value) || value.objects().is_empty() && value.node().is_some_and(|node| node.fields.values().any(code))
}

fn holds_closure(node: &crate::value::Node) -> bool {
    node.objects.iter().any(|o| matches!(o, Object::Closure(..) | Object::BoundClosure(..) | Object::Filtered(..)))
}

/// A caller's taint after it went through a callee as `taint`.
fn passed(f: &Frame, span: Span, actual: &Taint, taint: &Taint) -> Taint {
    if actual.is_unknown() {
        return actual.clone();
    }
    let trail = actual.trail.push(f.func, span, Note::Passed).followed_by(&taint.trail);
    Taint { trail, nested: actual.nested && taint.nested, ..actual.clone() }
}

/// What stands in a context for an argument that something taints, beside its kinds.
fn tainted_mark() -> Taint {
    Taint::of(Origin::Param { index: u16::MAX, path: Rc::default() })
}

/// The kinds in a context, and whether the argument is tainted.
fn unmarked(context: &Value) -> (Value, bool) {
    if context.taints().is_empty() {
        return (context.clone(), false);
    }
    let mut kinds = context.clone();
    kinds.edit().taints.clear();
    (kinds.normal(), true)
}

/// The parameter as a value: of the kind that the context says, tainted by itself.
fn with_parameter(kind: &Value, index: usize, path: &[Key], tainted: bool) -> Value {
    let mut value = kind.clone();
    let node = value.edit();
    if path.len() < 3 {
        for (key, field) in &mut node.fields {
            let path: Vec<Key> = path.iter().copied().chain([*key]).collect();
            *field = with_parameter(field, index, &path, tainted);
        }
    }
    let index = u16::try_from(index).unwrap_or(u16::MAX);
    node.taints.push(Taint::of(match tainted {
        true => Origin::Param { index, path: path.into() },
        false => Origin::Unknown(path.is_empty().then_some(index)),
    }));
    value
}

/// Whether what stands in the variable at the end is the object that came in, changed, and no other.
fn keeps_identity(value: &Value, index: usize) -> bool {
    value.taints().iter().any(|taint| match &taint.origin {
        Origin::Param { index: own, path } => usize::from(*own) == index && path.is_empty(),
        Origin::Unknown(own) => own.is_some_and(|own| usize::from(own) == index),
        Origin::Source(_) => false,
    })
}

fn without_literals(value: &Value) -> Value {
    let Some(node) = value.node() else { return Value::default() };
    let keep = |object: &&Object| {
        !matches!(object, Object::Text(_) | Object::Prefix(_) | Object::Int(_) | Object::Bool(_) | Object::Null)
    };
    let objects = node.objects.iter().filter(keep).cloned().collect();
    let fields = node.fields.iter().map(|(key, value)| (*key, without_literals(value))).collect();
    Value::new(crate::value::Node { objects, fields, taints: Vec::new(), rest: without_literals(&node.rest) })
}

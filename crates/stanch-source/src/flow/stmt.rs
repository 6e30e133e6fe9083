use stanch_api::AttributeSet;

use super::frame::State;
use super::{Engine, Frame, Owner};
use crate::facts::SourceKind;
use crate::ir::{Comparison, Expr, ExprKind, Handler, Span, Stmt, StmtKind};
use crate::value::{Key, Object, Shape, Value};

/// Times that the body of a loop is read: values settle after two, the third is for joins of joins.
const LOOPS: usize = 3;

/// Most `return` statements of a function that are told apart.
const RETURNS: usize = 48;

impl Engine {
    pub(crate) fn block(&mut self, f: &mut Frame, body: &[Stmt]) {
        for stmt in body {
            if f.state.dead {
                return;
            }
            self.statement(f, stmt);
        }
    }

    fn statement(&mut self, f: &mut Frame, stmt: &Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Expr(e) => {
                self.eval(f, e);
            }
            StmtKind::Assign { targets, value } => {
                let result = self.eval(f, value);
                let alias = self.path(f, value);
                for target in targets {
                    self.assign(f, target, &result, alias.clone(), value.span);
                }
            }
            StmtKind::Annotated { target, annotation, value } => {
                if let (ExprKind::Name(name), super::Scope::Class(_)) = (&target.kind, f.scope) {
                    let kind = self.eval(f, annotation);
                    self.heap.store(Owner::Annotation(f.func), *name, &kind.with_object(Object::Null));
                }
                if let Some(value) = value {
                    let result = self.eval(f, value);
                    let alias = self.path(f, value);
                    self.assign(f, target, &result, alias, value.span);
                }
            }
            StmtKind::Augmented { target, add, value } => {
                let added = self.eval(f, value);
                let old = self.eval(f, target);
                let sum = match *add {
                    true => old.without_objects().join(&added.without_objects()),
                    false => old.blurred().join(&added.blurred()).with_conditions(&old).with_conditions(&added),
                };
                let sum = match old.text() {
                    Some(front) => sum.with_object(Object::Prefix(front)),
                    None => sum,
                };
                self.assign(f, target, &sum, None, span);
            }
            StmtKind::Return(value) => {
                let result = value.as_ref().map_or_else(Value::default, |value| self.eval(f, value));
                self.leave(f, result, span);
                f.state.dead = true;
            }
            StmtKind::If { test, body, orelse } => self.branch(f, test, body, orelse),
            StmtKind::Loop { target, iter, body, orelse } => self.loops(f, target.as_ref(), iter, body, orelse),
            StmtKind::Try { body, handlers, orelse, finally } => self.tries(f, body, handlers, orelse, finally),
            StmtKind::With { items, body } => {
                for (item, target) in items {
                    let value = self.eval(f, item);
                    if let Some(target) = target {
                        let entered = self.entered(f, &value, item.span);
                        self.assign(f, target, &entered, None, item.span);
                    }
                }
                self.block(f, body);
            }
            StmtKind::Match { subject, cases } => {
                let value = self.eval(f, subject);
                let part = value.blurred();
                let before = f.state.clone();
                let mut after = before.clone();
                for case in cases {
                    f.state = before.clone();
                    for name in &case.binds {
                        self.set_plain(f, *name, part.clone());
                    }
                    if let Some(guard) = &case.guard {
                        self.eval(f, guard);
                    }
                    self.block(f, &case.body);
                    after = after.join(&f.state);
                }
                f.state = after;
            }
            StmtKind::Raise(value) => {
                if let Some(value) = value {
                    let raised = self.eval(f, value);
                    self.raised(f, &raised, span);
                }
                f.state.dead = true;
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    if let ExprKind::Index(base, index) = &target.kind {
                        let key = self.eval(f, index);
                        self.remove_key(f, base, &key, span);
                    }
                }
            }
            StmtKind::Def(index) => self.define(f, *index),
            StmtKind::Class(index) => self.define_class(f, *index),
            StmtKind::Import(names) => self.import(f, names),
            StmtKind::From { level, module, names } => self.import_from(f, *level, *module, names),
            StmtKind::Include(name) => {
                let names: Vec<crate::ir::Sym> = self.eval(f, name).texts().collect();
                names.into_iter().for_each(|name| self.included(f, name));
            }
            StmtKind::Leave => f.state.dead = true,
        }
    }

    fn leave(&mut self, f: &mut Frame, value: Value, span: Span) {
        if value.is_nothing() {
            return;
        }
        let value = value.bounded();
        let known = f.returns.iter().position(|(_, known, _)| *known == span);
        let full = f.returns.len() >= RETURNS;
        match known.or_else(|| full.then(|| f.returns.len() - 1)) {
            Some(index) => f.returns[index].2 = f.returns[index].2.join(&value),
            None => f.returns.push((f.func, span, value)),
        }
    }

    fn branch(&mut self, f: &mut Frame, test: &Expr, body: &[Stmt], orelse: &[Stmt]) {
        self.eval(f, test);
        // `if True` and `if False` are how code is switched off.
        if let ExprKind::Bool(always) = test.kind {
            return self.block(f, if always { body } else { orelse });
        }
        if self.has_member(f, test) {
            return self.block(f, body);
        }
        let before = f.state.clone();
        let outside = f.by_hand;
        f.by_hand |= f.scope == super::Scope::Module && self.asks_for_main(test);
        self.block(f, body);
        f.by_hand = outside;
        let after = std::mem::replace(&mut f.state, before);
        self.block(f, orelse);
        f.state = after.join(&f.state);
    }

    /// `__name__ == "__main__"`
    fn asks_for_main(&self, test: &Expr) -> bool {
        matches!(&test.kind, ExprKind::Compare(left, others)
            if matches!(left.kind, ExprKind::Name(name) if self.program.names.text(name) == "__name__")
                && matches!(&others[..], [(Comparison::Equal, _)]))
    }

    /// `hasattr(self.Meta, 'fields')` of a class of the app that has it.
    fn has_member(&mut self, f: &mut Frame, test: &Expr) -> bool {
        let ExprKind::Call(call) = &test.kind else { return false };
        let ExprKind::Name(callee) = call.callee.kind else { return false };
        let [object, Expr { kind: ExprKind::Str(name), .. }] = &call.args[..] else { return false };
        if &*self.text(callee) != "hasattr" {
            return false;
        }
        let value = self.eval(f, object);
        let classes: Vec<_> = value
            .objects()
            .iter()
            .map(|object| match object {
                Object::Class(class) | Object::Instance(class) => Some(*class),
                _ => None,
            })
            .collect();
        !classes.is_empty()
            && classes.into_iter().all(|class| class.is_some_and(|class| self.class_member(class, *name).is_some()))
    }

    fn loops(&mut self, f: &mut Frame, target: Option<&Expr>, iter: &Expr, body: &[Stmt], orelse: &[Stmt]) {
        let mut after = f.state.clone();
        // A list that is written down or named runs its body for all of its elements; nothing is lost by taking it
        // that at least one does, and `for key in SECRET: item.pop(key)` is seen for what it does.
        let mut runs = false;
        for _ in 0..LOOPS {
            let value = self.eval(f, iter);
            if let Some(target) = target {
                let at = (f.func, iter.span);
                let element = self.element(at, &value);
                runs = value.node().is_some_and(|node| !node.fields.is_empty() && node.taints.is_empty());
                let alias = self.path(f, iter).map(|mut path| {
                    path.keys.push(Key::Each);
                    path
                });
                self.assign(f, target, &element, alias, iter.span);
            }
            let before = f.state.clone();
            self.block(f, body);
            let joined =
                if runs && !f.state.dead { f.state.clone() } else { Self::loop_join(&after, &f.state, target, iter) };
            if joined.same(&after) {
                break;
            }
            after = joined;
            f.state = if f.state.dead { before.join(&after) } else { after.clone() };
        }
        f.state = after;
        f.state.dead = false;
        self.block(f, orelse);
    }

    /// A loop over a list of items changes every item: what its body does to them is not undone by the chance that
    /// the list is empty, for then nothing is left in it either.
    fn loop_join(before: &State, after: &State, target: Option<&Expr>, iter: &Expr) -> State {
        let mut joined = before.join(after);
        if after.dead {
            return joined;
        }
        if let (Some(_), ExprKind::Name(name)) = (target, &iter.kind)
            && let Some(variable) = after.variables.get(name)
            && joined.variables.get(name) != Some(variable)
        {
            std::rc::Rc::make_mut(&mut joined.variables).insert(*name, variable.clone());
        }
        joined
    }

    fn tries(&mut self, f: &mut Frame, body: &[Stmt], handlers: &[Handler], orelse: &[Stmt], finally: &[Stmt]) {
        // A handler sees what held at any point of the body.
        let mut thrown = f.state.clone();
        for stmt in body {
            if f.state.dead {
                break;
            }
            self.statement(f, stmt);
            let mut state = f.state.clone();
            state.dead = false;
            thrown = thrown.join(&state);
        }
        if !f.state.dead {
            self.block(f, orelse);
        }
        let mut after = f.state.clone();
        for handler in handlers {
            f.state = thrown.clone();
            f.state.dead = false;
            let kind = handler.kind.as_ref().map(|kind| self.eval(f, kind));
            if let Some(kind) = &kind
                && self.swallowed(f, body, kind)
            {
                continue;
            }
            if let Some(name) = handler.name {
                let caught = self.caught(f, handler, kind.as_ref());
                self.set_plain(f, name, caught);
            }
            self.block(f, &handler.body);
            after = after.join(&f.state);
        }
        f.state = after;
        if !finally.is_empty() {
            let dead = std::mem::take(&mut f.state.dead);
            self.block(f, finally);
            f.state.dead |= dead;
        }
    }

    fn caught(&mut self, f: &mut Frame, handler: &Handler, kind: Option<&Value>) -> Value {
        let at = (f.func, handler.kind.as_ref().map_or(handler.span, |kind| kind.span));
        let mut own = Value::default();
        let mut foreign = kind.is_none_or(|kind| kind.is_nothing());
        let kinds: Vec<Object> = kind.map_or_else(Vec::new, |kind| {
            let parts = kind.node().into_iter().flat_map(|node| node.fields.values().chain([&node.rest]));
            kind.objects().iter().chain(parts.flat_map(Value::objects)).cloned().collect()
        });
        for object in kinds {
            match object {
                // An exception of the app's own says what the app put into it.
                Object::Class(class) => own = own.with_object(Object::Instance(class)),
                Object::Ext(name, _) if crate::models::is_harmless_exception(&self.text(name)) => {}
                _ => foreign = true,
            }
        }
        if foreign || (own.is_nothing() && kind.is_none_or(|kind| kind.objects().is_empty())) {
            let taint = self.begin(at, SourceKind::Exception, Shape::Exception, None, AttributeSet::all());
            own = own.join(&Value::taint(taint));
        }
        own
    }

    fn entered(&mut self, f: &mut Frame, value: &Value, span: Span) -> Value {
        let enter = self.program.names.intern("__enter__");
        for object in value.objects().to_vec() {
            if let Object::Instance(class) = object
                && let Some(method) = self.method(class, enter)
            {
                let bound = Value::object(Object::Method(method, Box::new(Object::Instance(class))));
                return self.call_value(f, &bound, &super::Args::default(), span);
            }
        }
        value.clone()
    }
}

use stanch_api::AttributeSet;

use super::frame::{Path, Variable};
use super::{Engine, Frame, Owner};
use crate::facts::SourceKind;
use crate::ir::{Comparison, Expr, ExprKind, Operator, Piece, Span, Sym};
use crate::value::{Key, Node, Object, Shape, Taint, Value};

/// Longest text that is put together of known pieces, in bytes.
const TEXT: usize = 400;

impl Engine {
    /// The value of an expression.
    pub(crate) fn eval(&mut self, f: &mut Frame, e: &Expr) -> Value {
        let at = (f.func, e.span);
        self.fuel = self.fuel.saturating_sub(1);
        match &e.kind {
            ExprKind::Other => Value::default(),
            ExprKind::Null => Value::object(Object::Null),
            ExprKind::Bool(value) => Value::object(Object::Bool(*value)),
            ExprKind::Int(value) => Value::object(Object::Int(*value)),
            ExprKind::Str(sym) => Value::object(Object::Text(*sym)),
            ExprKind::Name(name) => self.lookup(f, *name),
            ExprKind::Attr(base, name) => {
                let base = self.eval(f, base);
                self.attr(f, &base, *name, e.span)
            }
            ExprKind::Index(base, index) => {
                let base = self.eval(f, base);
                let index = self.eval(f, index);
                self.index(f, &base, &index, e.span)
            }
            ExprKind::Slice(base) => self.eval(f, base).without_objects(),
            ExprKind::Call(call) => self.call(f, call, e.span),
            ExprKind::Dict(pairs) => self.dict(f, pairs),
            ExprKind::List(items) | ExprKind::Tuple(items) => self.sequence(f, items),
            ExprKind::Starred(inner) => {
                let inner = self.eval(f, inner);
                self.element(at, &inner)
            }
            ExprKind::Format(pieces) => self.format(f, pieces, e.span),
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (self.eval(f, left), self.eval(f, right));
                self.binary(*op, &left, &right)
            }
            ExprKind::Compare(left, rest) => {
                self.compare(f, left, rest, e.span);
                Value::default()
            }
            ExprKind::Not(inner) => {
                self.eval(f, inner);
                Value::default()
            }
            ExprKind::Either(operands) => {
                let mut result = Value::default();
                for operand in operands {
                    let value = self.eval(f, operand);
                    result = result.join(&value);
                }
                result
            }
            ExprKind::Conditional { test, body, orelse } => {
                self.eval(f, test);
                let (body, orelse) = (self.eval(f, body), self.eval(f, orelse));
                body.join(&orelse)
            }
            ExprKind::Lambda(index) => {
                let func = self.program.function_in(f.module, *index);
                let object = self.closure(f, func);
                let value = Value::object(object);
                f.defined.push(value.clone());
                value
            }
            ExprKind::Comprehension(node) => self.comprehension(f, node, e.span),
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    // In a template what is yielded is printed.
                    let value = self.eval(f, value);
                    let value = if e.span == Span::default() { as_text(&value) } else { value };
                    f.yields = f.yields.join(&value);
                }
                Value::default()
            }
            ExprKind::Named(target, value) => {
                let value = self.eval(f, value);
                self.assign(f, target, &value, None, e.span);
                value
            }
        }
    }

    /// A variable, in the order of Python's scopes.
    pub(crate) fn lookup(&mut self, f: &mut Frame, name: Sym) -> Value {
        if let Some(variable) = f.get(name) {
            return variable.value.clone();
        }
        if let Some(value) = f.captured.field(Key::Name(name)) {
            return value.clone();
        }
        if let Some(value) = self.heap.get(Owner::Module(f.module), name) {
            return value;
        }
        self.builtin(name)
    }

    fn builtin(&mut self, name: Sym) -> Value {
        let text = self.text(name);
        if crate::models::is_builtin(&text) {
            let qualified = self.program.names.intern(&format!("builtins.{text}"));
            return Value::object(Object::Ext(qualified, crate::value::SiteId::default()));
        }
        Value::default()
    }

    pub(crate) fn index(&mut self, f: &Frame, base: &Value, index: &Value, span: Span) -> Value {
        let at = (f.func, span);
        let keys: Vec<Key> = index
            .objects()
            .iter()
            .filter_map(|object| match object {
                Object::Text(sym) => Some(Key::Name(*sym)),
                Object::Int(int) => u16::try_from(*int).ok().map(Key::At),
                _ => None,
            })
            .collect();
        let mut result = Value::default();
        if keys.is_empty() || keys.len() < index.objects().len() {
            result = self.project(at, base, Key::Any);
        }
        for key in keys {
            let member = self.project(at, base, key);
            result = result.join(&member);
        }
        for object in base.objects() {
            let member = self.external_index(f, object, index, span);
            result = result.join(&member);
        }
        result
    }

    fn dict(&mut self, f: &mut Frame, pairs: &[(Option<Expr>, Expr)]) -> Value {
        let mut dict = Value::default();
        for (key, value) in pairs {
            let value = self.eval(f, value);
            match key {
                None => {
                    let spread = value.without_objects();
                    dict = self.merge(&dict, &spread);
                }
                Some(key) => {
                    let key = self.eval(f, key);
                    dict = self.put(std::mem::take(&mut dict), &key, &value);
                }
            }
        }
        dict
    }

    /// `left` updated with all of `right`.
    pub(crate) fn merge(&mut self, left: &Value, right: &Value) -> Value {
        let mut merged = left.join(right);
        // What the right side names takes the place of what the left side had.
        if let Some(node) = right.node() {
            let fields: Vec<_> = node.fields.iter().map(|(k, v)| (*k, v.clone())).collect();
            for (key, value) in fields {
                merged.edit().fields.insert(key, value);
            }
        }
        merged
    }

    /// `base` with `base[key] = value`.
    pub(crate) fn put(&mut self, base: Value, key: &Value, value: &Value) -> Value {
        let mut texts = key.texts();
        let (first, more) = (texts.next(), texts.next().is_some());
        drop(texts);
        let int = key.objects().iter().find_map(|o| match o {
            Object::Int(int) => u16::try_from(*int).ok(),
            _ => None,
        });
        match (first, int) {
            (Some(name), _) if !more => {
                let mut changed = base;
                if !changed.is_literal_map() {
                    let text = self.text(name);
                    changed = self.narrow(&changed, &AttributeSet::all().without(&text));
                }
                changed.edit().fields.insert(Key::Name(name), value.clone());
                changed
            }
            (None, Some(at)) => {
                let mut changed = base;
                changed.edit().fields.insert(Key::At(at), value.clone());
                changed
            }
            _ => {
                let mut changed = base;
                if !value.is_nothing() {
                    let node = changed.edit();
                    node.rest = node.rest.join(value);
                }
                changed
            }
        }
    }

    fn sequence(&mut self, f: &mut Frame, items: &[Expr]) -> Value {
        let mut list = Value::default();
        let mut position = Some(0_u16);
        for item in items {
            let value = self.eval(f, item);
            if let ExprKind::Starred(_) = item.kind {
                position = None;
            }
            match position {
                Some(at) if at < 24 => {
                    list.edit().fields.insert(Key::At(at), value);
                    position = Some(at + 1);
                }
                _ => {
                    let node = list.edit();
                    node.rest = node.rest.join(&value);
                }
            }
        }
        list
    }

    fn format(&mut self, f: &mut Frame, pieces: &[Piece], span: Span) -> Value {
        let mut text = Value::default();
        // What stands at its front as far as it is known: `f"{BASE}/all"` is known to its end.
        let (mut front, mut whole) = (String::new(), true);
        for piece in pieces {
            let known = match piece {
                Piece::Text(sym) => Some(*sym),
                Piece::Value(value) => {
                    let value = self.eval(f, value);
                    let printed = self.printed(&value, span, f);
                    text = text.join(&printed);
                    value.text()
                }
            };
            whole &= known.is_some() && front.len() <= TEXT;
            if let Some(known) = known.filter(|_| whole) {
                front.push_str(self.program.names.text(known));
            }
        }
        if front.is_empty() {
            return text;
        }
        let front = self.program.names.intern(&front);
        text.with_object(if whole { Object::Text(front) } else { Object::Prefix(front) })
    }

    /// A value without its structure. Texts of a request that are members of a dictionary or list are no longer at
    /// hand as they came: Python prints members with their escapes.
    fn shown(&self, value: &Value) -> Value {
        let Some(node) = value.node() else { return Value::default() };
        let mut taints = node.taints.clone();
        for member in node.fields.values().chain([&node.rest]) {
            for taint in member.flatten() {
                let request = taint
                    .source()
                    .is_some_and(|source| matches!(self.sources.get(source).kind, SourceKind::Request { .. }));
                crate::value::add_taint(&mut taints, Taint { nested: taint.nested && !request, ..taint });
            }
        }
        Value::new(Node { taints, ..Node::default() })
    }

    /// What a value comes to as text: the request as a whole is one of those that say all when they are printed.
    pub(crate) fn printed(&mut self, value: &Value, span: Span, f: &Frame) -> Value {
        let mut text = as_text(&self.shown(value));
        let whole = value.objects().iter().any(|object| {
            self.is_named(object, "flask.request") || self.is_named(object, "chalice.Chalice().current_request")
        });
        if whole {
            let taint = self.request((f.func, span), None, None);
            text = text.join(&Value::taint(taint));
        }
        text
    }

    fn binary(&mut self, op: Operator, left: &Value, right: &Value) -> Value {
        match op {
            Operator::Or => {
                let merged = self.merge(&left.without_objects(), &right.without_objects());
                let merged = merged.with_conditions(left).with_conditions(right);
                // `Model | None`, as an annotation.
                let types = left.objects().iter().chain(right.objects());
                let types = types.filter(|object| matches!(object, Object::Class(_) | Object::Ext(..)));
                types.cloned().fold(merged, Value::with_object)
            }
            Operator::Add => {
                if let (Some(a), Some(b)) = (left.text(), right.text())
                    && left.objects().len() == 1
                    && right.objects().len() == 1
                {
                    let joined = format!("{}{}", self.program.names.text(a), self.program.names.text(b));
                    if joined.len() <= 4096 {
                        return Value::object(Object::Text(self.program.names.intern(&joined)));
                    }
                }
                let sum = left.without_objects().join(&right.without_objects());
                match left.text() {
                    Some(front) => sum.with_object(Object::Prefix(front)),
                    None => sum,
                }
            }
            Operator::Modulo => {
                // `%d` takes numbers and nothing else.
                let numbers = left.text().is_some_and(|text| {
                    let text = self.program.names.text(text);
                    text.contains("%d") && text.matches('%').count() == text.matches("%d").count()
                });
                let right = if numbers { Value::default() } else { right.blurred() };
                let sum = as_text(&left.blurred().join(&right));
                match left.text() {
                    Some(front) => sum.with_object(Object::Prefix(front)),
                    None => sum,
                }
            }
            // `Key('a').eq(x) & Key('b').eq(y)`
            Operator::Other => left.blurred().join(&right.blurred()).with_conditions(left).with_conditions(right),
        }
    }

    fn compare(&mut self, f: &mut Frame, left: &Expr, rest: &[(Comparison, Expr)], span: Span) {
        let mut left = self.eval(f, left);
        for (comparison, right) in rest {
            let right = self.eval(f, right);
            if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
                self.compared(f, &left, &right, span);
                self.comparison_site(f, &left, &right, span);
            }
            left = right;
        }
    }

    /// The place that an expression names, if it is one that can be changed: `a`, `a['b']`, `a.b`.
    pub(crate) fn path(&mut self, f: &mut Frame, e: &Expr) -> Option<Path> {
        match &e.kind {
            ExprKind::Name(name) => f.get(*name).map(|_| Path { root: *name, keys: Vec::new() }),
            ExprKind::Index(base, index) => {
                let mut path = self.path(f, base)?;
                path.keys.push(match index.kind {
                    ExprKind::Str(sym) => Key::Name(sym),
                    ExprKind::Int(int) => u16::try_from(int).map_or(Key::Any, Key::At),
                    _ => self.eval(f, index).text().map_or(Key::Any, Key::Name),
                });
                Some(path)
            }
            ExprKind::Attr(base, name) => {
                let mut path = self.path(f, base)?;
                path.keys.push(Key::Name(*name));
                Some(path)
            }
            ExprKind::Call(call) => {
                // `response.get('Items', [])` and `response['Items']` are the same place.
                let ExprKind::Attr(base, method) = &call.callee.kind else { return None };
                let first = call.args.first()?;
                if &*self.text(*method) != "get" {
                    return None;
                }
                let ExprKind::Str(key) = first.kind else { return None };
                let mut path = self.path(f, base)?;
                path.keys.push(Key::Name(key));
                Some(path)
            }
            _ => None,
        }
    }

    pub(crate) fn set_plain(&mut self, f: &mut Frame, name: Sym, value: Value) {
        f.set(name, Variable { value, alias: None });
    }
}

/// What is printed of an exception is its text.
pub(crate) fn as_text(value: &Value) -> Value {
    value.map_taints(&mut |taint| match taint.shape {
        Shape::Exception | Shape::ErrorText => Some(Taint { shape: Shape::Message, ..taint.clone() }),
        _ => Some(taint.clone()),
    })
}

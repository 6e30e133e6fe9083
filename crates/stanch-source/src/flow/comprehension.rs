use stanch_api::AttributeSet;

use super::{Engine, Frame};
use crate::ir::{Comparison, Comprehension, Expr, ExprKind, Span, Sym};
use crate::value::{Key, Shape, Value};

impl Engine {
    /// A comprehension, in a scope of its own.
    pub(crate) fn comprehension(&mut self, f: &mut Frame, node: &Comprehension, span: Span) -> Value {
        let outer = f.state.clone();
        let mut allowed = AttributeSet::all();
        for clause in &node.clauses {
            let iter = self.eval(f, &clause.iter);
            let at = (f.func, clause.iter.span);
            let element = self.element(at, &iter);
            let alias = self.path(f, &clause.iter).map(|mut path| {
                path.keys.push(Key::Each);
                path
            });
            self.assign(f, &clause.target, &element, alias, clause.iter.span);
            for test in &clause.tests {
                if let (Some(name), Some(_)) = (key_name(&clause.target), &node.key)
                    && let Some(set) = self.key_test(f, name, test)
                {
                    allowed = allowed.intersection(&set);
                }
                self.eval(f, test);
            }
        }
        let result = match &node.key {
            None => {
                let value = self.eval(f, &node.value);
                Value::list(value)
            }
            Some(key) => {
                let key_value = self.eval(f, key);
                let value = self.eval(f, &node.value);
                self.dict_comprehension(f, node, &key_value, value, &allowed, span)
            }
        };
        f.state = outer;
        result
    }

    /// `{k: v for k, v in item.items() if …}` keeps being an item, less what the tests keep out; and
    /// `{k: item[k] for k in ('a', 'b')}` picks fields.
    fn dict_comprehension(
        &mut self,
        f: &mut Frame,
        node: &Comprehension,
        key: &Value,
        value: Value,
        allowed: &AttributeSet,
        span: Span,
    ) -> Value {
        let names: Vec<Sym> = key.texts().collect();
        if !names.is_empty()
            && names.len() == key.objects().len()
            && let ([clause], ExprKind::Index(base, index)) = (&node.clauses[..], &node.value.kind)
            && same_name(&clause.target, index)
        {
            let base = self.eval(f, base);
            let mut dict = Value::default();
            for name in names {
                let member = self.project((f.func, span), &base, Key::Name(name));
                dict.edit().fields.insert(Key::Name(name), member);
            }
            return dict;
        }
        let [clause] = &node.clauses[..] else { return Value::list(value) };
        if key_name(&clause.target).is_some()
            && let ExprKind::Call(call) = &clause.iter.kind
            && let ExprKind::Attr(base, method) = &call.callee.kind
        {
            let changed = value.taints().iter().any(|t| t.shape == Shape::Attribute)
                || value.flatten().iter().any(|t| t.source().is_none());
            if &*self.text(*method) == "items" && changed {
                let base = self.eval(f, base).without_objects();
                return self.narrow(&base, allowed);
            }
        }
        Value::list(value)
    }

    /// The keys that a test on the key variable of a comprehension lets through.
    pub(crate) fn key_test(&mut self, f: &mut Frame, name: Sym, test: &Expr) -> Option<AttributeSet> {
        match &test.kind {
            ExprKind::Compare(left, rest) => {
                let [(comparison, right)] = &rest[..] else { return None };
                if !matches!(&left.kind, ExprKind::Name(n) if *n == name) {
                    return None;
                }
                let right = self.eval(f, right);
                let mut names: Vec<String> = right.texts().map(|sym| self.text(sym).to_string()).collect();
                if let Some(node) = right.node() {
                    for value in node.fields.values() {
                        names.extend(value.texts().map(|sym| self.program.names.text(sym).to_owned()));
                    }
                    for key in node.fields.keys() {
                        if let Key::Name(sym) = key {
                            names.push(self.program.names.text(*sym).to_owned());
                        }
                    }
                }
                let all_but =
                    |names: Vec<String>| names.iter().fold(AttributeSet::all(), |set, name| set.without(name));
                match comparison {
                    _ if names.is_empty() => None,
                    Comparison::Equal | Comparison::In => Some(AttributeSet::only(names)),
                    Comparison::NotEqual | Comparison::NotIn => Some(all_but(names)),
                    Comparison::Other => None,
                }
            }
            ExprKind::Not(inner) => match self.key_test(f, name, inner)? {
                AttributeSet::Only(names) => Some(AttributeSet::AllBut(names)),
                AttributeSet::AllBut(names) => Some(AttributeSet::Only(names)),
            },
            _ => None,
        }
    }
}

/// The variable for keys: the first of a pair, or the only one.
fn key_name(target: &Expr) -> Option<Sym> {
    match &target.kind {
        ExprKind::Name(name) => Some(*name),
        ExprKind::Tuple(parts) => match parts.first()?.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn same_name(a: &Expr, b: &Expr) -> bool {
    matches!((&a.kind, &b.kind), (ExprKind::Name(a), ExprKind::Name(b)) if a == b)
}

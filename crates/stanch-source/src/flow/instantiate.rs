use super::{Engine, Frame};
use crate::ir::Span;
use crate::value::{Node, Note, Object, Origin, Taint, Value};

impl Engine {
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

fn holds_closure(node: &Node) -> bool {
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

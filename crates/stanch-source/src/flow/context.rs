use std::rc::Rc;

use super::Engine;
use crate::value::{FuncId, Key, Node, Object, Origin, Taint, Value};

/// Most kinds of arguments that are told apart for one function: first with literals, then without.
const CONTEXTS: usize = 12;
const COARSE: usize = 18;
/// Most of them where an argument or a captured variable is a function.
const WRAPPED: usize = 256;
/// How often a function may stand in the chain of its own calls before its arguments are told apart less.
const RECURSION: u32 = 1;
/// The same where an argument is a function: a wrapper around a wrapper is no recursion.
const RECURSION_WRAPPED: u32 = 8;

impl Engine {
    /// What is told apart of the arguments: what each is as an object, and whether anything taints it.
    pub(super) fn context(&mut self, func: FuncId, args: &[Value]) -> Rc<[Value]> {
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

/// What stands in a context for an argument that something taints, beside its kinds.
fn tainted_mark() -> Taint {
    Taint::of(Origin::Param { index: u16::MAX, path: Rc::default() })
}

/// The kinds in a context, and whether the argument is tainted.
pub(super) fn unmarked(context: &Value) -> (Value, bool) {
    if context.taints().is_empty() {
        return (context.clone(), false);
    }
    let mut kinds = context.clone();
    kinds.edit().taints.clear();
    (kinds.normal(), true)
}

/// The parameter as a value: of the kind that the context says, tainted by itself.
pub(super) fn with_parameter(kind: &Value, index: usize, path: &[Key], tainted: bool) -> Value {
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

fn without_literals(value: &Value) -> Value {
    let Some(node) = value.node() else { return Value::default() };
    let keep = |object: &&Object| {
        !matches!(object, Object::Text(_) | Object::Prefix(_) | Object::Int(_) | Object::Bool(_) | Object::Null)
    };
    let objects = node.objects.iter().filter(keep).cloned().collect();
    let fields = node.fields.iter().map(|(key, value)| (*key, without_literals(value))).collect();
    Value::new(Node { objects, fields, taints: Vec::new(), rest: without_literals(&node.rest) })
}

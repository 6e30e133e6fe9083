use std::collections::BTreeMap;

use stanch_api::AttributeSet;

use crate::facts::SourceKind;
use crate::flow::{Engine, Frame};
use crate::ir::{Span, Sym};
use crate::value::{FuncId, Object, Shape, Value};

/// One variable that the code reads.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) default: Option<Sym>,
    pub(crate) required: bool,
    pub(crate) at: (FuncId, Span),
    pub(crate) used_as: std::collections::BTreeSet<&'static str>,
}

/// Environment variables by name.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) reads: BTreeMap<Sym, Read>,
}

impl Environment {
    /// Notes what a value that can come from the environment is used as.
    pub(crate) fn used(&mut self, objects: &[Object], used_as: &'static str) {
        for object in objects {
            if let Object::Variable(name) = object
                && let Some(read) = self.reads.get_mut(name)
            {
                read.used_as.insert(used_as);
            }
        }
    }
}

impl Engine {
    /// `os.environ[name]`, `os.environ.get(name, default)`, `os.getenv(name, default)`.
    pub(super) fn environment_read(
        &mut self,
        f: &Frame,
        index: &Value,
        default: Option<Value>,
        required: bool,
        span: Span,
    ) -> Value {
        let Some(name) = index.text() else { return default.unwrap_or_default() };
        let text = self.text(name);
        let literal = default.as_ref().and_then(Value::text);
        let read = self.environment.reads.entry(name).or_insert_with(|| Read {
            default: literal,
            required: false,
            at: (f.func, span),
            used_as: std::collections::BTreeSet::new(),
        });
        read.required |= required;
        if read.default.is_none() {
            read.default = literal;
        }
        if stanch_secrets::names::key_kind(&text).is_some() {
            read.used_as.insert("secret");
        }
        let kind = SourceKind::Environment { name: Some(text.to_string()) };
        let taint = self.begin((f.func, span), kind, Shape::Opaque, None, AttributeSet::all());
        let value = Value::taint(taint).with_object(Object::Variable(name));
        match default {
            Some(default) => value.join(&default),
            None => value,
        }
    }
}

use std::collections::BTreeSet;

use stanch_api::AttributeSet;

use crate::flow::{Args, Engine, Owner};
use crate::ir::{Span, Sym};
use crate::value::{ClassId, FuncId, Key, Object, Value};

impl Engine {
    /// The fields of a schema or model class; none if it is no such class.
    pub(crate) fn class_fields(&mut self, class: ClassId) -> Option<AttributeSet> {
        let schema = self.descends(class, |base| {
            base.starts_with("pydantic.")
                || base.starts_with("marshmallow.")
                || base.ends_with(".Schema")
                || base.starts_with("sqlmodel.")
        });
        if !schema {
            return None;
        }
        let mut names = BTreeSet::new();
        for class in self.ancestry(class).iter().copied() {
            let body = self.program.class(class).body;
            let annotated = self.heap.members(Owner::Annotation(body)).map(|(name, _)| name);
            let assigned = self
                .heap
                .members(Owner::Class(class))
                .filter(|(_, value)| value.objects().iter().any(|object| matches!(object, Object::Ext(..))));
            for name in annotated.chain(assigned.map(|(name, _)| name)) {
                names.insert(self.program.names.text(name).to_owned());
            }
        }
        (!names.is_empty()).then_some(AttributeSet::Only(names))
    }

    /// The fields of a schema or model class with what stands for each: its annotation or what it is given.
    pub(super) fn field_values(&mut self, class: ClassId) -> Vec<(Sym, Value)> {
        let mut fields = Vec::new();
        for class in self.ancestry(class).iter().copied() {
            let body = self.program.class(class).body;
            let members = self.heap.members(Owner::Annotation(body)).chain(self.heap.members(Owner::Class(class)));
            fields.extend(members.map(|(name, value)| (name, value.clone())));
        }
        fields
    }

    /// An instance of a model made of keyword arguments: only declared fields are kept where it is a schema.
    pub(crate) fn model_fields(&mut self, class: ClassId, value: &Value) -> Value {
        match self.class_fields(class) {
            Some(set) => self.narrow(value, &set),
            None => value.clone(),
        }
    }

    /// A parameter with an annotation: an instance of the app's class.
    pub(crate) fn annotated(&mut self, value: &Value, annotation: &Value) -> Value {
        let mut value = value.clone();
        for object in annotation.objects() {
            if let Object::Class(class) = object {
                value = value.with_object(Object::Instance(*class));
            }
            // `app: Flask`: an extension is given the app it is made for.
            if let Object::Ext(name, site) = object
                && matches!(self.program.names.text(*name), "flask.Flask" | "flask.Blueprint" | "chalice.Chalice")
            {
                let made = self.program.names.called(*name);
                value = value.with_object(Object::Ext(made, *site));
            }
        }
        value
    }

    /// FastAPI: what is not in the path comes from the body, if its type is a model, or from the query.
    pub(crate) fn body_parameters(&mut self, func: FuncId, args: &mut Args<'_>) {
        let ir = self.program.func(func).ir.clone();
        let span: Span = ir.span;
        for param in &ir.params {
            if args.keywords.iter().any(|(name, _)| *name == param.name) {
                continue;
            }
            let default = self.heap.get(Owner::Default(func), param.name).unwrap_or_default();
            let depends = param.default.is_some()
                && default.objects().iter().any(|o| !matches!(o, Object::Null | Object::Ext(..) | Object::Text(_)));
            if depends || !default.taints().is_empty() {
                continue;
            }
            let name: Sym = param.name;
            let text = self.text(name);
            let annotation = self.heap.get(Owner::Annotation(func), name).unwrap_or_default();
            let model = annotation.objects().iter().find_map(|object| match object {
                Object::Class(class) => Some(*class),
                _ => None,
            });
            let header = default.objects().iter().any(|object| self.is_named(object, "fastapi.Header()"));
            let value = match model.and_then(|class| self.class_fields(class).map(|set| (class, set))) {
                Some((class, AttributeSet::Only(names))) => {
                    let mut value = Value::object(Object::Instance(class));
                    for name in names {
                        let taint = self.request((func, span), Some(stanch_api::ParameterLocation::Json), Some(&name));
                        let key = Key::Name(self.program.names.intern(&name));
                        value.edit().fields.insert(key, Value::taint(taint));
                    }
                    value
                }
                _ => {
                    let library = annotation.objects().iter().any(|object| match object {
                        Object::Ext(name, _) => !self.program.names.text(*name).starts_with("builtins."),
                        _ => false,
                    });
                    if library {
                        continue;
                    }
                    let (location, name) = match header {
                        true => (stanch_api::ParameterLocation::Header, text.replace('_', "-")),
                        false => (stanch_api::ParameterLocation::Query, text.to_string()),
                    };
                    Value::taint(self.request((func, span), Some(location), Some(&name)))
                }
            };
            args.keywords.push((name, value));
        }
    }
}

use std::collections::BTreeSet;

use stanch_api::AttributeSet;

use crate::flow::{Engine, Owner};
use crate::ir::Sym;
use crate::value::{ClassId, Object, Value};

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
            let annotated = self.heap.members(Owner::Annotation(body)).into_iter().map(|(name, _)| name);
            let members = self.heap.members(Owner::Class(class));
            let assigned = members
                .iter()
                .filter(|(_, value)| value.objects().iter().any(|object| matches!(object, Object::Ext(..))));
            for name in annotated.chain(assigned.map(|(name, _)| *name)) {
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
            fields.extend(self.heap.members(Owner::Annotation(body)));
            fields.extend(self.heap.members(Owner::Class(class)));
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
}

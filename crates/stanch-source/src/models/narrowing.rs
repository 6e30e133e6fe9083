use stanch_api::AttributeSet;

use crate::flow::Engine;
use crate::ir::Sym;
use crate::value::{Key, Node, Object, Value};

/// Deepest nesting of models that is told apart.
const DEPTH: usize = 4;

/// What a response model lets through: the fields of the whole, and those of the members that are models themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) set: AttributeSet,
    pub(crate) inner: Vec<(Sym, Self)>,
}

impl Model {
    fn all() -> Self {
        Self { set: AttributeSet::all(), inner: Vec::new() }
    }
}

impl Engine {
    /// The model that a value stands for: a class, a dictionary of fields, a list with one of these in it.
    pub(crate) fn model_of(&mut self, value: &Value) -> Model {
        self.model_at(value, DEPTH)
    }

    fn model_at(&mut self, value: &Value, depth: usize) -> Model {
        if depth == 0 {
            return Model::all();
        }
        for object in value.objects().to_vec() {
            if let Object::Class(class) | Object::Instance(class) = object
                && let Some(set) = self.class_fields(class)
            {
                let fields = self.field_values(class);
                return Model { set, inner: self.inner_models(fields, depth - 1) };
            }
        }
        let named: Vec<(Sym, Value)> = value
            .node()
            .into_iter()
            .flat_map(|node| &node.fields)
            .filter_map(|(key, field)| match key {
                Key::Name(sym) => Some((*sym, field.clone())),
                _ => None,
            })
            .collect();
        if !named.is_empty() {
            let set = AttributeSet::only(named.iter().map(|(name, _)| self.program.names.text(*name).to_owned()));
            return Model { set, inner: self.inner_models(named, depth - 1) };
        }
        // `List[Model]`, `[Model]`, `fields.Nested(model)`: the model of the elements.
        match value.field(Key::At(0)).cloned() {
            Some(inner) => self.model_at(&inner, depth - 1),
            None => Model::all(),
        }
    }

    fn inner_models(&mut self, fields: Vec<(Sym, Value)>, depth: usize) -> Vec<(Sym, Model)> {
        let models = fields.into_iter().map(|(name, field)| (name, self.model_at(&field, depth)));
        models.filter(|(_, model)| *model != Model::all()).collect()
    }

    /// The value after it went through a model.
    pub(crate) fn through(&self, value: &Value, model: &Model) -> Value {
        let narrowed = self.narrow(value, &model.set);
        if model.inner.is_empty() { narrowed } else { self.members_through(&narrowed, model, DEPTH) }
    }

    fn members_through(&self, value: &Value, model: &Model, depth: usize) -> Value {
        let Some(node) = value.node().filter(|_| depth > 0) else { return value.clone() };
        let fields = node.fields.iter().map(|(key, field)| {
            let field = match key {
                Key::Name(sym) => match model.inner.iter().find(|(name, _)| name == sym) {
                    Some((_, inner)) => self.through(field, inner),
                    None => field.clone(),
                },
                Key::At(_) | Key::Any | Key::Each => self.members_through(field, model, depth - 1),
            };
            (*key, field)
        });
        let rest = self.members_through(&node.rest, model, depth - 1);
        Value::new(Node { taints: node.taints.clone(), objects: node.objects.clone(), fields: fields.collect(), rest })
    }
}

use std::rc::Rc;

use stanch_api::AttributeSet;

use super::Engine;
use crate::facts::SourceKind;
use crate::ir::Span;
use crate::value::{FuncId, Key, Origin, Shape, Taint, Value, WRITTEN_ATTRIBUTES, add_taint};

/// Longest path of a parameter that is told apart; a longer one stands for all below it.
const PATH: usize = 4;

impl Engine {
    /// The member of a value: `value[key]`, `value.key`, or one element.
    pub(crate) fn project(&mut self, at: (FuncId, Span), value: &Value, key: Key) -> Value {
        let Some(node) = value.node() else { return Value::default() };
        if key == Key::Each {
            return self.element(at, value);
        }
        if let Some(field) = node.fields.get(&key) {
            return field.clone();
        }
        let mut taints = Vec::new();
        for taint in &node.taints {
            if let Some(member) = self.project_taint(at, taint, key) {
                add_taint(&mut taints, member);
            }
        }
        let mut result = Value::of_taints(taints);
        match key {
            Key::Any | Key::Each => {
                for field in node.fields.values() {
                    result = result.join(field);
                }
                result.join(&node.rest)
            }
            Key::At(_) | Key::Name(_) => result.join(&node.rest),
        }
    }

    fn project_taint(&mut self, at: (FuncId, Span), taint: &Taint, key: Key) -> Option<Taint> {
        let name = match key {
            Key::Name(sym) => Some(self.text(sym)),
            Key::At(_) | Key::Any | Key::Each => None,
        };
        if taint.is_unknown() {
            return Some(Taint::of(Origin::Unknown(None)));
        }
        if let Origin::Param { index, path } = &taint.origin {
            // The attributes that were let through are those of the item, or of each item of the list.
            let dropped = name.as_deref().is_some_and(|name| !taint.attributes.contains(name));
            if dropped {
                return None;
            }
            if path.len() >= PATH {
                return Some(taint.clone());
            }
            let path = path.iter().copied().chain([key]).collect::<Rc<[Key]>>();
            let attributes = if name.is_some() { Rc::new(AttributeSet::all()) } else { taint.attributes.clone() };
            return Some(Taint { origin: Origin::Param { index: *index, path }, attributes, ..taint.clone() });
        }
        let shaped = |shape: Shape| Some(Taint { shape, ..taint.clone() });
        if matches!(name.as_deref(), Some("NewImage" | "OldImage"))
            && matches!(self.sources.get(taint.source()?).kind, SourceKind::Request { .. })
        {
            let image = self.begin(at, SourceKind::StreamImage, Shape::Item, None, AttributeSet::all());
            return Some(Taint { trail: taint.trail.push(at.0, at.1, crate::value::Note::Source), ..image });
        }
        match taint.shape {
            Shape::Opaque => match name.as_deref() {
                Some("ResponseMetadata" | "status_code" | "Count" | "ScannedCount") => None,
                Some(name) if crate::models::is_harmless_member(&self.sources.get(taint.source()?).kind, name) => None,
                _ => Some(taint.clone()),
            },
            Shape::Attribute => Some(Taint { nested: false, ..taint.clone() }),
            Shape::Read => match name.as_deref() {
                Some("Item") => shaped(Shape::Item),
                Some("Items") => shaped(Shape::Items),
                Some("Responses") => shaped(Shape::Batch),
                Some("LastEvaluatedKey" | "NextToken") => {
                    let source = self.sources.get(taint.source()?).clone();
                    let place = (source.func, source.span);
                    let token =
                        self.begin(place, SourceKind::PageToken, Shape::Item, source.table, AttributeSet::all());
                    Some(Taint { trail: taint.trail.clone(), ..token })
                }
                None if key == Key::Any => Some(taint.clone()),
                _ => None,
            },
            Shape::Written => match name.as_deref() {
                Some(WRITTEN_ATTRIBUTES) => shaped(Shape::Item),
                None if key == Key::Any => Some(taint.clone()),
                _ => None,
            },
            Shape::Pages => shaped(Shape::Read),
            Shape::Batch => match key {
                Key::Name(_) => shaped(Shape::Items),
                Key::At(_) => shaped(Shape::Read),
                // By a table's name that is not known, or one of a transaction's responses.
                Key::Any | Key::Each => shaped(Shape::Items),
            },
            Shape::Items => match name.as_deref() {
                // A transaction's response, seen as an item of a batch.
                Some("Item") => shaped(Shape::Item),
                Some(name) => self.attribute(at, taint, name),
                None => shaped(Shape::Item),
            },
            Shape::Pairs => match key {
                Key::At(0) => None,
                Key::At(_) => shaped(Shape::Attribute),
                Key::Any | Key::Each | Key::Name(_) => Some(taint.clone()),
            },
            Shape::Item => match name.as_deref() {
                Some("Item") if taint.attributes.is_open() => Some(taint.clone()),
                Some(name) => self.attribute(at, taint, name),
                None => shaped(Shape::Attribute),
            },
            Shape::RequestPart => {
                let SourceKind::Request { location, .. } = self.sources.get(taint.source()?).kind.clone() else {
                    return Some(taint.clone());
                };
                let member = match (location, name.as_deref()) {
                    (Some(location), Some(name)) => self.request(at, Some(location), Some(name)),
                    _ => return Some(Taint { shape: Shape::RequestPart, ..taint.clone() }),
                };
                Some(Taint { trail: taint.trail.push(at.0, at.1, crate::value::Note::Source), ..member })
            }
            // `text['Items']` raises.
            Shape::Message => name.is_none().then(|| taint.clone()),
            Shape::Exception | Shape::ErrorText => match name.as_deref() {
                Some(
                    "code" | "detail" | "description" | "status_code" | "returncode" | "errno" | "Code"
                    | "HTTPStatusCode" | "RequestId",
                ) => None,
                // An object that no response can hold either.
                Some("__traceback__" | "__cause__" | "__context__") => shaped(Shape::Exception),
                // Its text, its response, its arguments: what can be sent.
                _ => shaped(Shape::ErrorText),
            },
            Shape::Named => {
                let name = name?;
                let kind = match self.sources.get(taint.source()?).kind {
                    SourceKind::Environment { .. } => SourceKind::Environment { name: Some(name.to_string()) },
                    SourceKind::Config { .. } => SourceKind::Config { name: Some(name.to_string()) },
                    _ => return Some(taint.clone()),
                };
                Some(self.begin(at, kind, Shape::Opaque, None, AttributeSet::all()))
            }
        }
    }

    /// One attribute of an item, which tells that the table has it.
    fn attribute(&mut self, at: (FuncId, Span), taint: &Taint, name: &str) -> Option<Taint> {
        if let Some(table) = self.sources.get(taint.source()?).table {
            self.tables.read(table, name, at);
        }
        taint.attributes.contains(name).then(|| Taint {
            shape: Shape::Attribute,
            attributes: Rc::new(AttributeSet::only([name])),
            ..taint.clone()
        })
    }

    /// One element of a value that is iterated over: keys of a mapping are harmless, elements of a list are not.
    pub(crate) fn element(&mut self, at: (FuncId, Span), value: &Value) -> Value {
        let Some(node) = value.node() else { return Value::default() };
        let mut result = node.rest.clone();
        for (key, field) in &node.fields {
            if matches!(key, Key::At(_) | Key::Any) {
                result = result.join(field);
            }
        }
        let mut taints = Vec::new();
        for taint in &node.taints {
            let harmless = matches!(taint.shape, Shape::Item | Shape::Read | Shape::Written | Shape::Named);
            let pair = taint.shape == Shape::Pairs;
            if harmless {
                continue;
            }
            let element = if pair { Some(taint.clone()) } else { self.project_taint(at, taint, Key::Each) };
            if let Some(element) = element {
                add_taint(&mut taints, element);
            }
        }
        result.join(&Value::of_taints(taints))
    }
}

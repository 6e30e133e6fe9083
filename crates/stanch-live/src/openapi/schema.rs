use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use stanch_api::ParameterLocation;

use super::reference::References;
use super::{Parameter, Shape};

/// Schema nodes that may still be looked at: in all, and for the example at hand.
pub(super) struct Budget {
    all: usize,
    one: usize,
}

impl Budget {
    /// `nodes` for everything made of one description.
    pub(super) const fn new(nodes: usize) -> Self {
        Self { all: nodes, one: EXAMPLE }
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.all == 0
    }

    pub(super) const fn begin(&mut self) {
        self.one = EXAMPLE;
    }

    const fn spend(&mut self) -> bool {
        self.all = self.all.saturating_sub(1);
        self.one = self.one.saturating_sub(1);
        self.all > 0 && self.one > 0
    }
}

/// Values in one example; no honest request is larger.
const EXAMPLE: usize = 400;
/// Levels of a schema that an example is made of; a schema that refers to itself ends here.
const DEPTH: usize = 8;
/// Properties of one object that are taken.
const WIDTH: usize = 200;

/// What a value of this schema has to look like.
pub(super) fn shape<'d>(schema: &'d Value, references: &References<'d>, budget: &mut Budget) -> Shape {
    budget.begin();
    let schema = single(schema, references);
    let given = own_example(schema);
    let example_given = given.is_some();
    Shape {
        kind: kind(schema).unwrap_or_default().to_owned(),
        format: schema.get("format").and_then(Value::as_str).unwrap_or_default().to_owned(),
        allowed: schema.get("enum").and_then(Value::as_array).into_iter().flatten().take(50).cloned().collect(),
        example: given.unwrap_or_else(|| example(schema, references, budget, 0)),
        example_given,
    }
}

/// The properties of an object schema as parameters of the given place.
pub(super) fn properties<'d>(
    schema: &'d Value,
    location: ParameterLocation,
    references: &References<'d>,
    budget: &mut Budget,
) -> Vec<Parameter> {
    let mut fields = Vec::new();
    let mut required = BTreeSet::new();
    gather(schema, references, &mut Vec::new(), &mut fields, &mut required);
    let mut parameters: Vec<Parameter> = Vec::new();
    for (name, schema) in fields.into_iter().take(WIDTH) {
        if schema.get("readOnly").and_then(Value::as_bool) == Some(true) || parameters.iter().any(|p| p.name == *name) {
            continue;
        }
        let shape = shape(schema, references, budget);
        parameters.push(Parameter { name: name.clone(), location, required: required.contains(name.as_str()), shape });
    }
    parameters
}

/// The names of all properties at any level.
pub(super) fn names<'d>(
    schema: &'d Value,
    references: &References<'d>,
    budget: &mut Budget,
    depth: usize,
    names: &mut BTreeSet<String>,
) {
    if depth > DEPTH || names.len() > 1000 || !budget.spend() {
        return;
    }
    let schema = references.resolve(schema);
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten().take(WIDTH) {
        names.insert(name.clone());
        self::names(property, references, budget, depth + 1, names);
    }
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
    let single = ["items", "additionalProperties"].into_iter().filter_map(|word| schema.get(word));
    for part in lists.chain(single).take(WIDTH) {
        self::names(part, references, budget, depth + 1, names);
    }
}

/// An honest value after the schema.
fn example<'d>(schema: &'d Value, references: &References<'d>, budget: &mut Budget, depth: usize) -> Value {
    let schema = single(schema, references);
    if depth > DEPTH || !budget.spend() {
        return Value::Null;
    }
    if let Some(example) = own_example(schema) {
        return example;
    }
    match kind(schema).unwrap_or_default() {
        "object" => {
            let mut fields = Vec::new();
            gather(schema, references, &mut Vec::new(), &mut fields, &mut BTreeSet::new());
            let mut object = Map::new();
            for (name, property) in fields.into_iter().take(WIDTH) {
                if property.get("readOnly").and_then(Value::as_bool) != Some(true) {
                    object.insert(name.clone(), example(property, references, budget, depth + 1));
                }
            }
            Value::Object(object)
        }
        "array" => match schema.get("items") {
            Some(items) => Value::Array(vec![example(items, references, budget, depth + 1)]),
            None => Value::Array(Vec::new()),
        },
        "integer" => schema.get("minimum").filter(|minimum| minimum.is_number()).cloned().unwrap_or_else(|| json!(1)),
        "number" => schema.get("minimum").filter(|minimum| minimum.is_number()).cloned().unwrap_or_else(|| json!(1.5)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => Value::String(text(schema)),
    }
}

fn text(schema: &Value) -> String {
    let fixed = match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
        "uuid" => "3f2b8c1e-5d4a-4f6b-9a7c-0e1d2c3b4a59",
        "date" => "2024-05-17",
        "date-time" => "2024-05-17T09:30:00Z",
        "time" => "09:30:00",
        "email" => "someone@example.com",
        "uri" | "url" => "https://example.com/",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" => "dGV4dA==",
        _ => "text",
    };
    let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(1000);
    let missing = usize::try_from(least).unwrap_or(0).saturating_sub(fixed.len());
    format!("{fixed}{}", "x".repeat(missing))
}

/// What the schema itself shows: example, constant, default, first allowed value.
fn own_example(schema: &Value) -> Option<Value> {
    let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|list| list.first());
    schema
        .get("example")
        .or_else(|| first("examples"))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default").filter(|default| !default.is_null()))
        .or_else(|| first("enum"))
        .cloned()
}

/// The type; of the list that 3.1 allows, the first that is not null; guessed from the words used if there is none.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => Some(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => Some("object"),
        _ if schema.get("items").is_some() => Some("array"),
        _ => None,
    }
}

/// The schema that a reference, or the first real choice of `oneOf` and `anyOf`, leads to.
fn single<'d>(schema: &'d Value, references: &References<'d>) -> &'d Value {
    let mut schema = references.resolve(schema);
    for _ in 0..DEPTH {
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let Some(choices) = choices.filter(|_| schema.get("properties").is_none()) else { break };
        let real = choices.iter().map(|choice| references.resolve(choice)).find(|choice| kind(choice) != Some("null"));
        match real {
            Some(choice) => schema = choice,
            None => break,
        }
    }
    schema
}

/// Schemas that one object may be joined from.
const JOINED: usize = 64;

/// Properties of an object and of all that `allOf` joins to it, and the names of those required. Each schema is joined
/// once: one that joins itself, twice at every level, would double with each.
fn gather<'d>(
    schema: &'d Value,
    references: &References<'d>,
    joined: &mut Vec<&'d Value>,
    fields: &mut Vec<(&'d String, &'d Value)>,
    required: &mut BTreeSet<&'d str>,
) {
    let schema = single(schema, references);
    let known = joined.iter().any(|other| std::ptr::eq(*other, schema));
    if known || joined.len() >= JOINED || fields.len() > WIDTH {
        return;
    }
    joined.push(schema);
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten().take(50) {
        gather(part, references, joined, fields, required);
    }
    fields.extend(schema.get("properties").and_then(Value::as_object).into_iter().flatten().take(WIDTH));
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.extend(names.filter_map(Value::as_str));
}

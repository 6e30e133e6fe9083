use serde_json::{Map, Value};
use stanch_api::{Method, ParameterLocation};

use super::reference::References;
use super::schema::{self, Budget};
use super::{ApiDescription, Body, BodyKind, OPERATION_LIMIT, Operation, Parameter, text_of};

/// Parameters of one operation that are taken.
const PARAMETER_LIMIT: usize = 200;

/// Takes every operation out of `paths`.
pub(super) fn operations<'d>(
    document: &'d Map<String, Value>,
    paths: &'d Map<String, Value>,
    references: &References<'d>,
    description: &mut ApiDescription,
) {
    // One budget for all examples of the description: 100,000 operations that share one large schema must not
    // multiply it.
    let mut budget = Budget::new(300_000);
    let secured_by_default = document.get("security").is_some_and(asks_for_credentials);
    let mut left_out = 0_usize;
    for (path, item) in paths {
        if !path.starts_with('/') {
            if !path.starts_with("x-") {
                references.tell(format!("the path `{path}` does not start with a slash and was left out"));
            }
            continue;
        }
        let item = references.resolve(item);
        let Some(fields) = item.as_object() else {
            references.tell(format!("the path `{path}` has no operations"));
            continue;
        };
        for (name, operation) in fields {
            let Some(method) = Method::from_name(name) else { continue };
            let operation = references.resolve(operation);
            if !operation.is_object() {
                references.tell(format!("`{name} {path}` is no operation"));
                continue;
            }
            if description.operations.len() >= OPERATION_LIMIT {
                left_out += 1;
                continue;
            }
            let shared = item.get("parameters");
            description.operations.push(self::operation(
                method,
                path,
                [shared, operation.get("parameters")],
                operation,
                secured_by_default,
                references,
                &mut budget,
            ));
        }
    }
    if left_out > 0 {
        let taken = description.operations.len();
        description.problems.push(format!("{left_out} operations beyond the first {taken} were left out"));
    }
    if budget.is_spent() {
        description.problems.push("its schemas are too large: some examples were left out".to_owned());
    }
}

fn operation<'d>(
    method: Method,
    path: &str,
    parameters: [Option<&'d Value>; 2],
    fields: &'d Value,
    secured_by_default: bool,
    references: &References<'d>,
    budget: &mut Budget,
) -> Operation {
    let mut operation = Operation {
        id: text_of(fields, "operationId"),
        secured: fields.get("security").map_or(secured_by_default, asks_for_credentials),
        deprecated: fields.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
        documented: true,
        ..Operation::undocumented(method, path)
    };
    let mut form = Vec::new();
    // The operation's own parameters come last and replace those of the path.
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_array).flatten().take(PARAMETER_LIMIT) {
        let parameter = references.resolve(parameter);
        let Some(name) = text_of(parameter, "name") else { continue };
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        let location = match parameter.get("in").and_then(Value::as_str).unwrap_or_default() {
            "path" => ParameterLocation::Path,
            "query" => ParameterLocation::Query,
            "header" => ParameterLocation::Header,
            "cookie" => ParameterLocation::Cookie,
            "formData" => ParameterLocation::Form,
            "body" => {
                let schema = parameter.get("schema").unwrap_or(&Value::Null);
                operation.body = Some(body(BodyKind::Json, required, schema, None, references, budget));
                continue;
            }
            _ => {
                references.tell(format!("the parameter `{name}` of `{method} {path}` names no place it stands in"));
                continue;
            }
        };
        // 3.x keeps the schema apart or under `content`, 2.0 has it in the parameter itself.
        let content = parameter.get("content").and_then(Value::as_object).and_then(|media| media.values().next());
        let schema = parameter.get("schema").or_else(|| content.and_then(|media| media.get("schema")));
        let mut shape = schema::shape(schema.unwrap_or(parameter), references, budget);
        if let Some(example) = given_example(parameter, references) {
            shape.example = example;
            shape.example_given = true;
        }
        let parameter = Parameter { name, location, required, shape };
        let list = if location == ParameterLocation::Form { &mut form } else { &mut operation.parameters };
        list.retain(|other: &Parameter| (&other.name, other.location) != (&parameter.name, parameter.location));
        list.push(parameter);
    }
    if !form.is_empty() {
        let example = form.iter().map(|field| (field.name.clone(), field.shape.example.clone())).collect();
        let required = form.iter().any(|field| field.required);
        operation.body =
            Some(Body { kind: BodyKind::Form, required, example: Value::Object(example), properties: form });
    }
    if let Some(request_body) = fields.get("requestBody") {
        operation.body = request_body_of(references.resolve(request_body), references, budget);
    }
    operation.answer_properties = answer_properties(fields, references, budget);
    operation
}

/// `requestBody` of 3.x: JSON where it is offered, else a form.
fn request_body_of<'d>(fields: &'d Value, references: &References<'d>, budget: &mut Budget) -> Option<Body> {
    let media = fields.get("content")?.as_object()?;
    let find = |word: &str| media.iter().find(|(name, _)| name.to_ascii_lowercase().contains(word));
    let (kind, content) = match (find("json"), find("form"), find("*/*")) {
        (Some((_, content)), ..) | (None, None, Some((_, content))) => (BodyKind::Json, content),
        (None, Some((_, content)), _) => (BodyKind::Form, content),
        (None, None, None) => return None,
    };
    let required = fields.get("required").and_then(Value::as_bool).unwrap_or(false);
    let schema = content.get("schema").unwrap_or(&Value::Null);
    Some(body(kind, required, schema, given_example(content, references), references, budget))
}

fn body<'d>(
    kind: BodyKind,
    required: bool,
    schema: &'d Value,
    given: Option<Value>,
    references: &References<'d>,
    budget: &mut Budget,
) -> Body {
    let location = if kind == BodyKind::Json { ParameterLocation::Json } else { ParameterLocation::Form };
    let mut properties = schema::properties(schema, location, references, budget);
    // Many a description has its example of a JSON body as text.
    let given = given.map(|given| match given.as_str().filter(|_| kind == BodyKind::Json) {
        Some(text) => serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or(given),
        None => given,
    });
    let is_given = given.is_some();
    let example = given.unwrap_or_else(|| schema::shape(schema, references, budget).example);
    for property in &mut properties {
        if let Some(value) = example.get(&property.name) {
            property.shape.example = value.clone();
            property.shape.example_given |= is_given;
        }
    }
    Body { kind, required, example, properties }
}

/// `example`, or the first of `examples`, which 3.x keeps under names with the value inside.
fn given_example<'d>(fields: &'d Value, references: &References<'d>) -> Option<Value> {
    if let Some(example) = fields.get("example").or_else(|| fields.get("x-example")) {
        return Some(example.clone());
    }
    let first = fields.get("examples")?.as_object()?.values().next()?;
    references.resolve(first).get("value").cloned()
}

/// Names in the schemas of answers that mean success.
fn answer_properties<'d>(fields: &'d Value, references: &References<'d>, budget: &mut Budget) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    budget.begin();
    let answers = fields.get("responses").and_then(Value::as_object);
    for (_, answer) in answers.into_iter().flatten().filter(|(status, _)| status.starts_with('2')).take(10) {
        let answer = references.resolve(answer);
        let media = answer.get("content").and_then(Value::as_object);
        let contents = media.into_iter().flat_map(Map::values).filter_map(|content| content.get("schema"));
        for schema in answer.get("schema").into_iter().chain(contents).take(10) {
            schema::names(schema, references, budget, 0, &mut names);
        }
    }
    names.into_iter().collect()
}

/// Whether a `security` list asks for something; an empty list, or one that also allows nothing, does not.
fn asks_for_credentials(security: &Value) -> bool {
    security.as_array().is_some_and(|list| {
        !list.is_empty() && list.iter().all(|needs| needs.as_object().is_some_and(|needs| !needs.is_empty()))
    })
}

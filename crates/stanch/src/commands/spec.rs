//! `stanch spec`: the routes of an app as OpenAPI 3.1.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use stanch_api::{Converter, Parameter, ParameterLocation, Route};
use stanch_findings::Diagnostic;
use stanch_findings::report::masked;
use stanch_source::{ReadOptions, SourceFacts};

use crate::exit;
use crate::project::Project;
use crate::talk::Talk;

/// `stanch spec DIR`.
pub(crate) fn run(path: &Path, output: Option<&Path>, talk: &Talk) -> anyhow::Result<u8> {
    let project = Project::of(&[path.to_path_buf()])?;
    let options = ReadOptions { paths: project.paths.clone(), ..ReadOptions::default() };
    let facts = stanch_source::read(&project.root, &options)?;
    let name =
        project.paths.first().and_then(|path| path.file_name()).map_or("API".into(), |name| name.to_string_lossy());
    let text = serde_json::to_string_pretty(&without_keys(document(&name, &facts)))? + "\n";
    match output {
        Some(file) => std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?,
        None => Talk::data(&text)?,
    }
    for file in &facts.unreadable {
        talk.warning(&Diagnostic::new(format!("{} cannot be read: {}", file.path, file.reason)));
    }
    if facts.routes.is_empty() {
        talk.warning(&Diagnostic::new("no route was found").help("give the directory of the app"));
        return Ok(exit::NOTHING);
    }
    Ok(if facts.unreadable.is_empty() { exit::CLEAN } else { exit::PROBLEM })
}

/// Every text and every name with the keys in it masked: a route may hold one, and so may a file's name.
fn without_keys(value: Value) -> Value {
    match value {
        Value::String(text) => without_key(&text).into(),
        Value::Array(values) => values.into_iter().map(without_keys).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (without_key(&name), without_keys(value))).collect()
        }
        other => other,
    }
}

/// The parts of a path one by one, so that the others stay; then the whole, for a key with slashes in it.
fn without_key(text: &str) -> String {
    masked(&text.split('/').map(masked).collect::<Vec<_>>().join("/"))
}

/// The description. Paths and operations stand in order, so that the same source gives the same bytes.
fn document(name: &str, facts: &SourceFacts) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemes = Map::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (index, route) in facts.routes.iter().enumerate() {
        let guards = facts.route_guards.get(index).map_or(&[][..], |guards| guards);
        let guarded = guards.iter().any(|guard| matches!(guard.kind.as_str(), "login-required" | "credential-check"));
        for method in &route.methods {
            let count = ids.entry(route.view_name.clone()).or_insert(0);
            *count += 1;
            let id = if *count == 1 { route.view_name.clone() } else { format!("{}_{count}", route.view_name) };
            let operation = operation(route, &id, guarded, method.is_safe(), &mut schemes);
            let item = paths.entry(template(&route.rule)).or_default();
            item.entry(method.as_str().to_lowercase()).or_insert(operation);
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": name, "version": "0", "description": "Read from the source by `stanch spec`."},
        "paths": paths,
    });
    if !schemes.is_empty() {
        document["components"] = json!({"securitySchemes": schemes});
    }
    document
}

fn operation(route: &Route, id: &str, guarded: bool, safe: bool, schemes: &mut Map<String, Value>) -> Value {
    let mut parameters = Vec::new();
    let mut fields: BTreeMap<ParameterLocation, Map<String, Value>> = BTreeMap::new();
    let mut security = Map::new();
    let in_path = variables(&route.rule);
    for name in &in_path {
        let known =
            route.parameters.iter().find(|known| known.name == *name && known.location == ParameterLocation::Path);
        let converter = known.map_or(Converter::Text, |known| known.converter);
        parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema(converter)}));
    }
    for parameter in &route.parameters {
        match parameter.location {
            // What the rule does not name is no parameter of the path.
            ParameterLocation::Path => {}
            ParameterLocation::Header if is_credential(parameter) => {
                let (name, scheme) = scheme(&parameter.name);
                schemes.insert(name.clone(), scheme);
                security.insert(name, json!([]));
            }
            ParameterLocation::Query | ParameterLocation::Header | ParameterLocation::Cookie => {
                let place = match parameter.location {
                    ParameterLocation::Query => "query",
                    ParameterLocation::Header => "header",
                    _ => "cookie",
                };
                parameters.push(json!({"name": parameter.name, "in": place, "schema": schema(parameter.converter)}));
            }
            ParameterLocation::Form | ParameterLocation::Json => {
                let name = parameter.name.clone();
                fields.entry(parameter.location).or_default().insert(name, json!({}));
            }
        }
    }
    let mut operation = json!({
        "operationId": id,
        "description": format!("`{}` in {}:{}", route.view_name, route.view.path, route.view.line),
        "responses": {"default": {"description": "Not described: the source was read, not run."}},
    });
    let mut add = |name: &str, value: Value| {
        if let Value::Object(operation) = &mut operation {
            operation.insert(name.to_owned(), value);
        }
    };
    if !parameters.is_empty() {
        add("parameters", Value::Array(parameters));
    }
    // A body of a GET has no meaning in HTTP; a view that reads one shares it with its other methods.
    if !fields.is_empty() && !safe {
        let content = fields.into_iter().map(|(location, properties)| {
            let kind = match location {
                ParameterLocation::Form => "application/x-www-form-urlencoded",
                _ => "application/json",
            };
            (kind.to_owned(), json!({"schema": {"type": "object", "properties": properties}}))
        });
        add("requestBody", json!({"content": content.collect::<Map<_, _>>()}));
    }
    if !security.is_empty() {
        add("security", json!([security]));
    } else if guarded {
        schemes.entry("bearer").or_insert_with(|| json!({"type": "http", "scheme": "bearer"}));
        add("security", json!([{"bearer": []}]));
    }
    operation
}

fn is_credential(parameter: &Parameter) -> bool {
    parameter.name.eq_ignore_ascii_case("authorization") || stanch_secrets::names::key_kind(&parameter.name).is_some()
}

fn scheme(header: &str) -> (String, Value) {
    if header.eq_ignore_ascii_case("authorization") {
        return ("bearer".to_owned(), json!({"type": "http", "scheme": "bearer"}));
    }
    (header.to_owned(), json!({"type": "apiKey", "in": "header", "name": header}))
}

fn schema(converter: Converter) -> Value {
    match converter {
        Converter::Int => json!({"type": "integer", "minimum": 0}),
        Converter::Float => json!({"type": "number"}),
        Converter::Uuid => json!({"type": "string", "format": "uuid"}),
        Converter::Text | Converter::Path | Converter::Other => json!({"type": "string"}),
    }
}

/// The rule with its variables as OpenAPI writes them: `/users/<int:id>` and `/users/{id:int}` are `/users/{id}`.
fn template(rule: &str) -> String {
    let mut template = String::new();
    let mut rest = rule;
    while let Some(start) = rest.find(['<', '{']) {
        let Some(length) = rest[start..].find(['>', '}']) else { break };
        template.push_str(&rest[..start]);
        template.push_str(&format!("{{{}}}", variable(&rest[start + 1..start + length], rest.as_bytes()[start])));
        rest = &rest[start + length + 1..];
    }
    template + rest
}

/// Names of the variables of a rule, in order.
fn variables(rule: &str) -> Vec<String> {
    let template = template(rule);
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// `int:id` of Werkzeug, `id:int` of Starlette, `id+` of API Gateway.
fn variable(text: &str, open: u8) -> &str {
    let name = match open {
        b'<' => text.rsplit_once(':').map_or(text, |(_, name)| name),
        _ => text.split_once(':').map_or(text, |(name, _)| name),
    };
    name.trim().trim_end_matches('+')
}

#[cfg(test)]
mod tests {
    use super::{template, variables};

    #[test]
    fn every_notation_becomes_that_of_openapi() {
        for (rule, wanted) in [
            ("/users/<int:user_id>/x", "/users/{user_id}/x"),
            ("/a/<regex(\"[a-z]+\"):name>", "/a/{name}"),
            ("/files/{path:path}", "/files/{path}"),
            ("/{proxy+}", "/{proxy}"),
            ("/plain", "/plain"),
            ("/broken/<x", "/broken/<x"),
        ] {
            assert_eq!(template(rule), wanted);
        }
        assert_eq!(variables("/a/<b>/<int:c>"), ["b", "c"]);
    }
}

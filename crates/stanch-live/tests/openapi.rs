//! Descriptions as they are met: three standards, two notations, and a good many mistakes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;
use stanch_api::{Method, ParameterLocation};
use stanch_live::openapi::{ApiDescription, BodyKind, OPERATION_LIMIT, ParseError, parse};

fn read(text: &str) -> ApiDescription {
    parse(text.as_bytes()).unwrap()
}

#[test]
fn swagger_2_with_base_path_body_and_form() {
    let description = read(
        r##"{"swagger": "2.0", "info": {"title": "Old"}, "host": "api.example.com", "basePath": "/v1/", "schemes": ["https"],
        "security": [{"key": []}],
        "paths": {"/users/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "type": "int", "x-example": 7}],
            "get": {"responses": {"200": {"schema": {"$ref": "#/definitions/User"}}}},
            "post": {"security": [], "parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/User"}}]},
            "put": {"parameters": [{"in": "formData", "name": "f", "type": "string", "required": true}]}}},
        "definitions": {"User": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "example": "Ada"}, "boss": {"$ref": "#/definitions/User"}}}}}"##,
    );
    assert_eq!(description.servers, ["https://api.example.com/v1"]);
    assert_eq!(description.problems, [""; 0]);
    let [get, post, put] = &description.operations[..] else { panic!("{description:?}") };
    assert!(get.secured && !post.secured && put.secured);
    assert_eq!(get.parameters[0].shape.example, json!(7));
    assert_eq!(get.answer_properties, ["boss", "name"]);
    let body = post.body.as_ref().unwrap();
    assert_eq!((body.kind, &body.example["name"], body.properties[0].required), (BodyKind::Json, &json!("Ada"), true));
    let form = put.body.as_ref().unwrap();
    assert_eq!((form.kind, form.properties[0].location), (BodyKind::Form, ParameterLocation::Form));
}

#[test]
fn openapi_3_0_in_yaml() {
    let description = read(
        "
openapi: 3.0.1
servers:
  - url: 'http://{host}:5000/api'
    variables: {host: {default: localhost}}
paths:
  /books:
    get:
      operationId: list
      deprecated: true
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 5}}
        - {name: sort, in: query, schema: {type: string, enum: [up, down]}}
    post:
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - properties: {id: {type: integer, readOnly: true}, title: {type: string, format: uuid}}
                - properties: {tags: {type: array, items: {type: boolean}}}
",
    );
    assert_eq!(description.servers, ["http://localhost:5000/api"]);
    let [get, post] = &description.operations[..] else { panic!("{description:?}") };
    assert!(get.deprecated && get.id.as_deref() == Some("list"));
    assert_eq!(get.parameters[0].shape.example, json!(5));
    assert_eq!(get.parameters[1].shape.allowed, [json!("up"), json!("down")]);
    let body = post.body.as_ref().unwrap();
    assert_eq!(body.example, json!({"title": "3f2b8c1e-5d4a-4f6b-9a7c-0e1d2c3b4a59", "tags": [true]}));
    assert!(body.properties.iter().all(|property| property.name != "id"));
}

#[test]
fn openapi_3_1_with_type_lists_and_nullable_choices() {
    let description = read(
        r##"{"openapi": "3.1.0", "paths": {"/x": {"patch": {"requestBody": {"content": {"application/json": {"schema":
        {"type": "object", "properties": {"a": {"type": ["null", "integer"]}, "b": {"anyOf": [{"type": "null"},
        {"$ref": "#/components/schemas/B"}]}, "c": {"const": "k"}, "d": {"type": "string", "examples": ["e"]}}}}}},
        "responses": {"2XX": {"content": {"application/json": {"schema": {"items": {"$ref": "#/components/schemas/B"}}}}}}}}},
        "components": {"schemas": {"B": {"properties": {"z": {"type": "number"}}}}}}"##,
    );
    let patch = &description.operations[0];
    let expected = json!({"a": 1, "b": {"z": 1.5}, "c": "k", "d": "e"});
    assert_eq!((patch.method, &patch.body.as_ref().unwrap().example), (Method::Patch, &expected));
    assert_eq!(patch.answer_properties, ["z"]);
}

#[test]
fn mistakes_are_told_and_the_rest_is_read() {
    let description = read(
        r##"{"openapi": 3.0, "paths": {"no-slash": {}, "/gone": {"$ref": "#/nowhere"}, "/out": {"get": {"parameters":
        [{"$ref": "other.yaml#/p"}, {"name": "x"}, 5, {"name": "y", "in": "query"}], "responses": []}},
        "/odd": {"get": 5, "x-more": {}, "trace": {}}, "/loop": {"$ref": "#/paths/~1loop"}}}"##,
    );
    assert_eq!(description.operations.len(), 1);
    assert_eq!(description.operations[0].parameters.len(), 1);
    let told = description.problems.join("\n");
    for word in ["no-slash", "#/nowhere", "other.yaml", "`x`", "`get /odd`", "circle"] {
        assert!(told.contains(word), "{word} in {told}");
    }
}

#[test]
fn what_describes_no_api_is_refused() {
    assert_eq!(parse(b"{}"), Err(ParseError::NoDescription));
    assert_eq!(parse(b"just text"), Err(ParseError::NoDescription));
    for bad in [&b""[..], b"<!doctype html><html>", b"{\"paths\": ", b"\xff\xfe\x00", "[".repeat(100_000).as_bytes()] {
        assert!(matches!(parse(bad), Err(ParseError::Unreadable(_) | ParseError::NoDescription)));
    }
}

#[test]
fn schemas_that_multiply_end_within_their_budget() {
    let mut schemas = String::new();
    for level in 0..40 {
        let next = format!(r##"{{"$ref": "#/components/schemas/S{}"}}"##, (level + 1) % 40);
        let fields: Vec<String> = (0..20).map(|n| format!(r#""f{n}": {next}"#)).collect();
        let _ = write!(schemas, r#""S{level}": {{"properties": {{{}}}}},"#, fields.join(","));
    }
    let schema = r##"{"$ref": "#/components/schemas/S0"}"##;
    let operation =
        format!(r#"{{"post": {{"requestBody": {{"content": {{"application/json": {{"schema": {schema}}}}}}}}}}}"#);
    let paths: Vec<String> = (0..2000).map(|n| format!(r#""/x{n}": {operation}"#)).collect();
    let text = format!(
        r#"{{"paths": {{{}}}, "components": {{"schemas": {{{}}}}}}}"#,
        paths.join(","),
        schemas.trim_end_matches(',')
    );
    let start = Instant::now();
    let description = read(&text);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(description.problems.iter().any(|problem| problem.contains("too large")), "{:?}", description.problems);
}

#[test]
fn operations_beyond_the_limit_are_counted() {
    let paths: Vec<String> = (0..100_000).map(|n| format!(r#""/p{n}": {{"get": {{}}}}"#)).collect();
    let description = read(&format!(r#"{{"paths": {{{}}}}}"#, paths.join(",")));
    assert_eq!(description.operations.len(), OPERATION_LIMIT);
    assert_eq!(description.problems, ["95000 operations beyond the first 5000 were left out"]);
}

#[test]
fn a_schema_that_joins_itself_again_and_again_costs_little() {
    let part = r##"{"$ref": "#/components/schemas/n"}"##;
    let parts = vec![part; 50].join(", ");
    let text = format!(
        r##"{{"openapi": "3.0.0", "paths": {{"/a": {{"post": {{"requestBody": {{"content": {{"application/json": {{"schema": {part}}}}}}}}}}}}},
            "components": {{"schemas": {{"n": {{"allOf": [{parts}]}}}}}}}}"##
    );
    let start = std::time::Instant::now();
    assert_eq!(read(&text).operations.len(), 1);
    assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn the_corpus_of_hostile_descriptions_is_read_or_refused_in_time() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/specs");
    let mut read = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let path = file.unwrap().path();
        let start = std::time::Instant::now();
        read += usize::from(stanch_live::openapi::parse(&std::fs::read(&path).unwrap()).is_ok());
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{}", path.display());
    }
    // Two are no descriptions: one nests too deep, one is not UTF-8.
    assert!(read >= 3, "{read}");
}

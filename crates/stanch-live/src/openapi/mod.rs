//! Descriptions of APIs: Swagger 2.0, `OpenAPI` 3.0 and 3.1, in JSON or YAML.
//!
//! Real descriptions break their own standard in many ways, so nothing is deserialised into fixed types: a lenient
//! walker takes out of the tree what it understands, tells what it does not, and goes on. References are followed with
//! a bound on hops, examples are made with a bound on depth and size, so that a hostile description costs little.

mod reference;
mod schema;
mod walk;
mod yaml;

use serde_json::{Map, Value};
use stanch_api::{Method, ParameterLocation};

use reference::References;

/// What a description says of an API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiDescription {
    /// `info.title`, empty if there is none.
    pub title: String,
    /// The standard's version as written: `2.0`, `3.0.3`, `3.1.0`.
    pub standard: String,
    /// Where the API is said to stand: whole URLs or paths, variables replaced by their defaults. A path alone means
    /// the host that the description came from.
    pub servers: Vec<String>,
    /// In the order of the description, at most [`OPERATION_LIMIT`].
    pub operations: Vec<Operation>,
    /// The header that it says keys are sent in, if it says one.
    pub key_header: Option<String>,
    /// What was not understood, a sentence each.
    pub problems: Vec<String>,
}

/// Operations of one description that are taken; the rest is a problem told.
pub const OPERATION_LIMIT: usize = 5_000;

/// One method of one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Method.
    pub method: Method,
    /// Path template as written, with the base path of Swagger 2.0 not in it: `/users/{id}`.
    pub path: String,
    /// `operationId`.
    pub id: Option<String>,
    /// Parameters of path, query, header and cookie.
    pub parameters: Vec<Parameter>,
    /// The body it takes.
    pub body: Option<Body>,
    /// Whether the description asks for credentials.
    pub secured: bool,
    /// Whether it is said to be on its way out.
    pub deprecated: bool,
    /// Whether it was in the description; others were found by a link or given by the user.
    pub documented: bool,
    /// Names of properties anywhere in its documented answers; empty if the description says nothing of them.
    pub answer_properties: Vec<String>,
}

impl Operation {
    /// An operation that no description names: a method and a path, nothing else known.
    #[must_use]
    pub fn undocumented(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            id: None,
            parameters: Vec::new(),
            body: None,
            secured: false,
            deprecated: false,
            documented: false,
            answer_properties: Vec::new(),
        }
    }

    /// `GET /users/{id}`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// One value that a request carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name on the wire.
    pub name: String,
    /// Part of the request.
    pub location: ParameterLocation,
    /// Whether a request without it is said to be wrong.
    pub required: bool,
    /// What it has to look like.
    pub shape: Shape,
}

/// What a value has to look like, as far as a request needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// `string`, `integer`, `number`, `boolean`, `array`, `object`, or empty.
    pub kind: String,
    /// `uuid`, `date-time`, `email`, …, or empty.
    pub format: String,
    /// The only values allowed, empty for any.
    pub allowed: Vec<Value>,
    /// An honest value: given by the description, or made after the shape.
    pub example: Value,
    /// Whether the description itself gave `example`.
    pub example_given: bool,
}

/// A body that an operation takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// How it is written.
    pub kind: BodyKind,
    /// Whether a request without it is said to be wrong.
    pub required: bool,
    /// The whole body as the description shows it, or made after its schema.
    pub example: Value,
    /// Properties at its top level, if it is an object.
    pub properties: Vec<Parameter>,
}

/// How a body is written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// Why there is no description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Neither JSON nor YAML, or beyond the limits of size and depth.
    #[error("neither JSON nor YAML can be read from it: {0}")]
    Unreadable(String),
    /// Data, but no description of an API.
    #[error("it has no `paths`, so it describes no API")]
    NoDescription,
}

/// Bytes of a description that are read.
const SIZE_LIMIT: usize = 64 << 20;

/// Reads a description.
///
/// # Errors
/// When it is no description at all. Everything less is told in [`ApiDescription::problems`].
pub fn parse(bytes: &[u8]) -> Result<ApiDescription, ParseError> {
    if bytes.len() > SIZE_LIMIT {
        return Err(ParseError::Unreadable(format!("it is longer than {} MiB", SIZE_LIMIT >> 20)));
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let root = if text.starts_with('{') {
        serde_json::from_str(text).or_else(|json_error| {
            // A flow mapping of YAML starts the same way.
            yaml::parse(text).map_err(|_| ParseError::Unreadable(json_error.to_string()))
        })?
    } else if text.starts_with('<') {
        return Err(ParseError::Unreadable("it is HTML or XML".to_owned()));
    } else {
        yaml::parse(text).map_err(ParseError::Unreadable)?
    };
    let document = root.as_object().ok_or(ParseError::NoDescription)?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or(ParseError::NoDescription)?;
    let references = References::new(&root);
    let mut description = ApiDescription {
        title: document.get("info").and_then(|info| text_of(info, "title")).unwrap_or_default(),
        standard: text_of(&root, "openapi").or_else(|| text_of(&root, "swagger")).unwrap_or_default(),
        servers: servers(document),
        key_header: key_header(document),
        ..ApiDescription::default()
    };
    walk::operations(document, paths, &references, &mut description);
    description.problems.extend(references.problems());
    Ok(description)
}

/// The header of the first security scheme that is a key in one: under `components` in 3.x, at the top in 2.0.
fn key_header(document: &Map<String, Value>) -> Option<String> {
    let components = document.get("components").and_then(|components| components.get("securitySchemes"));
    let schemes = components.or_else(|| document.get("securityDefinitions"))?.as_object()?;
    schemes.values().take(16).find_map(|scheme| {
        let says = |name: &str, value: &str| scheme.get(name).and_then(Value::as_str) == Some(value);
        text_of(scheme, "name").filter(|name| says("type", "apiKey") && says("in", "header") && is_token(name))
    })
}

/// Whether a text can be the name of a header.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.len() <= 100 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// `servers` of 3.x, or host and base path of 2.0.
fn servers(document: &Map<String, Value>) -> Vec<String> {
    if let Some(Value::Array(servers)) = document.get("servers") {
        return servers.iter().take(16).filter_map(server).collect();
    }
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(|text| text.trim_end_matches('/'));
    let base_path = text("basePath").unwrap_or_default();
    match text("host").filter(|host| !host.is_empty()) {
        Some(host) => {
            let schemes = document.get("schemes").and_then(Value::as_array);
            let scheme = schemes.and_then(|schemes| schemes.first()).and_then(Value::as_str).unwrap_or("http");
            vec![format!("{scheme}://{host}{base_path}")]
        }
        None if base_path.is_empty() => Vec::new(),
        None => vec![base_path.to_owned()],
    }
}

fn server(server: &Value) -> Option<String> {
    let mut url = text_of(server, "url")?;
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten().take(16) {
        let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    Some(url.trim_end_matches('/').to_owned())
}

/// The text of a property, if it is one; numbers as they are written, since `openapi: 3.0` is a number in YAML.
fn text_of(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

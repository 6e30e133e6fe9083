use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use stanch_api::{Converter, Method, ParameterLocation};

use super::route::{Piece, placeholders};
use crate::Request;
use crate::openapi::{Body, BodyKind, Operation, Parameter, Shape};

/// Says which value a parameter gets.
pub trait Values {
    /// The value of a parameter, none to leave it out. A placeholder of the path cannot be left out.
    fn value(&mut self, operation: &Operation, parameter: &Parameter) -> Option<Value>;
}

/// Values that an honest client would send: the description's examples, or ones made after the shape; what is not
/// required and has no example of the description's own is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct HonestValues;

impl Values for HonestValues {
    fn value(&mut self, _operation: &Operation, parameter: &Parameter) -> Option<Value> {
        let in_body = matches!(parameter.location, ParameterLocation::Json | ParameterLocation::Form);
        (parameter.required || parameter.shape.example_given || in_body).then(|| parameter.shape.example.clone())
    }
}

/// Why no request can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A placeholder of the path has no value.
    #[error("the path needs a value for `{0}`")]
    NoValue(String),
}

/// Unreserved characters of RFC 3986 stay as they are, everything else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for a placeholder that takes slashes.
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// Makes the request of an operation with the values given. Paths start with `base_path`, the path under which the API
/// stands (empty or `/api/v1`).
///
/// # Errors
/// When a placeholder of the path gets no value.
pub fn build(operation: &Operation, base_path: &str, values: &mut dyn Values) -> Result<Request, BuildError> {
    let mut target = base_path.trim_end_matches('/').to_owned();
    for piece in placeholders(&operation.path) {
        match piece {
            // Templates are written by people: spaces and the like in them are encoded, escapes kept.
            Piece::Text(text) => target.push_str(&encode_template(text)),
            Piece::Placeholder(name, converter) => {
                target.push_str(&path_value(operation, name, converter, values)?);
            }
        }
    }
    if !target.starts_with('/') {
        target.insert(0, '/');
    }
    let mut query = Vec::new();
    let mut headers: Vec<(String, String)> = vec![("Accept".to_owned(), "application/json, */*;q=0.5".to_owned())];
    let mut cookies = Vec::new();
    for parameter in &operation.parameters {
        if parameter.location == ParameterLocation::Path {
            continue;
        }
        let Some(value) = values.value(operation, parameter) else { continue };
        match parameter.location {
            ParameterLocation::Query => query.extend(pairs(&parameter.name, &value)),
            ParameterLocation::Header if !parameter.name.is_empty() => {
                headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&parameter.name));
                headers.push((parameter.name.clone(), text(&value)));
            }
            ParameterLocation::Cookie => {
                cookies.push(format!("{}={}", parameter.name, utf8_percent_encode(&text(&value), ENCODED)));
            }
            ParameterLocation::Header | ParameterLocation::Path | ParameterLocation::Form | ParameterLocation::Json => {
            }
        }
    }
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query.join("&"));
    }
    if !cookies.is_empty() {
        headers.push(("Cookie".to_owned(), cookies.join("; ")));
    }
    let mut body = Bytes::new();
    if let Some(described) = operation.body.as_ref().filter(|_| takes_body(operation.method)) {
        let (content_type, bytes) = write_body(operation, described, values);
        headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        body = bytes;
    }
    Ok(Request { method: operation.method, target, headers, body })
}

const fn takes_body(method: Method) -> bool {
    matches!(method, Method::Post | Method::Put | Method::Patch | Method::Delete)
}

fn path_value(
    operation: &Operation,
    name: &str,
    converter: Converter,
    values: &mut dyn Values,
) -> Result<String, BuildError> {
    let described = operation.parameters.iter().find(|p| p.location == ParameterLocation::Path && p.name == name);
    let value = match described {
        Some(parameter) => values.value(operation, parameter),
        None => {
            // A placeholder that the description forgot to describe.
            let location = ParameterLocation::Path;
            let shape = Shape { kind: "string".to_owned(), example: Value::from("1"), ..Shape::default() };
            values.value(operation, &Parameter { name: name.to_owned(), location, required: true, shape })
        }
    };
    let value = value.map(|value| text(&value)).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| BuildError::NoValue(name.to_owned()))?;
    // A segment `.` or `..` would be taken for a step in the tree by whatever stands in front of the app.
    let set = if converter == Converter::Path { ENCODED_PATH } else { ENCODED };
    let encoded = utf8_percent_encode(&value, set).to_string();
    Ok(if encoded.chars().all(|c| c == '.') { encoded.replace('.', "%2E") } else { encoded })
}

fn write_body(operation: &Operation, body: &Body, values: &mut dyn Values) -> (&'static str, Bytes) {
    let mut fields = Map::new();
    for property in &body.properties {
        if let Some(value) = values.value(operation, property) {
            fields.insert(property.name.clone(), value);
        }
    }
    match body.kind {
        BodyKind::Json => {
            let value = if body.properties.is_empty() { body.example.clone() } else { Value::Object(fields) };
            ("application/json", value.to_string().into())
        }
        BodyKind::Form => {
            let pairs: Vec<String> = fields.iter().flat_map(|(name, value)| pairs(name, value)).collect();
            ("application/x-www-form-urlencoded", pairs.join("&").into())
        }
    }
}

/// `name=value`, one pair for each element of a list.
fn pairs(name: &str, value: &Value) -> Vec<String> {
    let pair = |value: &Value| {
        format!("{}={}", utf8_percent_encode(name, ENCODED), utf8_percent_encode(&text(value), ENCODED))
    };
    match value {
        Value::Array(list) => list.iter().map(pair).collect(),
        other => vec![pair(other)],
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn encode_template(text: &str) -> String {
    const TEMPLATE: &AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'{').add(b'}');
    // A template with a query (`/items?kind=a`) is against the standard and yet seen; a fragment is never sent.
    let text = text.split('#').next().unwrap_or_default();
    utf8_percent_encode(text, TEMPLATE).to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};
    use stanch_api::{Converter, Method, Parameter as Asked, ParameterLocation, Route, SourcePlace};

    use super::{BuildError, Values, build};
    use crate::driver::from_route;
    use crate::openapi::{Operation, Parameter};

    struct Named(Value);

    impl Values for Named {
        fn value(&mut self, _: &Operation, parameter: &Parameter) -> Option<Value> {
            self.0.get(&parameter.name).cloned()
        }
    }

    fn route(rule: &str, parameters: &[(&str, ParameterLocation)]) -> Route {
        let parameters = parameters
            .iter()
            .map(|(name, location)| Asked { name: (*name).to_owned(), location: *location, converter: Converter::Text })
            .collect();
        let view = SourcePlace::line("app.py", 1);
        Route { methods: vec![Method::Post], rule: rule.to_owned(), view, view_name: "view".to_owned(), parameters }
    }

    #[test]
    fn every_part_of_a_request_is_encoded_as_its_place_asks() {
        let parameters = [
            ("q", ParameterLocation::Query),
            ("X-Key", ParameterLocation::Header),
            ("c", ParameterLocation::Cookie),
            ("n", ParameterLocation::Json),
        ];
        let operation = from_route(&route("/u/<id>/<path:p>", &parameters), Method::Post);
        let mut values =
            Named(json!({"id": "a/b c", "p": "x/ü", "q": ["1&2", true], "X-Key": "k", "c": "a;b", "n": 7}));
        let request = build(&operation, "/api/", &mut values).unwrap();
        assert_eq!(request.target, "/api/u/a%2Fb%20c/x/%C3%BC?q=1%262&q=true");
        assert!(request.headers.contains(&("X-Key".into(), "k".into())));
        assert!(request.headers.contains(&("Cookie".into(), "c=a%3Bb".into())));
        assert_eq!(request.body, r#"{"n":7}"#);
        let missing = build(&operation, "", &mut Named(json!({"id": ".."})));
        assert_eq!(missing, Err(BuildError::NoValue("p".into())));
    }

    #[test]
    fn a_form_is_written_as_a_form() {
        let operation = from_route(&route("/login", &[("user name", ParameterLocation::Form)]), Method::Post);
        let request = build(&operation, "", &mut Named(json!({"user name": "a b"}))).unwrap();
        assert_eq!((request.target.as_str(), &*request.body), ("/login", &b"user%20name=a%20b"[..]));
        assert!(request.headers.iter().any(|(_, value)| value == "application/x-www-form-urlencoded"));
    }
}

use serde_json::{Value, json};
use stanch_api::{Converter, Method, ParameterLocation, Route};

use crate::openapi::{Body, BodyKind, Operation, Parameter, Shape};

/// The operation that one method of a route is, with the parameters that the view is known to read, and those of its
/// rule where nothing is known of them.
#[must_use]
pub fn from_route(route: &Route, method: Method) -> Operation {
    let mut operation = Operation { documented: true, ..Operation::undocumented(method, route.rule.as_str()) };
    let mut in_body: Vec<Parameter> = Vec::new();
    for known in &route.parameters {
        let parameter = Parameter {
            name: known.name.clone(),
            location: known.location,
            required: true,
            shape: shape(known.converter),
        };
        let list = match known.location {
            ParameterLocation::Form | ParameterLocation::Json => &mut in_body,
            _ => &mut operation.parameters,
        };
        list.push(parameter);
    }
    for (name, converter) in placeholders(&route.rule).filter_map(Piece::parameter) {
        let known = operation.parameters.iter().any(|p| p.location == ParameterLocation::Path && p.name == name);
        if !known {
            let location = ParameterLocation::Path;
            let shape = shape(converter);
            operation.parameters.push(Parameter { name: name.to_owned(), location, required: true, shape });
        }
    }
    if !in_body.is_empty() {
        // A view that reads both answers a JSON body at least as well.
        let json = in_body.iter().any(|parameter| parameter.location == ParameterLocation::Json);
        operation.body = Some(Body {
            kind: if json { BodyKind::Json } else { BodyKind::Form },
            required: true,
            example: in_body
                .iter()
                .map(|parameter| (parameter.name.clone(), parameter.shape.example.clone()))
                .collect(),
            properties: in_body,
        });
    }
    operation
}

/// Names of the placeholders in a path template, in order: Flask's `<int:id>` and the `{id}` of `OpenAPI` and Starlette.
#[must_use]
pub fn template_names(template: &str) -> Vec<&str> {
    placeholders(template).filter_map(Piece::parameter).map(|(name, _)| name).collect()
}

/// A part of a path template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Placeholder(&'t str, Converter),
}

impl<'t> Piece<'t> {
    const fn parameter(self) -> Option<(&'t str, Converter)> {
        match self {
            Self::Placeholder(name, converter) => Some((name, converter)),
            Self::Text(_) => None,
        }
    }
}

/// Splits a path template into text and placeholders. An opening bracket that is never closed is text.
pub(super) fn placeholders(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let closing = match rest.as_bytes()[0] {
            b'<' => Some('>'),
            b'{' => Some('}'),
            _ => None,
        };
        if let Some(end) = closing.and_then(|closing| rest.find(closing)) {
            let inner = &rest[1..end];
            let piece = if closing == Some('>') { werkzeug(inner) } else { braces(inner) };
            rest = &rest[end + 1..];
            return Some(piece);
        }
        let skip = usize::from(closing.is_some());
        let end = rest[skip..].find(['<', '{']).map_or(rest.len(), |at| at + skip);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

/// `id`, `int:id`, `string(length=2):code` of Werkzeug.
fn werkzeug(inner: &str) -> Piece<'_> {
    let (converter, name) = inner.rsplit_once(':').unwrap_or(("", inner));
    let converter = match converter.split('(').next().unwrap_or_default() {
        "" | "string" | "default" => Converter::Text,
        "int" => Converter::Int,
        "float" => Converter::Float,
        "uuid" => Converter::Uuid,
        "path" => Converter::Path,
        _ => Converter::Other,
    };
    Piece::Placeholder(name, converter)
}

/// `id`, and `id:path` of Starlette.
fn braces(inner: &str) -> Piece<'_> {
    let (name, converter) = inner.split_once(':').unwrap_or((inner, ""));
    let converter = match converter {
        "" | "str" => Converter::Text,
        "int" => Converter::Int,
        "float" => Converter::Float,
        "uuid" => Converter::Uuid,
        "path" => Converter::Path,
        _ => Converter::Other,
    };
    Piece::Placeholder(name.trim_end_matches('+'), converter)
}

fn shape(converter: Converter) -> Shape {
    let (kind, format, example): (&str, &str, Value) = match converter {
        Converter::Text | Converter::Path | Converter::Other => ("string", "", json!("text")),
        Converter::Int => ("integer", "", json!(1)),
        Converter::Float => ("number", "", json!(1.5)),
        Converter::Uuid => ("string", "uuid", json!("3f2b8c1e-5d4a-4f6b-9a7c-0e1d2c3b4a59")),
    };
    Shape { kind: kind.to_owned(), format: format.to_owned(), example, ..Shape::default() }
}

#[cfg(test)]
mod tests {
    use super::template_names;

    #[test]
    fn placeholders_of_every_notation() {
        assert_eq!(template_names("/a/<x>/<int:y>/<string(length=2):z>"), ["x", "y", "z"]);
        assert_eq!(template_names("/a/{x}/b-{y:path}.json"), ["x", "y"]);
        assert_eq!(template_names("/{proxy+}"), ["proxy"]);
        assert!(template_names("/a<b/{").is_empty());
    }
}

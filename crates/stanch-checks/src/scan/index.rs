//! What an API's own first answer says it has: many a small API lists its routes there, for people.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Response;
use stanch_live::openapi::{Operation, Parameter, Shape};

use super::guess::entrance;
use super::paths::same_operation;

/// Most operations that are taken from one answer.
const KEPT: usize = 100;

/// The operations that an answer lists: `"GET /users/:id"`, `{"path": "/users", "method": "POST"}`, `<li>POST /login`.
pub(super) fn listed_in(answer: &Response, base_path: &str) -> Vec<Operation> {
    let mut found = Found { base_path, operations: Vec::new() };
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(document) => found.walk(&document, 0),
        Err(_) => found.page(&String::from_utf8_lossy(&answer.body)),
    }
    found.operations
}

struct Found<'b> {
    base_path: &'b str,
    operations: Vec<Operation>,
}

impl Found<'_> {
    fn walk(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if depth < 10 => {
                let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
                if let Some(path) = text(&["path", "endpoint", "route", "url", "uri"]) {
                    for method in methods(text(&["method", "methods", "verb"]).unwrap_or("GET")) {
                        self.take(method, path);
                    }
                    return;
                }
                for (name, value) in fields {
                    // `{"/users": {"GET": "all users"}}`
                    let below = value.as_object().into_iter().flatten().flat_map(|(name, _)| methods(name));
                    let below: Vec<Method> = below.collect();
                    if name.starts_with('/') && !below.is_empty() {
                        below.into_iter().for_each(|method| self.take(method, name));
                    } else {
                        self.text(name);
                        self.walk(value, depth + 1);
                    }
                }
            }
            Value::Array(list) if depth < 10 => list.iter().for_each(|value| self.walk(value, depth + 1)),
            Value::String(text) => self.text(text),
            _ => {}
        }
    }

    /// `GET /users`, `[POST] /users - makes one`, `/users`.
    fn text(&mut self, text: &str) {
        let text = text.trim();
        if text.len() > 200 {
            return;
        }
        let (before, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let named = methods(before);
        if before.is_empty() {
            self.take(Method::Get, path);
        } else if before.ends_with([' ', ':', '\t']) && before.len() <= 30 {
            named.into_iter().for_each(|method| self.take(method, path));
        }
    }

    /// Methods followed by a path anywhere in a page's text.
    fn page(&mut self, page: &str) {
        let plain = page.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ");
        let words: Vec<&str> = plain.split(|c: char| c.is_whitespace() || "\"'`|,()[]".contains(c)).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            // `<b>GET</b>` and `<code>/users`: what stands in the tags is of no interest.
            let method = pair[0].trim_end_matches(':').split(['<', '>']).find_map(|word| methods(word).pop());
            let path =
                pair[1].find('/').filter(|at| *at == 0 || pair[1][..*at].ends_with('>')).map(|at| &pair[1][at..]);
            if let (Some(method), Some(path)) = (method, path) {
                self.take(method, path.split("</").next().unwrap_or(path));
            }
        }
    }

    fn take(&mut self, method: Method, text: &str) {
        let text = text.split_whitespace().next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = path.split('#').next().unwrap_or_default().trim_end_matches(['.', ',', ':', ';']);
        let Some(path) = template(path) else { return };
        let path = path.strip_prefix(self.base_path).filter(|below| below.starts_with('/')).unwrap_or(&path).to_owned();
        if path.len() < 2 || self.operations.len() >= KEPT {
            return;
        }
        let body = (method == Method::Post).then(|| entrance(&path)).flatten();
        let mut operation = Operation { documented: true, body, ..Operation::undocumented(method, path) };
        operation.parameters = query.split('&').filter_map(parameter).collect();
        if !self.operations.iter().any(|known| same_operation(known, &operation)) {
            self.operations.push(operation);
        }
    }
}

fn methods(text: &str) -> Vec<Method> {
    let words =
        text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.chars().all(|c| c.is_ascii_uppercase()));
    words.filter_map(Method::from_name).collect()
}

/// The path with its placeholders as descriptions write them: `/users/:id` is `/users/{id}`. None for what is no path.
fn template(path: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    if !path.starts_with('/') || path.starts_with("//") {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        let inner = part.strip_prefix(':').or_else(|| part.strip_prefix('{')?.strip_suffix('}'));
        let inner = inner.or_else(|| part.strip_prefix('<')?.strip_suffix('>')?.rsplit(':').next());
        match inner {
            Some(name) if !name.is_empty() && name.chars().all(plain) => parts.push(format!("{{{name}}}")),
            None if part.chars().all(plain) => parts.push(part.to_owned()),
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

/// `q=<query>`: the name, and the value if it is one to send.
fn parameter(pair: &str) -> Option<Parameter> {
    let (name, value) = pair.split_once('=')?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let given = !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let example = Value::from(if given { value } else { "1" });
    let shape = Shape { kind: "string".to_owned(), example, example_given: given, ..Shape::default() };
    let location = ParameterLocation::Query;
    named.then(|| Parameter { name: name.to_owned(), location, required: true, shape })
}

#[cfg(test)]
mod tests {
    use stanch_live::Response;

    use super::listed_in;

    fn labels(body: &str) -> Vec<String> {
        let answer = Response { status: 200, headers: Vec::new(), body: body.to_owned().into(), cut: false };
        listed_in(&answer, "").iter().map(stanch_live::openapi::Operation::label).collect()
    }

    #[test]
    fn routes_are_read_from_the_first_answer() {
        assert_eq!(
            labels(
                r#"{"endpoints": {"login": "POST /api/login", "one": "GET /api/users/:id", "s": "GET /s?q=<query>"}}"#
            ),
            ["POST /api/login", "GET /api/users/{id}", "GET /s"]
        );
        assert_eq!(
            labels(
                r#"{"routes": [{"path": "/notes", "method": "POST"}, "/notes/<int:note_id>", "[PUT] /notes/{id} - x"]}"#
            ),
            ["POST /notes", "GET /notes/{note_id}", "PUT /notes/{id}"]
        );
        assert_eq!(labels(r#"{"/users": {"GET": "all", "POST": "one"}}"#), ["GET /users", "POST /users"]);
        assert_eq!(
            labels("<ul><li><b>GET</b> <code>/users/&lt;id&gt;</code></li><li>POST /login</li></ul>"),
            ["GET /users/{id}", "POST /login"]
        );
    }

    #[test]
    fn what_is_no_route_is_left() {
        let texts =
            r#"{"note": "read and/or write", "docs": "see https://x.invalid/a", "mime": "text/html", "c": "// no"}"#;
        assert!(labels(texts).is_empty(), "{:?}", labels(texts));
        assert!(labels("<p>Get /nothing from us</p>").is_empty());
    }
}

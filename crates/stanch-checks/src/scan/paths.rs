//! Paths that no description names: left behind by developers, older than what is documented, linked to, or listed by
//! the user.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Response;
use stanch_live::driver::template_names;
use stanch_live::openapi::{Operation, Parameter, Shape};
use url::Url;

use super::view::version;

/// Where debugging helpers are left behind, seldom in any description.
pub(super) const LEFT_BEHIND: [&str; 15] = [
    "/debug",
    "/_debug",
    "/env",
    "/config",
    "/.env",
    "/actuator/env",
    "/debug/vars",
    "/console",
    "/api/debug",
    "/admin/debug",
    "/info",
    "/admin/users",
    "/api/admin/users",
    "/v1/models",
    "/api/tags",
];

/// For each version in the paths the one before it, asked at its first operation without placeholders.
pub(super) fn older_versions(operations: &[Operation]) -> Vec<Operation> {
    let mut older: Vec<(String, Operation)> = Vec::new();
    for operation in
        operations.iter().filter(|known| known.method == Method::Get && template_names(&known.path).is_empty())
    {
        let Some((segment, number)) = operation.path.split('/').find_map(|part| Some((part, version(part)?))) else {
            continue;
        };
        if number < 2 || older.iter().any(|(known, _)| known == segment) {
            continue;
        }
        let path = operation.path.replacen(&format!("/{segment}/"), &format!("/v{}/", number - 1), 1);
        older.push((segment.to_owned(), Operation::undocumented(Method::Get, path)));
    }
    older.into_iter().map(|(_, operation)| operation).collect()
}

/// Whether both answer the same requests, whatever their placeholders are called.
pub(super) fn same_operation(a: &Operation, b: &Operation) -> bool {
    a.method == b.method && same_path(&a.path, &b.path)
}

/// `/notes/{id}` and `/notes/<note_id>`.
pub(super) fn same_path(a: &str, b: &str) -> bool {
    let hole = |part: &str| part.contains(['{', '<']);
    let (a, b) = (a.split('/'), b.split('/'));
    a.clone().count() == b.clone().count() && a.zip(b).all(|(a, b)| a == b || hole(a) && hole(b))
}

/// Paths below the base that a page or a JSON document links to, as operations have them: without the base path.
/// `page` is the address of the document, by which relative links are read.
pub(super) fn links(answer: &Response, page: &Url, base: &Url) -> Vec<String> {
    const KEPT: usize = 100;
    const FILES: [&str; 11] = ["css", "js", "png", "jpg", "svg", "ico", "woff", "woff2", "gif", "map", "xml"];
    let text = String::from_utf8_lossy(&answer.body);
    let base_path = base.path().trim_end_matches('/');
    let mut paths: Vec<String> = Vec::new();
    let mut before = "";
    for quoted in text.split(['"', '\'']) {
        let linked = before.trim_end().ends_with("href=");
        before = quoted;
        let looks = quoted.starts_with('/') || quoted.starts_with("http://") || quoted.starts_with("https://");
        let plain = !quoted.is_empty() && quoted.len() <= 200 && !quoted.contains(char::is_whitespace);
        if !plain || !looks && !linked || quoted.contains(['<', '{']) {
            continue;
        }
        let Ok(url) = page.join(quoted) else { continue };
        let file = url.path().rsplit_once('.').is_some_and(|(_, extension)| FILES.contains(&extension));
        let below = url.path().strip_prefix(base_path).filter(|below| below.starts_with('/'));
        let Some(path) = below.filter(|_| url.origin() == base.origin() && !file) else { continue };
        if path != "/" && paths.len() < KEPT && !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    paths
}

/// The addresses of a list, one a line with or without a method before it, on the host of the first one; `#` starts a
/// comment. None if the text is no such list.
pub(super) fn listed(text: &str) -> Option<(Url, Vec<Operation>, Vec<String>)> {
    const KEPT: usize = 5_000;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut base: Option<Url> = None;
    let mut operations: Vec<Operation> = Vec::new();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let (method, address) = match line.split_once(char::is_whitespace) {
            Some((word, rest)) => (Method::from_name(&word.to_ascii_uppercase())?, rest.trim()),
            None => (Method::Get, line),
        };
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
        let base = base.get_or_insert_with(|| {
            let mut base = url.clone();
            base.set_path("/");
            base.set_query(None);
            base.set_fragment(None);
            base
        });
        if url.origin() != base.origin() {
            problems.push(format!("address {number} of the list stands on another host and was not asked"));
        } else if operations.len() >= KEPT {
            problems.push(format!("the list has more than {KEPT} addresses; the rest was not asked"));
            break;
        } else {
            let mut operation = Operation { documented: true, ..Operation::undocumented(method, url.path()) };
            operation.parameters = url.query_pairs().map(|(name, value)| given(&name, &value)).collect();
            if !operations.iter().any(|known| same_operation(known, &operation)) {
                operations.push(operation);
            }
        }
    }
    Some((base?, operations, problems))
}

/// A parameter of the query as the user wrote it.
fn given(name: &str, value: &str) -> Parameter {
    let shape =
        Shape { kind: "string".to_owned(), example: Value::from(value), example_given: true, ..Shape::default() };
    Parameter { name: name.to_owned(), location: ParameterLocation::Query, required: true, shape }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{links, listed};

    #[test]
    fn links_are_read_from_pages_and_documents_below_the_base() {
        let url = |text: &str| url::Url::parse(text).unwrap();
        let answer = |body: &str| stanch_live::Response {
            status: 200,
            headers: Vec::new(),
            body: body.to_owned().into(),
            cut: false,
        };
        let page =
            answer(r#"<a href="posts">a</a> <a href='/api/b'>b</a> <link href="/api/x.css"> <a href="//o.invalid/c">"#);
        let base = url("http://127.0.0.1:1/api/");
        assert_eq!(links(&page, &url("http://127.0.0.1:1/api/"), &base), ["/posts", "/b"]);
        let document = answer(r#"{"next": "http://127.0.0.1:1/api/rows?page=2", "name": "posts", "up": "/other"}"#);
        assert_eq!(links(&document, &base, &base), ["/rows"]);
    }

    #[test]
    fn a_list_names_operations_of_one_host() {
        let text = "# mine\nhttp://127.0.0.1:1/a?x=2\nPOST http://127.0.0.1:1/b\nhttp://other.invalid/c\n";
        let (base, operations, problems) = listed(text).unwrap();
        let labels: Vec<String> = operations.iter().map(stanch_live::openapi::Operation::label).collect();
        assert_eq!((base.as_str(), labels.join(", ").as_str()), ("http://127.0.0.1:1/", "GET /a, POST /b"));
        assert_eq!((operations[0].parameters[0].name.as_str(), problems.len()), ("x", 1));
        for no_list in ["", "openapi: 3.0.0\npaths: {}\n", "{}", "http://a.invalid/ and more"] {
            assert!(listed(no_list).is_none(), "{no_list}");
        }
    }
}

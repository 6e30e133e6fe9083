//! Operations that a page's own scripts call: where no description says what there is, the front end knows.

use stanch_api::Method;
use stanch_live::Response;
use stanch_live::openapi::Operation;
use url::Url;

use super::paths::same_operation;

/// Addresses of the scripts of a page on its own host, libraries left out.
pub(super) fn sources(page: &Response, address: &Url) -> Vec<Url> {
    const KEPT: usize = 8;
    const LIBRARIES: [&str; 8] =
        ["jquery", "bootstrap", "swagger-ui", "react", "vue.", "angular", "vendor", "polyfill"];
    let text = String::from_utf8_lossy(&page.body);
    let mut found: Vec<Url> = Vec::new();
    for script in text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        let Some(source) = tag.split_once("src=").map(|(_, rest)| rest) else { continue };
        let source = source.trim_start_matches(['"', '\'']);
        let end = source.find(['"', '\'', ' ', '\t', '\n']).unwrap_or(source.len());
        let Ok(url) = address.join(&source[..end]) else { continue };
        let library = LIBRARIES.iter().any(|name| url.path().to_ascii_lowercase().contains(name));
        if url.origin() == address.origin() && !library && found.len() < KEPT && !found.contains(&url) {
            found.push(url);
        }
    }
    found
}

/// Characters around an address that say how it is called.
const NEAR: usize = 120;

/// The operations that a script calls, each once: `fetch("/api/users", {method: "POST"})`, `axios.get(…)`, `$.ajax({url:
/// …})`. What a template literal puts in is a placeholder.
pub(super) fn calls(script: &str, base_path: &str) -> Vec<Operation> {
    const KEPT: usize = 100;
    let mut found: Vec<Operation> = Vec::new();
    let mut rest = script;
    let mut at = 0;
    while let Some(open) = rest.find(['"', '\'', '`']) {
        let quote = rest[open..].chars().next().unwrap_or('"');
        let inner = &rest[open + 1..];
        let Some(end) = inner.find([quote, '\n']).filter(|_| found.len() < KEPT) else { break };
        let before = &script[script.floor_char_boundary((at + open).saturating_sub(NEAR))..at + open];
        let after = &inner[end..];
        let path = path_of(&inner[..end]).filter(|path| {
            let own = path.strip_prefix('/').and_then(|path| path.split('/').next()).unwrap_or_default();
            method_before(before).is_some()
                || ["api", "rest", "graphql"].contains(&own)
                || super::view::is_versioned(path)
        });
        if let Some(path) = path {
            let method = method_before(before).flatten().or_else(|| method_after(after)).unwrap_or(Method::Get);
            let below = path.strip_prefix(base_path).filter(|below| below.starts_with('/')).unwrap_or(&path);
            let operation = Operation { documented: true, ..Operation::undocumented(method, below) };
            if !found.iter().any(|known| same_operation(known, &operation)) {
                found.push(operation);
            }
        }
        let taken = open + 1 + end + after.chars().next().map_or(0, char::len_utf8);
        at += taken;
        rest = &rest[taken..];
    }
    found
}

/// A path of this host in a string, without its query, `${user.id}` as `{id}`.
fn path_of(text: &str) -> Option<String> {
    let mut path = String::new();
    let mut rest = text.split(['?', '#']).next().unwrap_or_default();
    while let Some((before, expression)) = rest.split_once("${") {
        let (expression, after) = expression.split_once('}')?;
        let name: String = expression.rsplit(['.', '[', '(']).next()?.chars().filter(|c| c.is_alphanumeric()).collect();
        path.push_str(before);
        path.push_str(&format!("{{{}}}", if name.is_empty() { "id" } else { &name }));
        rest = after;
    }
    path.push_str(rest);
    // `"/api/users/" + id`
    if path.len() > 1 && path.ends_with('/') && text.len() == path.len() {
        path.pop();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.{}".contains(c);
    let file = path.rsplit_once('.').is_some_and(|(_, end)| end.len() <= 5 && !end.contains('/'));
    let good = path.len() > 1 && path.len() <= 150 && path.starts_with('/') && !path.contains("//");
    (good && !file && path.chars().all(plain)).then_some(path)
}

/// What stands before a string that is called: the method where the call's name says it.
fn method_before(before: &str) -> Option<Option<Method>> {
    const CALLS: [(&str, Option<Method>); 9] = [
        ("fetch(", None),
        (".get(", Some(Method::Get)),
        (".post(", Some(Method::Post)),
        (".put(", Some(Method::Put)),
        (".patch(", Some(Method::Patch)),
        (".delete(", Some(Method::Delete)),
        ("axios(", None),
        ("ajax(", None),
        ("url:", None),
    ];
    let before = before.trim_end();
    // `xhr.open("POST", "/api")`
    if let Some(opened) = before.strip_suffix(',').and_then(|opened| opened.rsplit_once(".open(")) {
        let name = opened.1.trim().trim_matches(['"', '\'']).to_ascii_uppercase();
        return Method::from_name(&name).map(Some);
    }
    CALLS.into_iter().find(|(call, _)| before.ends_with(call)).map(|(_, method)| method)
}

/// `, {method: "POST"`, close behind the address.
fn method_after(after: &str) -> Option<Method> {
    let near: String = after.chars().take(NEAR).collect();
    let near = near.split(';').next().unwrap_or_default();
    let (_, value) = near.split_once("method:").or_else(|| near.split_once("type:"))?;
    let name = value.trim_start().trim_start_matches(['"', '\'']);
    let name: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    Method::from_name(&name.to_ascii_uppercase())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use stanch_live::Response;
    use url::Url;

    use super::{calls, sources};

    #[test]
    fn a_scripts_calls_are_operations() {
        let script = r#"
            const r = await fetch("/api/login", { method: 'POST', body: x });
            fetch(`/api/users/${user.id}/notes?all=1`); axios.delete('/things/' + id); it("works", "/not/this");
            $.ajax({url: "/basket", type: "PUT"}); xhr.open('PATCH', '/me', true); img.src = "/api/logo.png";
            get("/v2/rows"); fetch("//elsewhere.invalid/api"); fetch("/api/login", {method: "POST"})"#;
        let labels: Vec<String> = calls(script, "").iter().map(stanch_live::openapi::Operation::label).collect();
        let expected = [
            "POST /api/login",
            "GET /api/users/{id}/notes",
            "DELETE /things",
            "PUT /basket",
            "PATCH /me",
            "GET /v2/rows",
        ];
        assert_eq!(labels, expected);
        assert_eq!(calls(r#"fetch("/api/rows")"#, "/api")[0].path, "/rows");
        for odd in ["", "\"", "fetch(`${", "`é${x}`'", "fetch('/a${b}')"] {
            calls(odd, "");
        }
    }

    #[test]
    fn only_own_scripts_are_read() {
        let body = r#"<script src="/static/app.js"></script><script src='/js/jquery.min.js'></script>
            <script src="https://cdn.invalid/x.js"></script><script>inline()</script><script src=/b.js defer>"#;
        let page = Response { status: 200, headers: Vec::new(), body: body.into(), cut: false };
        let found = sources(&page, &Url::parse("http://127.0.0.1:1/login").unwrap());
        let paths: Vec<&str> = found.iter().map(Url::path).collect();
        assert_eq!(paths, ["/static/app.js", "/b.js"]);
    }
}

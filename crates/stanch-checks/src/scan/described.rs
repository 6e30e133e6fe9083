//! Where an API keeps its own description.

use serde_json::Value;
use stanch_live::Response;
use url::Url;

/// Where frameworks put the description of an API.
pub(super) const DESCRIPTIONS: [&str; 30] = [
    "/openapi.json",
    "/swagger.json",
    "/spec.json",
    "/spec",
    "/apispec.json",
    "/apispec_1.json",
    "/api/openapi.json",
    "/api/swagger.json",
    "/openapi.yaml",
    "/swagger/v1/swagger.json",
    "/v1/openapi.json",
    "/v3/api-docs",
    "/v2/api-docs",
    "/api-docs",
    "/api-docs.json",
    "/static/swagger.json",
    "/openapi.yml",
    "/swagger.yaml",
    "/swagger.yml",
    "/api/v1/openapi.json",
    "/api/v1/swagger.json",
    "/api/schema/",
    "/schema/",
    "/docs/openapi.json",
    "/docs.json",
    "/api-json",
    "/documentation/json",
    "/swagger/doc.json",
    "/api/docs/openapi.json",
    "/v1/swagger.json",
];

/// Where pages stand that show a description to people.
pub(super) const PAGES: [&str; 8] =
    ["/docs", "/api-docs/", "/apidocs/", "/swagger/", "/swagger-ui/", "/api/docs/", "/redoc", "/documentation"];

/// The addresses of the description that a page shows, and of the script in which some pages keep it.
pub(super) fn shown_on(page: &Response, address: &Url) -> Vec<Url> {
    const MARKS: [&str; 6] = ["url:", "\"url\":", "spec-url=", "configUrl:", "specUrl:", "\"spec-url\":"];
    let text = String::from_utf8_lossy(&page.body);
    let lower = text.to_ascii_lowercase();
    if !["swagger", "redoc", "openapi", "rapidoc", "scalar"].iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    let mut found: Vec<Url> = Vec::new();
    for mark in MARKS {
        for (at, _) in text.match_indices(mark).take(5) {
            let quoted = text[at + mark.len()..].trim_start();
            let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some(link) = quoted[1..].split(quote).next() else { continue };
            found.extend(address.join(link).ok().filter(|url| url.origin() == address.origin() && url != address));
        }
    }
    if text.contains("swagger-ui-init.js") {
        found.extend(address.join("swagger-ui-init.js").ok().or_else(|| address.join("./swagger-ui-init.js").ok()));
    }
    found.dedup();
    found
}

/// The description inside a script: `"swaggerDoc": {…}`, as Express has it.
pub(super) fn inside_script(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, after) = text.split_once("\"swaggerDoc\":")?;
    let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
    Some(values.next()?.ok()?.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use stanch_live::Response;
    use url::Url;

    use super::{inside_script, shown_on};

    #[test]
    fn a_page_says_where_its_description_is() {
        let address = Url::parse("http://api.invalid/docs/").unwrap();
        let shown = |body: &str| {
            let page = Response { status: 200, headers: Vec::new(), body: body.to_owned().into(), cut: false };
            let urls = shown_on(&page, &address).into_iter().map(|url| url.path().to_owned());
            urls.collect::<Vec<_>>()
        };
        assert_eq!(shown("<script>SwaggerUIBundle({ url: '/v7/spec.json', x: 1 })</script>"), ["/v7/spec.json"]);
        assert_eq!(shown("<redoc spec-url=\"spec.yaml\"></redoc>"), ["/docs/spec.yaml"]);
        assert_eq!(shown("swagger <script src=\"./swagger-ui-init.js\">"), ["/docs/swagger-ui-init.js"]);
        assert!(shown("swagger url: 'http://other.invalid/spec.json'").is_empty());
        assert!(shown("<a>url: '/nothing.json'</a>").is_empty());
    }

    #[test]
    fn a_description_is_taken_out_of_a_script() {
        let script =
            r#"let options = {"swaggerDoc": {"openapi": "3.0.0", "paths": {}}, "customOptions": {}}; if (1) {}"#;
        assert_eq!(inside_script(script.as_bytes()).unwrap(), br#"{"openapi":"3.0.0","paths":{}}"#);
        assert_eq!(inside_script(b"let options = {};"), None);
    }
}

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use stanch_api::{Converter, Method, ParameterLocation, SourcePlace};
use stanch_secrets::names::key_kind;

use crate::openapi::{ApiDescription, Operation, Parameter, Shape};

/// One line of the control connection, as the runner in the user's interpreter writes it. Untrusted: the app shares
/// the process with the runner.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum Message {
    Hello {
        nonce: String,
    },
    Routes(Routes),
    Ready {
        port: u16,
    },
    Failed(Failed),
    StillStarting {
        place: Option<Place>,
    },
    ProbeEnd {
        probe: u32,
        /// Whether the two streams are marked too.
        #[serde(default = "yes")]
        marked: bool,
    },
    /// A test of a watched command begins, as a probe.
    Test {
        probe: u32,
        name: String,
    },
    /// What a test runner held back of a stream.
    Captured {
        probe: u32,
        stream: String,
        text: String,
    },
    Exchange(Exchanged),
    Item {
        probe: Option<u32>,
        #[serde(default)]
        exchange: Option<u32>,
        table: String,
        written: bool,
        attributes: BTreeMap<String, String>,
    },
    Record {
        probe: Option<u32>,
        text: String,
        logger: String,
        level: u32,
        emitted: bool,
        source: Option<Place>,
    },
    Printed {
        probe: Option<u32>,
        text: String,
        source: Option<Place>,
    },
    Sdk {
        probe: Option<u32>,
        service: String,
        operation: String,
        source: Option<Place>,
    },
    Refused {
        probe: Option<u32>,
        address: String,
        source: Option<Place>,
    },
    /// A file of the copy is opened to be written.
    FileOpened {
        path: String,
        source: Place,
    },
    Reached {
        probe: Option<u32>,
        address: String,
        source: Option<Place>,
    },
    FileRefused {
        probe: Option<u32>,
        path: String,
        source: Option<Place>,
    },
    Outgoing(Outgoing),
    Parameter {
        probe: u32,
        location: ParameterLocation,
        name: String,
        #[serde(default)]
        example: Option<Value>,
        #[serde(default)]
        source: Option<Place>,
    },
    Returned {
        probe: u32,
        handler: bool,
        source: Place,
    },
    Misfit {
        module: String,
        error: String,
    },
}

/// The app's routes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Routes {
    pub(crate) framework: String,
    pub(crate) debug: bool,
    pub(crate) testing: bool,
    pub(crate) routes: Vec<RawRoute>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawRoute {
    pub(crate) rule: String,
    pub(crate) methods: Vec<String>,
    pub(crate) endpoint: String,
    pub(crate) converters: BTreeMap<String, Converter>,
    pub(crate) parameters: Vec<RawParameter>,
    pub(crate) view: Option<Place>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawParameter {
    pub(crate) name: String,
    pub(crate) location: ParameterLocation,
    #[serde(default)]
    pub(crate) example: Option<Value>,
}

/// Why the app could not be started.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Failed {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) name: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) trace: String,
    /// Environment variables that were asked for and are not set.
    #[serde(default)]
    pub(crate) unset: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Outgoing {
    pub(crate) probe: Option<u32>,
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) source: Option<Place>,
}

/// A request to the app, seen at its own door, and the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Exchanged {
    pub(crate) probe: Option<u32>,
    pub(crate) number: u32,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) request_headers: Vec<(String, String)>,
    pub(crate) request_body: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// In base64.
    pub(crate) body: String,
    pub(crate) rule: Option<String>,
}

const fn yes() -> bool {
    true
}

/// A line of the project.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    path: String,
    line: u32,
    symbol: Option<String>,
}

impl Place {
    /// As the rest of the program writes places, below `prefix`.
    pub(crate) fn source(self, prefix: &str) -> SourcePlace {
        let path = match prefix.trim_end_matches('/') {
            "" => self.path,
            prefix => format!("{prefix}/{}", self.path),
        };
        SourcePlace { symbol: self.symbol, ..SourcePlace::line(path, self.line.max(1)) }
    }
}

/// A parameter that the framework declares for a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredParameter {
    /// Part of the request.
    pub location: ParameterLocation,
    /// Name.
    pub name: String,
    /// A value of its type, where that is another one than text.
    pub example: Option<Value>,
}

/// One route of the running app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRoute {
    /// The rule as the framework shows it, prefix included.
    pub rule: String,
    /// Methods, without the HEAD and OPTIONS that Flask adds by itself; those that no framework routes are left out.
    pub methods: Vec<Method>,
    /// The framework's own name of the view.
    pub endpoint: String,
    /// Path parameters and what they let through.
    pub converters: BTreeMap<String, Converter>,
    /// Parameters that the framework declares (`FastAPI` does, Flask does not).
    pub parameters: Vec<DeclaredParameter>,
    /// The `def` line of the view, where it is the project's own.
    pub view: Option<SourcePlace>,
}

impl LiveRoute {
    /// The routes that a description names, below the path of its first server; for a server in any language.
    #[must_use]
    pub fn described(description: &ApiDescription) -> Vec<Self> {
        let server = description.servers.first().map(String::as_str).unwrap_or_default();
        let path = match server.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => server,
        };
        let base = path.trim_end_matches('/');
        let one = |operation: &Operation| {
            let in_body = match &operation.body {
                Some(body) => body.properties.as_slice(),
                None => &[],
            };
            let (of_path, others): (Vec<&Parameter>, Vec<&Parameter>) =
                operation.parameters.iter().chain(in_body).partition(|one| one.location == ParameterLocation::Path);
            let declared = |one: &Parameter| DeclaredParameter {
                location: one.location,
                name: one.name.clone(),
                // A text is ours to choose, unless only some are allowed.
                example: (one.shape.kind != "string" || !one.shape.allowed.is_empty() || !one.shape.format.is_empty())
                    .then(|| one.shape.example.clone()),
            };
            // The scheme by which keys are sent stands apart from the parameters.
            let known = |header: &&String| others.iter().any(|one| one.name.eq_ignore_ascii_case(header));
            let header = description.key_header.as_ref().filter(|header| operation.secured && !known(header));
            let key = header.map(|header| DeclaredParameter {
                location: ParameterLocation::Header,
                name: header.clone(),
                example: None,
            });
            // What the description itself shows stands for a thing that is there: `alice` in `/users/{user_id}`.
            let shown = of_path.iter().filter(|one| one.shape.example_given).map(|one| DeclaredParameter {
                location: ParameterLocation::Path,
                name: one.name.clone(),
                example: Some(one.shape.example.clone()),
            });
            let shown: Vec<DeclaredParameter> = shown.collect();
            // A condition or a place in a list that nobody gave is refused before anything else is looked at.
            let is_asked = |one: &&Parameter| {
                one.required
                    || match one.location {
                        ParameterLocation::Header => key_kind(&one.name).is_some(),
                        ParameterLocation::Query => {
                            !["page", "cursor", "next", "after", "before", "token"].contains(&one.name.as_str())
                        }
                        _ => true,
                    }
            };
            Self {
                rule: format!("{base}{}", operation.path),
                methods: vec![operation.method],
                endpoint: operation.id.clone().unwrap_or_else(|| operation.label()),
                converters: of_path.into_iter().map(|one| (one.name.clone(), converter(&one.shape))).collect(),
                parameters: others.into_iter().filter(is_asked).map(declared).chain(key).chain(shown).collect(),
                view: None,
            }
        };
        description.operations.iter().map(one).collect()
    }

    pub(crate) fn new(raw: RawRoute, prefix: &str) -> Self {
        let mut methods: Vec<Method> = raw.methods.iter().filter_map(|name| Method::from_name(name)).collect();
        methods.sort_unstable();
        methods.dedup();
        Self {
            rule: raw.rule,
            methods,
            endpoint: raw.endpoint,
            converters: raw.converters,
            parameters: raw
                .parameters
                .into_iter()
                .map(|raw| DeclaredParameter { location: raw.location, name: raw.name, example: raw.example })
                .collect(),
            view: raw.view.map(|place| place.source(prefix)),
        }
    }
}

fn converter(shape: &Shape) -> Converter {
    match (shape.kind.as_str(), shape.format.as_str()) {
        ("integer", _) => Converter::Int,
        ("number", _) => Converter::Float,
        (_, "uuid") => Converter::Uuid,
        _ => Converter::Text,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use stanch_api::{Converter, Method, ParameterLocation};

    use super::LiveRoute;

    #[test]
    fn a_description_names_the_routes_of_a_server_in_any_language() {
        let text =
            br#"{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "servers": [{"url": "http://h:1/v1/"}],
            "paths": {"/notes/{id}": {"put": {"responses": {},
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
                               {"name": "X-API-Key", "in": "header", "schema": {"type": "string"}},
                               {"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object",
                    "properties": {"title": {"type": "string"}}}}}}}}}}"#;
        let routes = LiveRoute::described(&crate::openapi::parse(text).unwrap());
        assert_eq!(routes.len(), 1, "{routes:?}");
        let route = &routes[0];
        assert_eq!((route.rule.as_str(), route.methods.as_slice()), ("/v1/notes/{id}", &[Method::Put][..]));
        assert_eq!(route.converters.get("id"), Some(&Converter::Int));
        let named: Vec<_> = route.parameters.iter().map(|one| (one.location, one.name.as_str())).collect();
        assert_eq!(named, [(ParameterLocation::Header, "X-API-Key"), (ParameterLocation::Json, "title")]);
    }

    #[test]
    fn the_scheme_of_the_keys_is_a_header_and_what_is_shown_is_there() {
        let text =
            br#"{"openapi": "3.1.0", "paths": {"/users/{name}": {"get": {"security": [{"key": []}], "parameters": [
                {"name": "name", "in": "path", "required": true, "example": "alice", "schema": {"type": "string"}},
                {"name": "cursor", "in": "query", "schema": {"type": "string"}}]}, "delete": {}}},
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}}"#;
        let routes = LiveRoute::described(&crate::openapi::parse(text).unwrap());
        let told = |route: &LiveRoute| {
            let told = route.parameters.iter().map(|one| (one.location, one.name.clone(), one.example.clone()));
            told.collect::<Vec<_>>()
        };
        let shown = (ParameterLocation::Path, "name".to_owned(), Some("alice".into()));
        assert_eq!(told(&routes[0]), [(ParameterLocation::Header, "X-Key".to_owned(), None), shown]);
        assert!(told(&routes[1]).is_empty());
    }
}

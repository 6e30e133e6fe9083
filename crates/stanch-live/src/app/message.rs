use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use stanch_api::{Converter, Method, ParameterLocation, SourcePlace};

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

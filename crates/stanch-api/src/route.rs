use serde::{Deserialize, Serialize};

use crate::SourcePlace;

/// An HTTP method that a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are those of RFC 9110 and RFC 5789")]
pub enum Method {
    Get,
    Head,
    Options,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of that name, in any case; none for a method no web framework routes (`TRACE`, `CONNECT`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Get, Self::Head, Self::Options, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether RFC 9110 calls the method safe (read-only by intent).
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in a request a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the part of the request it names")]
pub enum ParameterLocation {
    Path,
    Query,
    Header,
    Cookie,
    Form,
    Json,
}

/// What Werkzeug's converter (or an `OpenAPI` type) lets through for a path parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Converter {
    /// Any text without a slash; also the default of a rule that names no converter.
    #[default]
    Text,
    /// A non-negative whole number.
    Int,
    /// A number with a point.
    Float,
    /// A UUID in canonical form.
    Uuid,
    /// Any text, slashes included.
    Path,
    /// One of a fixed list, or a converter of the app's own.
    Other,
}

/// One parameter that a route reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parameter {
    /// Name, as the code asks for it.
    pub name: String,
    /// Where it stands in the request.
    pub location: ParameterLocation,
    /// What it must look like.
    pub converter: Converter,
}

/// One route and the function that answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Methods it answers, sorted, without the HEAD and OPTIONS that Flask adds by itself.
    pub methods: Vec<Method>,
    /// The rule as the framework shows it, prefix included: `/users/<string:user_id>`, `/users/{user_id}`.
    pub rule: String,
    /// The `def` line of the view.
    pub view: SourcePlace,
    /// Qualified name of the view within its file (`Users.get`).
    pub view_name: String,
    /// Parameters that the view is known to read.
    pub parameters: Vec<Parameter>,
}

impl Route {
    /// `GET /users/<id>`, methods joined by `,`.
    #[must_use]
    pub fn label(&self) -> String {
        let methods: Vec<&str> = self.methods.iter().map(|method| method.as_str()).collect();
        format!("{} {}", methods.join(","), self.rule)
    }
}

/// Joins a prefix and a rule with exactly one slash between them and one in front.
#[must_use]
pub fn join_rules(prefix: &str, rule: &str) -> String {
    if prefix.is_empty() && rule.starts_with('/') {
        return rule.to_owned();
    }
    let rule = rule.trim_start_matches('/');
    let prefix = prefix.trim_matches('/');
    match (prefix.is_empty(), rule.is_empty()) {
        (true, _) => format!("/{rule}"),
        (false, true) => format!("/{prefix}"),
        (false, false) => format!("/{prefix}/{rule}"),
    }
}

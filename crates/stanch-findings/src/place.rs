use serde::Serialize;
use stanch_api::{Method, SourcePlace};

/// Where a defect shows. One defect has one source place and any number of the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Place {
    /// A line of the user's source.
    Source(SourcePlace),
    /// A method and a route.
    Endpoint {
        /// Method.
        method: Method,
        /// Route with its parameters in the framework's own notation.
        route: String,
    },
    /// A line that was logged or printed.
    Log {
        /// `stdout`, `stderr` or the name of a logger.
        stream: String,
        /// Where the line was written, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<SourcePlace>,
    },
    /// An attribute of a table.
    Attribute {
        /// Table.
        table: String,
        /// Attribute name; a path (`profile.api_key`) for one inside a map.
        name: String,
    },
    /// A resource of a cloud template.
    Resource {
        /// File.
        path: String,
        /// Line.
        line: u32,
        /// Logical name.
        name: String,
    },
    /// A line of an old commit.
    History {
        /// Commit, shortened.
        commit: String,
        /// File in that commit.
        path: String,
        /// Line in that commit.
        line: u32,
    },
}

impl Place {
    /// The source place, if it is one.
    #[must_use]
    pub const fn source(&self) -> Option<&SourcePlace> {
        match self {
            Self::Source(place) => Some(place),
            _ => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(place) => write!(f, "{}:{}:{}", place.path, place.line, place.column),
            Self::Endpoint { method, route } => write!(f, "{method} {route}"),
            Self::Log { stream, source: Some(place) } => write!(f, "{stream} from {}:{}", place.path, place.line),
            Self::Log { stream, source: None } => f.write_str(stream),
            Self::Attribute { table, name } => write!(f, "{table}.{name}"),
            Self::History { commit, path, line } => write!(f, "{commit}:{path}:{line}"),
            Self::Resource { path, line, name } => write!(f, "{path}:{line} {name}"),
        }
    }
}

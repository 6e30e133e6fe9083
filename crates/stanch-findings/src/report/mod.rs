//! The result of a run and the formats it is written in.

mod anchor;
pub mod concise;
mod diagnostic;
mod excerpt;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
mod masking;
mod plain;
pub mod sarif;
mod shown;
mod summary;
pub mod text;

pub use diagnostic::Diagnostic;
use serde::Serialize;
pub use shown::Shown;
use stanch_api::Method;

use crate::{Finding, Score};

/// The text with every key in it replaced by a label, for text that belongs to no report.
#[must_use]
pub fn masked(text: &str) -> String {
    masking::Masking::new().excerpt(text)
}

/// Everything that one run has to say.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Sorted by [`Finding::order`], fingerprints unique.
    pub findings: Vec<Finding>,
    /// One row for each route that is known.
    pub coverage: Vec<Coverage>,
    /// What was done.
    pub run: Run,
    /// What all findings come to; none until it was reckoned, and where nothing was looked at.
    pub score: Option<Score>,
}

impl Report {
    /// Whether anything was looked at: a file, or an operation of an API. Requests alone are none: paths that were only
    /// tried on the chance that something is there, and are not, say nothing of the API.
    #[must_use]
    pub fn looked(&self) -> bool {
        self.run.files > 0 || self.run.requests > 0 && !self.coverage.is_empty()
    }
}

/// What was checked of one route, and what could not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Coverage {
    /// Method.
    pub method: Method,
    /// Route in the framework's own notation.
    pub route: String,
    /// Whether it was looked at.
    pub status: RouteStatus,
    /// Why it was not reached, or how.
    pub note: Option<String>,
    /// Requests sent to it.
    pub requests: u32,
    /// What was tried on it from the outside, each once and sorted: `without credentials`, `with a wrong key`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<String>,
}

/// How far a route was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteStatus {
    /// Its view was read (audit) or answered an honest request with success (prove, scan).
    Reached,
    /// It answered, but never with success: refusals and errors were looked at, what lies behind them was not.
    Refused,
    /// It was not asked, or did not answer.
    NotReached,
}

/// What was executed. Holds no clock, port or path outside the project, so that the same input gives the same bytes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    /// `audit`, `prove` or `scan`.
    pub command: String,
    /// The program's version.
    pub version: String,
    /// Files read.
    pub files: u64,
    /// Lines read.
    pub lines: u64,
    /// Requests sent.
    pub requests: u64,
    /// How the user's app was kept in, none where none was run: `namespaces`, `wall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
    /// What canaries were derived from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What could not be looked at, each with the next step; any of them makes exit code 2.
    pub problems: Vec<Problem>,
    /// What a reader should know that is neither finding nor problem.
    pub notes: Vec<String>,
}

/// Something that could not be looked at, or not to the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Problem {
    /// What happened, in a sentence.
    pub message: String,
    /// Where: a file, a route; none for the whole run.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// What to do next.
    pub help: Option<String>,
}

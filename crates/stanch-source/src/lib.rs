//! What lies still? Python source read into facts: routes, tables, apps, environment reads and the flows of values
//! from where they come to where they leave. Facts only; which of them is a problem is for the checks to say.

mod facts;

pub use facts::{
    AppEntry, AppKind, EnvironmentRead, ExpressionKind, Flow, FlowSink, FlowSource, Guard, ResponsePart, SinkKind,
    SourceFacts, SourceKind, Unreadable,
};

/// tmp
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// tmp
    pub paths: Vec<std::path::PathBuf>,
}
/// tmp
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ReadError;
/// tmp
pub fn read(_: &std::path::Path, _: &ReadOptions) -> Result<SourceFacts, ReadError> {
    Ok(SourceFacts::default())
}

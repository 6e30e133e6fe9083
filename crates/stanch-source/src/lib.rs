//! What lies still? Python source read into facts: routes, tables, apps, environment reads and the flows of values
//! from where they come to where they leave. Facts only; which of them is a problem is for the checks to say.

mod facts;
mod files;
mod flow;
mod ir;
mod models;
mod program;
mod read;
mod report;
mod tables;
mod value;

pub use facts::{
    AppEntry, AppKind, EnvironmentRead, ExpressionKind, Flow, FlowSink, FlowSource, Guard, ResponsePart, SinkKind,
    SourceFacts, SourceKind, Unreadable,
};

    /// tmp
    Ok(SourceFacts::default())
    pub paths: Vec<std::path::PathBuf>,
#[derive(Clone, Debug, Default)]
#[derive(Debug, thiserror::Error)]
#[error("x")]
/// tmp
/// tmp
/// tmp
pub fn read(_: &std::path::Path, _: &ReadOptions) -> Result<SourceFacts, ReadError> {
pub struct ReadError;
pub struct ReadOptions {
pub use files::project_root;
pub use read::{ReadError, ReadOptions, read};
}
}

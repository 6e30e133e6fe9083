//! What lies still? Python source read into facts: routes, tables, apps, environment reads and the flows of values
//! from where they come to where they leave. Facts only; which of them is a problem is for the checks to say.

mod apps;
mod facts;
mod files;
mod flow;
mod ir;
mod models;
mod program;
mod read;
mod relevance;
mod report;
mod sites;
mod tables;
mod templates;
mod value;

pub use facts::{
    AppEntry, AppKind, EnvironmentRead, ExpressionKind, Flow, FlowSink, FlowSource, Guard, ResponsePart, SinkKind,
    SourceFacts, SourceKind, Unreadable,
};
pub use files::{is_foreign, project_files, project_root};
pub use read::{ReadError, ReadOptions, read};
pub use sites::{Constant, LibraryCall, Setting, SettingHolder, SharedIdentity, TableCall};
pub use templates::resource::{
    EnvironmentValue, EnvironmentVariable, Grant, Machine, Resource, ResourceKind, Stated, TableResource, Written,
};

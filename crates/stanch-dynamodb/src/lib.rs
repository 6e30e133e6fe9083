//! What holds the data? The embedded DynamoDB behind a front on loopback that sees every call: which table, which
//! attributes were asked for and which went out.
//!
//! [`Engine`] is the bare DynamoDB. [`World`] is the engine as a stranger's app meets it: nothing has to be there
//! before, since a table that a request misses is made from what is known or from the request itself.

mod answer;
mod call;
mod engine;
mod expression;
mod forward;
mod front;
mod infer;
mod observe;
mod request;
mod spec;
mod stub;
mod tables;
mod world;

pub use call::{Call, Outcome};
pub use engine::{Engine, EngineError};
pub use spec::{IndexSpec, KeyAttribute, KeyType, Origin, Projection, SpecKey, TableSpec};
pub use stub::{Fault, FaultKind};
pub use tables::{Snapshot, TableState};
pub use world::{TableOracle, World, WorldOptions};

//! What holds the data? The embedded DynamoDB behind a front on loopback that sees every call: which table, which
//! attributes were asked for and which went out.

mod call;
mod engine;

pub use call::{Call, Outcome};
pub use engine::{Engine, EngineError};

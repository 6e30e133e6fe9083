//! What is wrong? The checks, each a folder, and the commands that apply them: `audit` to source, `prove` to a running
//! copy of the app, `scan` to an API from the outside.

pub mod audit;
mod call;
#[cfg(test)]
mod cases;
mod check;
mod checks;
mod defect;
mod exposure;
mod posture;
#[cfg(feature = "live")]
pub mod prove;
pub mod registry;
#[cfg(feature = "live")]
pub mod scan;

pub use check::{Check, FlowRule, FlowView, Guarding, SourceOracle};
pub use defect::{Defect, SourceTexts};

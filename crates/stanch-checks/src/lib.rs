//! What is wrong? The checks, each a folder, and the commands that apply them: `audit` to source, `prove` to a running
//! copy of the app, `scan` to an API from the outside.

pub mod audit;
#[cfg(test)]
mod cases;
mod check;
mod checks;
mod defect;
mod exposure;
pub mod registry;

pub use check::{Check, FlowView, SourceOracle};
pub use defect::{Defect, SourceTexts};

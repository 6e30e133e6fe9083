//! How is it told? Findings, their places and fingerprints, and the reports made of them.

mod finding;
pub mod fingerprint;
pub mod ignore;
mod limit;
mod place;
pub mod report;
mod rule;

pub use finding::{Confidence, Evidence, Finding, Fix, FlowStep, Severity, Suppressed};
pub use limit::Limit;
pub use place::Place;
pub use report::{Coverage, Diagnostic, Problem, Report, RouteStatus, Run, Shown};
pub use rule::{Category, Oracle, Rule, Standards};

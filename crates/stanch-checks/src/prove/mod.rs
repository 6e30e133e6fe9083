//! `stanch prove`: runs a copy of the user's app on an embedded DynamoDB whose items carry canaries, asks every route,
//! and reports what came out, joined with what the audit read.

mod demand;
mod drive;
mod escape;
mod hint;
mod identity;
mod introduce;
mod judge;
mod operation;
mod pass;
mod plan;
mod plant;
mod run;
mod services;
mod stand_in;
mod start;

pub use judge::Sight;
pub use run::{Progress, ProveError, ProveOptions, plan, run};

//! `stanch prove`: runs a copy of the user's app on an embedded DynamoDB whose items carry canaries, asks every route,
//! and reports what came out, joined with what the audit read.

mod candidates;
mod channels;
mod complaint;
mod contain;
mod demand;
mod drive;
mod escape;
mod excerpt;
mod files;
mod fresh;
mod hint;
mod identity;
mod introduce;
mod judge;
mod learn;
mod model;
mod observation;
mod operation;
mod pass;
mod plan;
mod plant;
mod provoke;
mod roles;
mod run;
mod scrub;
mod send;
mod services;
pub(crate) mod sign;
mod stand_in;
mod start;
mod stream;
mod suite;
mod surroundings;
mod told;
mod touched;
mod wrong;

pub(crate) use judge::Caller;
pub use judge::Sight;
pub use run::{Progress, ProveError, ProveOptions, plan, run};

//! An API on DynamoDB that keeps its keys: profiles, settings and records for the owners of keys.
//!
//! `routes` is what clients see, `edge` what stands around it, `caller` who is let in, `items` what is stored.

pub mod caller;
pub mod edge;
pub mod guesses;
pub mod impatient;
pub mod input;
pub mod issue;
pub mod items;
pub mod log;
pub mod openapi;
pub mod refusal;
pub mod routes;
pub mod scope;
pub mod seed;
pub mod serve;
pub mod service;
pub mod settings;
pub mod store;

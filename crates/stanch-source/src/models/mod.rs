//! What libraries do: Flask and its kin, boto3, loggers, builtins. Names and what they mean stand in tables; code
//! only where a table cannot say it.

mod addresses;
mod buffers;
mod containers;
mod dynamodb;
mod effects;
mod environment;
mod expressions;
mod external;
mod forms;
mod injection;
mod language_models;
mod members;
mod model_classes;
mod model_methods;
mod names;
mod narrowing;
mod outgoing;
mod parameters;
mod projections;
mod receivers;
mod requests;
mod responses;
mod routes;
mod routing;
mod templates;
mod update;
mod writes;

pub(crate) use effects::{is_builtin, is_harmless_exception};
pub(crate) use environment::Environment;
pub(crate) use members::is_harmless_member;
pub(crate) use narrowing::Model;
pub(crate) use responses::is_handler;
pub(crate) use routing::{Framework, Hook, HookKind, Mark, Routing, View, rule_parameters};
pub(crate) use templates::Templates;
pub(crate) use writes::attribute_type;

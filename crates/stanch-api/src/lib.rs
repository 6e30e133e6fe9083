//! What is looked at: routes, parameters, tables, attributes and places in source. Data only; nothing here reads a
//! file, opens a socket or calls anything a problem.

mod attributes;
mod place;
mod route;
mod table;

pub use attributes::AttributeSet;
pub use place::SourcePlace;
pub use route::{Converter, Method, Parameter, ParameterLocation, Route, join_rules};
pub use table::{Attribute, AttributeClass, AttributeType, KeySchema, Reason, Table};

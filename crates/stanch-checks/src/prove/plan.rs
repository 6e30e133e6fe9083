//! What would be asked, told before anything is sent.

use stanch_dynamodb::World;
use stanch_source::SourceFacts;

use super::drive::Style;
use super::operation::{Operation, Values, is_proof};
use super::pass::{operations, ordered};
use super::plant::Planter;
use super::wrong::wrong_values;

/// What follows, as far as the answers give reason to.
const THEN: [&str; 3] = [
    "and by the answers, to each: a field, a header and an origin that nobody asked for; line breaks; a key in the query; \
     the syntax of expressions; the metadata service's address; an item of somebody else in the way",
    "and by the answers, of the embedded DynamoDB: pages cut short, calls refused, the same items with other secrets",
    "and where routes were not reached: two accounts are registered and logged in by the app's own routes, which are asked \
     again as one of them",
];

/// A line for each request that is known beforehand, in the order in which they are sent, and what may follow. Parameters
/// are named, values are not: what the app turns out to ask for adds to them.
pub(super) fn lines(
    routes: &[stanch_live::app::LiveRoute],
    facts: &SourceFacts,
    planter: &mut Planter,
    world: &World,
) -> Vec<String> {
    let mut lines = Vec::new();
    for operation in ordered(operations(routes, facts)) {
        let mut values = Values::default();
        planter.fill(&operation, Style::Text, 0, &mut values);
        let label = format!("{} {}", operation.method, operation.rule);
        lines.push(format!("{label}  honest, twice{}", parameters(&operation)));
        for wrong in wrong_values(&operation, &values) {
            lines.push(format!("{label}  wrong: {}", difference(&operation, &values, &wrong)));
        }
        if operation.asks_who() {
            lines.push(format!("{label}  as a stranger"));
            lines.push(format!("{label}  as nobody"));
        }
    }
    let tables: Vec<String> = world.tables().into_iter().map(|state| state.spec.name).collect();
    if !tables.is_empty() {
        lines.push(format!("tables planted: {}", tables.join(", ")));
    }
    if !lines.is_empty() {
        lines.extend(THEN.map(str::to_owned));
    }
    lines
}

fn parameters(operation: &Operation) -> String {
    let named: Vec<String> =
        operation.parameters().map(|(location, name, _)| format!("{} {name}", word(location))).collect();
    if named.is_empty() { String::new() } else { format!(" with {}", named.join(", ")) }
}

/// What was made wrong, in words.
fn difference(operation: &Operation, honest: &Values, wrong: &Values) -> String {
    let changed = operation.parameters().find_map(|(location, name, _)| {
        let (before, after) = (honest.get(location, name)?, wrong.get(location, name));
        if is_proof(location, name) || after == Some(before) {
            return None;
        }
        Some(match after {
            None => "parameters left out".to_owned(),
            Some(after) if after.is_null() => format!("{} parameters null", word(location)),
            Some(after) if after.is_number() => format!("{} parameters of another type", word(location)),
            Some(after) if after.is_object() => format!("{} parameters nested", word(location)),
            Some(after) if after.as_str() == Some("") => format!("{} parameters empty", word(location)),
            Some(after) if after.as_str().is_some_and(|text| text.len() > 1_000) => {
                format!("{} parameters oversize", word(location))
            }
            Some(_) => format!("{} parameters with the syntax of expressions", word(location)),
        })
    });
    changed.unwrap_or_else(|| "the same".to_owned())
}

const fn word(location: stanch_api::ParameterLocation) -> &'static str {
    use stanch_api::ParameterLocation as At;

    match location {
        At::Path => "path",
        At::Query => "query",
        At::Header => "header",
        At::Cookie => "cookie",
        At::Form => "form",
        At::Json => "json",
    }
}

//! What a model of the app's own refuses in an item that was planted: it tells which attributes its items have.
//!
//! pydantic prints its errors one under the other (`title` and below it `Field required [type=missing, …]`), FastAPI
//! prints a list of dictionaries when the model of an answer refuses it.

use std::collections::BTreeSet;

use stanch_api::AttributeType;
use stanch_live::Event;
use stanch_live::canary::FOREIGN_NAME;

use super::observation::Observation;
use super::plant::Planter;

/// Most errors of one request that are looked at.
const ERRORS: usize = 200;

/// Lets the items of the tables that were read have what was missed; tells whether that is new.
pub(super) fn learn(planter: &mut Planter, observation: &Observation) -> bool {
    let tables: BTreeSet<&String> =
        observation.calls.iter().filter(|call| call.items > 0).flat_map(|call| &call.tables).collect();
    if tables.is_empty() || observation.succeeded() {
        return false;
    }
    let logs = observation.events.iter().filter_map(|event| match event {
        Event::Log { text, .. } => Some(text.as_str().into()),
        _ => None,
    });
    let body = observation.answer().map(|answer| String::from_utf8_lossy(&answer.body));
    let mut learnt = false;
    for text in logs.chain(body) {
        for (name, kind) in refused(&text) {
            for table in &tables {
                learnt |= match kind.as_str() {
                    "extra_forbidden" => name == FOREIGN_NAME && planter.close(table),
                    _ => planter.know(table, &name, type_of(&kind)),
                };
            }
        }
    }
    learnt
}

/// Names with what is wrong with each, of the top level of an item alone.
fn refused(text: &str) -> Vec<(String, String)> {
    if !text.contains("validation error") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut before = "";
    for line in text.lines().flat_map(|line| line.split("\\n")) {
        let kind = ["[type=", "(type="].iter().find_map(|mark| line.split_once(mark)).map(|(_, rest)| rest);
        if let Some(kind) = kind {
            let kind = kind.split([',', ']', ')', ';']).next().unwrap_or_default();
            found.extend(top(before.split(['.', ' '])).map(|name| (name, kind.to_owned())));
        }
        before = line.trim();
    }
    for error in text.split("'type': '").skip(1) {
        let Some((kind, rest)) = error.split_once('\'') else { continue };
        let place = rest.split_once("'loc': (").and_then(|(_, rest)| rest.split_once(')'));
        let steps = place.map(|(steps, _)| steps.split(',').map(|step| step.trim().trim_matches('\'')));
        found.extend(steps.and_then(top).map(|name| (name, kind.to_owned())));
    }
    found.truncate(ERRORS);
    found
}

/// The name that a path leads to past the answer and numbers of elements, if it is the only one.
fn top<'s>(steps: impl Iterator<Item = &'s str>) -> Option<String> {
    let is_number = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
    let mut names = steps.filter(|step| !is_number(step) && !matches!(*step, "response" | "->"));
    let name = names.next()?;
    let is_name = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && names.next().is_none()).then(|| name.to_owned())
}

/// DynamoDB's type for what pydantic wants instead; none where it wants anything at all.
fn type_of(kind: &str) -> Option<AttributeType> {
    let last = kind.rsplit('.').next().unwrap_or(kind);
    let is = |names: &[&str]| names.iter().any(|name| last.starts_with(name));
    Some(match () {
        () if is(&["missing"]) => return None,
        () if is(&["list", "tuple"]) => AttributeType::List,
        () if is(&["dict", "model", "dataclass"]) => AttributeType::Map,
        () if is(&["int", "float", "decimal"]) => AttributeType::Number,
        () if is(&["bool"]) => AttributeType::Boolean,
        () => AttributeType::String,
    })
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn both_ways_of_printing_are_read() {
        let plain = "3 validation errors for Note\ntitle\n  Field required [type=missing, input_value={'a': 1}, input_type=dict]\n\
            0.tags\n  Input should be a valid list [type=list_type, input_value='x']\naddress.city\n  Field required [type=missing, i=1]\n";
        let names = |text: &str| -> Vec<String> {
            refused(text).into_iter().map(|(name, kind)| format!("{name} {kind}")).collect()
        };
        assert_eq!(names(plain), ["title missing", "tags list_type"]);
        let listed = "fastapi.exceptions.ResponseValidationError: 1 validation error:\n  {'type': 'missing', 'loc': ('response', 0, 'content'), 'msg': 'Field required', 'input': {}}";
        assert_eq!(names(listed), ["content missing"]);
        let older = "1 validation error for Note\ntitle\n  field required (type=value_error.missing)";
        assert_eq!(names(older), ["title value_error.missing"]);
        assert!(names("title\n [type=missing]").is_empty());
    }
}

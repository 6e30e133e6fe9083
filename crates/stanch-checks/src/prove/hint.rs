//! What an app that refuses a request says of the values it would take.

use serde_json::{Value, json};
use stanch_api::ParameterLocation;
use stanch_live::Response;

use super::complaint;
use super::operation::{Operation, Values};

/// Phrases before a list of what is allowed.
const PHRASES: [&str; 6] =
    [" must be one of", " should be one of", " should be ", " not one of", "allowed values:", "valid values are"];
/// Longest answer that is read.
const LONGEST: usize = 16_384;

/// Puts a value that the answer calls allowed into the request; tells whether that changed anything.
///
/// Where the answer names no parameter, each of the body that the app does not know by a name of its own takes it.
pub(super) fn follow(response: &Response, operation: &mut Operation, values: &mut Values) -> bool {
    if !(400..500).contains(&response.status) || response.body.len() > LONGEST {
        return false;
    }
    if complaint::follow(response, operation, values) {
        return true;
    }
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let Some((before, list)) = PHRASES.iter().find_map(|phrase| text.split_once(phrase)) else { return false };
    let Some(allowed) = first_allowed(list) else { return false };
    let in_body = |(location, _, _): &(ParameterLocation, &str, _)| {
        matches!(location, ParameterLocation::Json | ParameterLocation::Form | ParameterLocation::Query)
    };
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').find(|word| !word.is_empty());
    let named = operation.parameters().filter(in_body).find(|(_, name, _)| Some(*name) == word || names(&text, name));
    let targets: Vec<(ParameterLocation, &str)> = match named {
        Some((location, name, _)) => vec![(location, name)],
        None => operation.parameters().filter(in_body).map(|(location, name, _)| (location, name)).collect(),
    };
    let mut changed = false;
    for (location, name) in targets {
        let value = json!(allowed);
        if values.get(location, name).is_some_and(|known| *known != value && known.is_string()) {
            values.set(location, name, value);
            changed = true;
        }
    }
    changed
}

/// Whether the answer names the parameter as the place of its error, as pydantic does: `"loc":["body","stage"]`.
fn names(text: &str, name: &str) -> bool {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let places = value.pointer("/detail/0/loc").and_then(Value::as_array);
    places.and_then(|parts| parts.last()).and_then(Value::as_str) == Some(name)
}

/// The first of a list in words: `'a', 'b' or 'c'`, `[a, b]`, `a, b, c`. A single word without quotes is prose.
fn first_allowed(list: &str) -> Option<String> {
    let list = list.split(['.', '\n', '}']).next().unwrap_or(list);
    let is_list = list.contains([',', '\'', '|']) || list.contains(" or ");
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let first = list.split(|c: char| !is_word(c)).find(|word| !word.is_empty())?;
    (is_list && !matches!(first, "a" | "an" | "the")).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_allowed;

    #[test]
    fn lists_are_told_from_prose() {
        assert_eq!(first_allowed(" draft, review, final\"}").as_deref(), Some("draft"));
        assert_eq!(first_allowed("'S', 'M' or 'L'\"").as_deref(), Some("S"));
        assert_eq!(first_allowed(": ['new', 'old']").as_deref(), Some("new"));
        assert_eq!(first_allowed("a valid integer, unable to parse"), None);
        assert_eq!(first_allowed(" text"), None);
    }
}

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stanch_live::Response;
use stanch_live::driver::{Values, template_names};
use stanch_live::openapi::{Operation, Parameter};
use stanch_secrets::Detector;
use stanch_secrets::names::key_kind;

use super::sight::documents;

/// Values that the API itself gave in answers, by which one operation's answer feeds the next one's placeholders:
/// `GET /users` names users, `GET /users/{id}` needs one.
///
/// Keys are never taken: to ask with somebody's key is not ours to do.
#[derive(Debug, Default)]
pub(super) struct Harvest {
    /// By thing and field in lower case without separators (`user`, `id`), in order of appearance.
    values: BTreeMap<(String, String), Vec<String>>,
}

/// Stands in a path where a key is asked for. No service has such a key.
pub(crate) const PLANTED_KEY: &str = "stn0-pl4nted-k3y-77c1";

/// Values of one name that are kept.
const KEPT: usize = 20;
/// Values of one answer that are looked at.
const LOOKED: usize = 5_000;

impl Harvest {
    /// Takes the values of a successful answer.
    pub(super) fn take(&mut self, operation: &Operation, answer: &Response) {
        if !(200..300).contains(&answer.status) {
            return;
        }
        let detector = Detector::builtin();
        let text = String::from_utf8_lossy(&answer.body);
        let thing = thing_of(&operation.path);
        let mut left = LOOKED;
        for document in documents(&text).iter().take(1) {
            self.walk(document, &thing, "", &detector, &mut left);
        }
    }

    fn walk(&mut self, value: &Value, thing: &str, name: &str, detector: &Detector, left: &mut usize) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    // A list's name says what stands in it: `{"users": [{"id": 1}]}`.
                    let inner =
                        if value.is_array() || value.is_object() { singular(&folded(field)) } else { thing.into() };
                    self.walk(value, &inner, field, detector, left);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.walk(value, thing, name, detector, left)),
            Value::String(text) => self.keep(thing, name, text, detector),
            Value::Number(number) if !number.is_f64() => self.keep(thing, name, &number.to_string(), detector),
            _ => {}
        }
    }

    fn keep(&mut self, thing: &str, name: &str, value: &str, detector: &Detector) {
        let fits = !value.is_empty() && value.len() <= 128 && !value.contains(char::is_control);
        if !fits || key_kind(name).is_some() || detector.find(value.as_bytes()).next().is_some() {
            return;
        }
        let values = self.values.entry((thing.to_owned(), folded(name))).or_default();
        if values.len() < KEPT && !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }

    /// Leaves out what another harvest has.
    pub(super) fn forget(&mut self, other: &Self) {
        let known: BTreeSet<&str> = other.values.values().flatten().map(String::as_str).collect();
        for values in self.values.values_mut() {
            values.retain(|value| !known.contains(value.as_str()));
        }
        self.values.retain(|_, values| !values.is_empty());
    }

    /// Whether there is a value for each placeholder of the operation's path, and a placeholder at all.
    pub(super) fn names(&self, operation: &Operation) -> bool {
        let names = template_names(&operation.path);
        !names.is_empty()
            && names.iter().all(|name| key_kind(name).is_none() && !self.for_placeholder(operation, name).is_empty())
    }

    /// Values that fit a placeholder, best first.
    pub(super) fn for_placeholder(&self, operation: &Operation, name: &str) -> Vec<&str> {
        let wanted = folded(name);
        let thing = thing_before(&operation.path, name);
        // `{user_id}` is the `id` of a `user`, `{book}` its `id`, `name` or `title`; `{id}` that of the path's thing.
        let mut ranked: Vec<(u8, &str)> = Vec::new();
        for ((owner, field), values) in &self.values {
            let rank = if *field == wanted && *owner == thing {
                0
            } else if *field == wanted && wanted != "id" || wanted == "id" && *field == format!("{thing}id") {
                1
            } else if format!("{owner}{field}") == wanted {
                2
            } else if *owner == thing && (wanted.ends_with(field.as_str()) || field.starts_with(&wanted)) {
                3
            } else if *owner == thing && (wanted == thing || field == "id" && wanted.ends_with("id")) {
                4
            } else {
                continue;
            };
            ranked.extend(values.iter().map(|value| (rank, value.as_str())));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, value)| value).collect()
    }
}

/// Honest values: what the API gave before, then what the description shows, then what fits the shape. `turn` chooses
/// another of the values that fit.
pub(super) struct HarvestValues<'h> {
    pub(super) harvest: &'h Harvest,
    pub(super) turn: usize,
}

impl Values for HarvestValues<'_> {
    fn value(&mut self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        use stanch_api::ParameterLocation::{Form, Json, Path};
        // A key is never guessed and never taken from an answer: a planted one shows whether it comes back.
        if parameter.location == Path && key_kind(&parameter.name).is_some() {
            return Some(Value::from(PLANTED_KEY));
        }
        let found = self.harvest.for_placeholder(operation, &parameter.name);
        let harvested = found.get(self.turn % found.len().max(1)).copied();
        match parameter.location {
            Path => {
                if let Some(value) = harvested {
                    return Some(Value::from(value));
                }
                // What the description shows may be from another world; a first record is often there.
                Some(if self.turn == 1 { Value::from(1) } else { parameter.shape.example.clone() })
            }
            // A body with all that may be given may hold two things that go not together, or name a record that is not
            // there.
            Form | Json if self.turn > 0 && !parameter.required => None,
            Form | Json => Some(parameter.shape.example.clone()),
            _ if parameter.required => Some(harvested.map_or_else(|| parameter.shape.example.clone(), Value::from)),
            _ if parameter.shape.example_given => Some(parameter.shape.example.clone()),
            // Left out at first; a second try with all that may be given, but no key made up, may be understood.
            _ if self.turn == 0 || key_kind(&parameter.name).is_some() => None,
            _ => Some(harvested.map_or_else(|| parameter.shape.example.clone(), Value::from)),
        }
    }
}

/// What a path is about: its last word that is neither a version nor a placeholder, in the singular.
fn thing_of(path: &str) -> String {
    let mut words = path.rsplit('/').filter(|part| !part.is_empty() && !part.starts_with(['{', '<', '_']));
    singular(&folded(words.find(|part| !is_version(part)).unwrap_or_default()))
}

/// What stands before a placeholder: `/users/v1/{id}` has a user's.
fn thing_before(path: &str, name: &str) -> String {
    let at = ["{", "<", ":"].iter().filter_map(|open| path.find(&format!("{open}{name}"))).min();
    thing_of(at.map_or(path, |at| path[..at].rsplit_once('/').map_or("", |(before, _)| before)))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use stanch_api::Method;
    use stanch_live::Response;
    use stanch_live::openapi::Operation;

    use super::Harvest;

    fn answer(body: &str) -> Response {
        Response { status: 200, headers: Vec::new(), body: body.to_owned().into(), cut: false }
    }

    #[test]
    fn lists_feed_placeholders() {
        let get = |path: &str| Operation::undocumented(Method::Get, path);
        let mut harvest = Harvest::default();
        harvest
            .take(&get("/users/v1"), &answer(r#"{"users": [{"username": "ada", "id": 7, "api_key": "k3y-91ab22"}]}"#));
        harvest.take(&get("/keys"), &answer(r#"{"key_id": "a1b2", "scopes": ["read"], "owner_id": 3}"#));
        harvest.take(&get("/books/v1"), &answer(r#"[{"book_title": "Emma", "owner": {"id": 9}}]"#));
        assert_eq!(harvest.for_placeholder(&get("/users/v1/{username}"), "username"), ["ada"]);
        assert_eq!(harvest.for_placeholder(&get("/users/<int:user_id>"), "user_id"), ["7"]);
        assert_eq!(harvest.for_placeholder(&get("/users/{id}"), "id"), ["7"]);
        assert_eq!(harvest.for_placeholder(&get("/keys/{id}"), "id"), ["a1b2"]);
        assert_eq!(harvest.for_placeholder(&get("/books/v1/{book}"), "book"), ["Emma"]);
        assert!(harvest.for_placeholder(&get("/keys/{api_key}"), "api_key").is_empty());
    }
}

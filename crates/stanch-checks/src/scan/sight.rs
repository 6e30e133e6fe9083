//! Keys in an answer: fields whose names mean a key, keys of known formats, and keys that the caller told us of.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use stanch_live::{Request, Response};
use stanch_secrets::{Detector, KnownValues, Secret};

use super::credible::key_in_field;
use super::digests;
use super::document::assignments;
pub(crate) use super::document::{describes_an_api, documents, lists_models, model_text};
use super::sighting::PACKED;
pub(crate) use super::sighting::{By, KnownKeys, Part, Sighting};

/// Values in one answer that are looked at; the rest of a huge one is searched for known keys and formats only.
const LEAVES: usize = 100_000;
/// Sightings of one answer that are kept.
const KEPT: usize = 500;

/// All keys in an answer. `own` are the credentials that the request was sent with.
pub(crate) fn sightings(request: &Request, answer: &Response, own: &[Secret], known: &KnownKeys) -> Vec<Sighting> {
    let detector = Detector::builtin();
    let mut seen = Seen { found: Vec::new(), sent: sent_text(request), own, detector: &detector, leaves: 0 };
    for (name, value) in &answer.headers {
        // A cookie is how a server hands its own caller a session.
        if !name.eq_ignore_ascii_case("set-cookie") {
            let part = Part::Header(name.to_ascii_lowercase());
            seen.field(&part, "", name, value, false);
            seen.formats(&part, "", value, false);
        }
    }
    let text = String::from_utf8_lossy(&answer.body);
    let documents = documents(&text);
    if documents.is_empty() {
        seen.plain_text(&Part::Body, "", &text, false);
    }
    for document in &documents {
        if !describes_an_api(document) {
            seen.json(document, &mut String::new(), "", false, 0);
        }
    }
    let model_text: String = documents.iter().map(model_text).collect();
    if !model_text.is_empty() {
        seen.found.retain(|found| found.by != By::Format || !model_text.contains(found.value.expose()));
        seen.plain_text(&Part::ModelOutput, "", &model_text, false);
    }
    seen.known(answer, &text, known);
    let mut found = seen.found;
    // A key that is found twice in one place, by its name and by its format, is one sighting: the first.
    let mut distinct: Vec<Sighting> = Vec::new();
    for sighting in found.drain(..) {
        let same = |other: &Sighting| other.value == sighting.value && other.part == sighting.part;
        match distinct.iter_mut().find(|other| same(other)) {
            Some(other) if matches!(sighting.by, By::Known(_) | By::Own) => other.by = sighting.by,
            Some(_) => {}
            None => distinct.push(sighting),
        }
    }
    distinct
}

/// JSON in base64, as page tokens are made.
fn packed(text: &str) -> Option<Value> {
    let bare = text.trim_end_matches('=');
    let starts = bare.starts_with("eyJ") || bare.starts_with("eyI");
    if !starts || bare.len() > 64 << 10 || bare.contains('.') {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(bare.replace('+', "-").replace('/', "_")).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

struct Seen<'a> {
    found: Vec<Sighting>,
    /// Everything that the request itself carried.
    sent: String,
    own: &'a [Secret],
    detector: &'a Detector,
    leaves: usize,
}

impl Seen<'_> {
    fn json(&mut self, value: &Value, path: &mut String, name: &str, in_list: bool, depth: usize) {
        self.leaves += 1;
        if self.leaves > LEAVES || depth > 100 {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let length = path.len();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&shown_name(key));
                    // DynamoDB's typed JSON (`{"S": "…"}`) keeps the attribute's name one level up.
                    let name = if fields.len() == 1 && ["S", "N", "B"].contains(&key.as_str()) { name } else { key };
                    if !speaks_about(key) {
                        self.json(value, path, name, in_list, depth + 1);
                    }
                    path.truncate(length);
                }
            }
            Value::Array(list) => {
                let length = path.len();
                path.push_str("[]");
                for value in list {
                    self.json(value, path, name, true, depth + 1);
                }
                path.truncate(length);
            }
            Value::String(text) => {
                let before = self.found.len();
                self.field(&Part::Body, path, name, text, in_list);
                if before == self.found.len() {
                    match documents(text).first() {
                        // JSON inside a string: a record that was stored or logged as text.
                        Some(inner) if depth < 90 => self.json(inner, path, "", in_list, depth + 10),
                        _ => match packed(text).filter(|_| depth < 90) {
                            Some(inner) => {
                                let length = path.len();
                                path.push_str(PACKED);
                                self.json(&inner, path, "", in_list, depth + 10);
                                path.truncate(length);
                            }
                            None => self.plain_text(&Part::Body, path, text, in_list),
                        },
                    }
                }
            }
            Value::Number(number) => self.field(&Part::Body, path, name, &number.to_string(), in_list),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// A value under a name.
    fn field(&mut self, part: &Part, path: &str, name: &str, value: &str, in_list: bool) {
        if let Some(kind) = key_in_field(name, value) {
            let by = if self.is_own(value) { By::Own } else { By::Name(kind) };
            self.keep(part, path, kind.as_str(), value, by, in_list);
        }
    }

    /// Text without fields: formats, and `name = value` where the value is as good as random.
    fn plain_text(&mut self, part: &Part, path: &str, text: &str, in_list: bool) {
        self.formats(part, path, text, in_list);
        for (name, value) in assignments(text) {
            let random = value.len() >= 12 && value.chars().any(|c| c.is_ascii_digit());
            if random && let Some(kind) = key_in_field(name, value) {
                let by = if self.is_own(value) { By::Own } else { By::Name(kind) };
                self.keep(part, path, kind.as_str(), value, by, in_list);
            }
        }
    }

    fn formats(&mut self, part: &Part, path: &str, text: &str, in_list: bool) {
        if text.len() < 12 {
            return;
        }
        for found in self.detector.find(text.as_bytes()) {
            let Some(value) = text.get(found.range) else { continue };
            let kind = found.kind;
            if kind == "session" && counts_only(value) {
                continue;
            }
            let by = if self.is_own(value) { By::Own } else { By::Format };
            self.keep(part, path, kind, value, by, in_list);
        }
    }

    /// Own and known keys in any encoding, headers included.
    fn known(&mut self, answer: &Response, text: &str, known: &KnownKeys) {
        let own = self.own.iter().map(|key| (By::Own, key));
        let foreign = known.keys.iter().map(|(whose, key)| (By::Known(whose.clone()), key));
        let keys: Vec<(By, &Secret)> = own.chain(foreign).collect();
        let search = KnownValues::new(keys.iter().map(|(_, key)| key.expose()));
        let headers = answer.headers.iter().map(|(name, value)| (Part::Header(name.to_ascii_lowercase()), &**value));
        let cookie = Part::Header("set-cookie".to_owned());
        for (part, text) in headers.filter(|(part, _)| *part != cookie).chain([(Part::Body, text)]) {
            for hit in search.find(text.as_bytes()) {
                let (by, key) = &keys[hit.value];
                // Another identity may be known by the very key that this request was sent with.
                let by = if self.is_own(key.expose()) { By::Own } else { by.clone() };
                self.keep_known(&part, (*key).clone(), by);
            }
            for key in digests::find(text, &known.digests) {
                let by = if self.is_own(&key) { By::Own } else { By::Known("--known-keys".to_owned()) };
                self.keep_known(&part, Secret::new(key), by);
            }
        }
    }

    fn keep_known(&mut self, part: &Part, value: Secret, by: By) {
        if by == By::Own || !self.sent.contains(value.expose()) {
            let (kind, part) = ("key".to_owned(), part.clone());
            self.found.push(Sighting { part, path: String::new(), kind, value, by, in_list: false });
        }
    }

    fn keep(&mut self, part: &Part, path: &str, kind: &str, value: &str, by: By, in_list: bool) {
        // What the request itself carried is no leak, unless it is the caller's credential.
        let echoed = by != By::Own && value.len() > 3 && self.sent.contains(value);
        if !echoed && self.found.len() < KEPT {
            self.found.push(Sighting {
                part: part.clone(),
                path: path.to_owned(),
                kind: kind.to_owned(),
                value: Secret::new(value),
                by,
                in_list,
            });
        }
    }

    fn is_own(&self, value: &str) -> bool {
        self.own.iter().any(|key| key.expose() == value)
    }
}

/// Whether a line of cookies holds nothing as long as a session: flags and counters.
fn counts_only(cookies: &str) -> bool {
    cookies.split(';').all(|cookie| cookie.split_once('=').is_some_and(|(_, value)| value.trim().len() < 8))
}

/// Names of fields below which other fields are spoken about: what is wrong with them, or what they look like.
fn speaks_about(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "errors",
        "validation_error",
        "validation_errors",
        "field_errors",
        "schema",
        "schemas",
        "definitions",
        "properties",
        "example",
        "examples",
        "labels",
        "translations",
        "placeholder",
        "placeholders",
    ];
    // `testPayloads`, `request_examples`: what is shown for trying out.
    const ENDS: [&str; 4] = ["payloads", "example", "examples", "samples"];
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&&*lower) || ENDS.iter().any(|end| lower.ends_with(end))
}

/// A field's name as it may be shown: one that is itself a key or a long value is not.
fn shown_name(name: &str) -> String {
    let odd = name.chars().count() > 40 || name.chars().filter(char::is_ascii_digit).count() > 6;
    if odd { "(…)".to_owned() } else { name.chars().filter(|c| !c.is_control()).collect() }
}

/// What the request carried, decoded, to search in.
fn sent_text(request: &Request) -> String {
    let target = percent_decode_str(&request.target).decode_utf8_lossy();
    let body = String::from_utf8_lossy(&request.body);
    let body_decoded = percent_decode_str(&body).decode_utf8_lossy();
    let headers: Vec<&str> = request.headers.iter().map(|(_, value)| value.as_str()).collect();
    format!("{target}\n{body}\n{body_decoded}\n{}", headers.join("\n"))
}

//! Somebody who asks: what the app gave them (cookies, tokens, keys, ids) and what they told it (name, password), so
//! that they can come back as themselves.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Value, json};
use stanch_api::ParameterLocation;
use stanch_live::Response;
use stanch_secrets::names::{KeyKind, key_kind, words};

use super::operation::Values;

/// Whether and as whom a request asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// The first identity, whose items the request is about.
    #[default]
    Owner,
    /// The second identity, asking for what is the first one's.
    Stranger,
    /// Nobody: the same request without any credential.
    Nobody,
}

/// How a credential stands in the header `Authorization`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scheme {
    /// `Bearer TOKEN` (RFC 6750).
    #[default]
    Bearer,
    /// The token alone.
    Raw,
    /// `Basic`, with base64 of `user:password` (RFC 7617).
    Basic,
}

impl Scheme {
    /// The header's value for this credential.
    pub(super) fn header(self, credential: &str) -> String {
        match self {
            Self::Bearer => format!("Bearer {credential}"),
            Self::Raw => credential.to_owned(),
            Self::Basic => {
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(credential))
            }
        }
    }
}

/// One of the two who ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    /// Values by plain name (`user_id`), the first that came under it.
    values: BTreeMap<String, Value>,
    /// Keys and tokens that the app handed out, by plain name, the newest last.
    keys: Vec<(String, String)>,
    cookies: BTreeMap<String, String>,
}

/// Deepest nesting and most fields of an answer that are looked at.
const DEPTH: usize = 6;
const FIELDS: usize = 400;

impl Identity {
    /// Whether the app gave anything to come back with.
    pub(super) fn has_credentials(&self) -> bool {
        !self.keys.is_empty() || !self.cookies.is_empty()
    }

    /// Whether the app gave it cookies.
    pub(super) fn has_cookies(&self) -> bool {
        !self.cookies.is_empty()
    }

    /// Notes what was told to the app, where nothing is known under that name.
    pub(super) fn told(&mut self, values: &Values) {
        for (location, name, value) in values.iter() {
            if location != ParameterLocation::Header && location != ParameterLocation::Cookie {
                self.note(&plain(name), value);
            }
        }
    }

    /// Notes one value; the first of a name stays.
    pub(super) fn note(&mut self, name: &str, value: &Value) {
        let is_useful = matches!(value, Value::Number(_)) || value.as_str().is_some_and(|text| !text.is_empty());
        if is_useful && self.values.len() < FIELDS {
            self.values.entry(name.to_owned()).or_insert_with(|| value.clone());
        }
    }

    /// Takes in an answer to a request for `rule`; tells whether a credential was in it.
    pub(super) fn take(&mut self, rule: &str, response: &Response) -> bool {
        let before = (self.keys.len(), self.cookies.clone());
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.take_cookie(value);
            } else if is_credential(name) || name.eq_ignore_ascii_case("authorization") {
                self.add_key(&plain(name), value.strip_prefix("Bearer ").unwrap_or(value));
            }
        }
        match serde_json::from_slice(&response.body) {
            Ok(Value::String(text)) => self.take_text(&text),
            Ok(value) => self.walk(&resource(rule), &value, DEPTH),
            Err(_) => self.take_text(&String::from_utf8_lossy(&response.body)),
        }
        before != (self.keys.len(), self.cookies.clone())
    }

    fn take_cookie(&mut self, header: &str) {
        let Some((name, value)) = header.split(';').next().and_then(|pair| pair.split_once('=')) else { return };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        if value.is_empty() || value == "\"\"" {
            self.cookies.remove(&name);
        } else if self.cookies.len() < 32 {
            self.cookies.insert(name, value);
        }
    }

    /// An answer that is nothing but a token: a JSON Web Token, that is three parts of base64, the first of an object.
    fn take_text(&mut self, text: &str) {
        let text = text.trim();
        if text.starts_with("eyJ") && text.split('.').count() == 3 && !text.contains(char::is_whitespace) {
            self.add_key("token", text);
        }
    }

    fn walk(&mut self, parent: &str, value: &Value, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let plain = plain(name);
                    match value {
                        Value::String(text) if is_credential(name) => self.add_key(&plain, text),
                        Value::String(_) | Value::Number(_) => {
                            if plain == "id" && !parent.is_empty() {
                                self.note(&format!("{parent}_id"), value);
                            }
                            self.note(&plain, value);
                        }
                        Value::Object(_) | Value::Array(_) => {
                            // An envelope says nothing of what is in it.
                            let inner =
                                if ENVELOPES.contains(&plain.as_str()) { parent.to_owned() } else { singular(&plain) };
                            self.walk(&inner, value, depth - 1);
                        }
                        _ => {}
                    }
                }
            }
            Value::Array(list) => {
                if let Some(first) = list.first() {
                    self.walk(parent, first, depth - 1);
                }
            }
            _ => {}
        }
    }

    /// Notes a key that it has, under a plain name.
    pub(super) fn add_key(&mut self, name: &str, text: &str) {
        if text.len() >= 8 && self.keys.len() < 64 && !self.keys.iter().any(|(known, key)| known == name && key == text)
        {
            self.keys.push((name.to_owned(), text.to_owned()));
        }
    }

    /// What to send under this name; none where nothing fits.
    pub(super) fn value(&self, location: ParameterLocation, name: &str, rule: &str) -> Option<Value> {
        let asked = plain(name);
        if location == ParameterLocation::Cookie {
            return self.cookies.get(name).map(|value| json!(value));
        }
        if is_credential(name) {
            let named = self.keys.iter().rev().find(|(known, _)| *known == asked);
            return named.or_else(|| self.keys.last()).map(|(_, key)| json!(key));
        }
        if let Some(value) = self.values.get(&asked).filter(|_| asked != "id") {
            return Some(value.clone());
        }
        let kind = key_kind(name);
        let alike = |wanted: &dyn Fn(&str) -> bool| self.values.iter().find(|(known, _)| wanted(known)).map(|(_, v)| v);
        if kind == Some(KeyKind::Password) {
            return alike(&|known| key_kind(known) == Some(KeyKind::Password)).cloned();
        }
        if location == ParameterLocation::Path || asked.ends_with("id") {
            let of_rule = format!("{}_id", resource_before(rule, name));
            return self.values.get(&of_rule).or_else(|| self.values.get("id")).cloned();
        }
        if asked.ends_with("ids") {
            let one = self.values.get(singular(&asked).as_str()).or_else(|| {
                let parts = rule.split('/').rev().map(|part| format!("{}_id", singular(&plain(part))));
                parts.into_iter().find_map(|name| self.values.get(&name))
            });
            return one.map(|one| json!([one]));
        }
        None
    }

    /// Cookies as they go back.
    pub(super) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cookies.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What can stand in `Authorization`, most likely first.
    pub(super) fn authorizations(&self) -> Vec<(Scheme, String)> {
        let mut tries = Vec::new();
        // `token` and `access_token` before `refresh_token` and `api_key`.
        let mut keys: Vec<&(String, String)> = self.keys.iter().rev().collect();
        keys.sort_by_key(|(name, _)| (name.contains("refresh"), !(name.contains("token") || name.contains("jwt"))));
        if let Some((_, key)) = keys.first() {
            tries.push((Scheme::Bearer, key.clone()));
            tries.push((Scheme::Raw, key.clone()));
        }
        let text = |name: &str| self.values.get(name).and_then(Value::as_str);
        let user = ["username", "user_name", "user", "login", "email", "user_id"].iter().find_map(|name| text(name));
        let password = self.values.iter().find(|(name, _)| key_kind(name) == Some(KeyKind::Password));
        if let (Some(user), Some(password)) = (user, password.and_then(|(_, value)| value.as_str())) {
            tries.push((Scheme::Basic, format!("{user}:{password}")));
        }
        tries
    }

    /// The value under which others point at this identity: `owner_id`, `created_by`.
    pub(super) fn reference(&self, name: &str) -> Option<&Value> {
        let name = plain(name);
        let points = ["owner", "author", "creator", "created_by", "user", "account", "customer", "uid"];
        let points_here = points.iter().any(|word| name.starts_with(word)) || name == "uid";
        let own = || {
            ["user_id", "account_id", "customer_id", "username", "email", "id"]
                .iter()
                .find_map(|own| self.values.get(*own))
        };
        self.values.get(&name).or_else(|| if points_here { own() } else { None })
    }
}

/// Fields that wrap an answer.
const ENVELOPES: [&str; 9] = ["data", "result", "results", "response", "body", "payload", "items", "item", "message"];

/// Whether a name means something to come back with: a key or a token, no password and no digest.
pub(super) fn is_credential(name: &str) -> bool {
    matches!(key_kind(name), Some(KeyKind::ApiKey | KeyKind::Token | KeyKind::Session | KeyKind::Secret))
}

/// `userId`, `User-ID` and `user_id` are one name.
pub(super) fn plain(name: &str) -> String {
    words(name).join("_")
}

/// The thing that a rule is about: `record` of `/v1/records/<id>`.
fn resource(rule: &str) -> String {
    let mut fixed = rule.split('/').rev().filter(|part| !part.is_empty() && !part.contains(['<', '{', ':']));
    fixed.next().map(|part| singular(&plain(part))).unwrap_or_default()
}

/// The thing that a placeholder stands behind: `record` of `/records/<id>/summary`.
fn resource_before(rule: &str, name: &str) -> String {
    let end = rule.find(&format!("{name}>")).or_else(|| rule.find(&format!("{{{name}"))).unwrap_or(rule.len());
    let before = rule.get(..end).unwrap_or(rule);
    resource(before.rsplit_once('/').map_or(before, |(fixed, _)| fixed))
}

/// `record` of `records`, `category` of `categories`.
pub(super) fn singular(word: &str) -> String {
    match word {
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with('s') && !word.ends_with("ss") && word.len() > 2 => word[..word.len() - 1].to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;
    use stanch_api::ParameterLocation as At;
    use stanch_live::Response;

    use super::{Identity, Scheme};

    fn answer(headers: &[(&str, &str)], body: &serde_json::Value) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status: 200, headers, body: Bytes::from(body.to_string()), cut: false }
    }

    #[test]
    fn what_an_answer_gave_comes_back_where_it_is_asked_for() {
        let mut one = Identity::default();
        let made = json!({"data": {"user": {"id": "u7", "name": "n"}, "accessToken": "abcdefgh1"}});
        assert!(one.take("/users", &answer(&[("Set-Cookie", "session=s1; Path=/; HttpOnly")], &made)));
        assert!(!one.take("/orders", &answer(&[], &json!({"id": "o1"}))));
        assert_eq!(one.value(At::Path, "user_id", "/users/<user_id>"), Some(json!("u7")));
        assert_eq!(one.value(At::Path, "id", "/users/<id>"), Some(json!("u7")));
        assert_eq!(one.value(At::Path, "oid", "/orders/<oid>/lines"), Some(json!("o1")));
        assert_eq!(one.value(At::Header, "x-access-token", "/"), Some(json!("abcdefgh1")));
        assert_eq!(one.reference("owner_id"), Some(&json!("u7")));
        assert_eq!(one.cookies().collect::<Vec<_>>(), [("session", "s1")]);
        assert_eq!(one.authorizations().first(), Some(&(Scheme::Bearer, "abcdefgh1".to_owned())));
        one.take("/logout", &answer(&[("Set-Cookie", "session=; Max-Age=0")], &json!({})));
        assert_eq!(one.cookies().count(), 0);
    }
}

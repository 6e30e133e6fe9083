//! One method of one route, and the requests that are made for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use stanch_api::{Converter, Method, Parameter, ParameterLocation, SourcePlace};
use stanch_live::Request;

/// What is asked: a method, a rule and the parameters known so far.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) rule: String,
    /// `def` line of the view, where it is the project's own.
    pub(super) view: Option<SourcePlace>,
    /// Parameters of the path, with their converters.
    pub(super) path: Vec<(String, Converter)>,
    /// Parameters that the view was seen to ask for, or that the audit read.
    pub(super) asked: BTreeSet<(ParameterLocation, String)>,
}

/// Headers that a view may ask for and that are the client's or the framework's own business.
const OWN_HEADERS: [&str; 12] = [
    "host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type",
    "cookie", "x-stanch-probe", "x-forwarded-for", "x-forwarded-proto",
];

impl Operation {
    /// Takes in a parameter; tells whether it is new.
    pub(super) fn learn(&mut self, location: ParameterLocation, name: &str) -> bool {
        if location == ParameterLocation::Path
            || location == ParameterLocation::Header && OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str())
            || name.len() > 128
            || self.asked.len() >= 64
        {
            return false;
        }
        let name = if location == ParameterLocation::Header { name.to_ascii_lowercase() } else { name.to_owned() };
        self.asked.insert((location, name))
    }

    /// Takes in what the audit read of the view.
    pub(super) fn learn_all(&mut self, parameters: &[Parameter]) {
        for parameter in parameters {
            self.learn(parameter.location, &parameter.name);
        }
    }

    /// Every parameter, path first.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (ParameterLocation, &str, Converter)> {
        let path = self.path.iter().map(|(name, converter)| (ParameterLocation::Path, name.as_str(), *converter));
        path.chain(self.asked.iter().map(|(location, name)| (*location, name.as_str(), Converter::Text)))
    }

    /// The request with these values. A parameter without one is left out, a path parameter never has none.
    pub(super) fn request(&self, values: &Values) -> Request {
        let text = |location: ParameterLocation, name: &str| values.get(location, name).map(plain);
        let mut target = String::new();
        for part in segments(&self.rule) {
            match part {
                Segment::Text(text) => target.push_str(text),
                Segment::Parameter(name) => {
                    let value = text(ParameterLocation::Path, name).unwrap_or_default();
                    let _ = write!(target, "{}", utf8_percent_encode(&value, NON_ALPHANUMERIC));
                }
            }
        }
        let query = self.pairs(ParameterLocation::Query, values);
        if !query.is_empty() {
            target = format!("{target}?{query}");
        }
        let mut headers = Vec::new();
        for (_, name) in self.asked.iter().filter(|(location, _)| *location == ParameterLocation::Header) {
            if let Some(value) = text(ParameterLocation::Header, name) {
                let value = if name == "authorization" { format!("Bearer {value}") } else { value };
                headers.push((name.clone(), value));
            }
        }
        let cookies = self.pairs(ParameterLocation::Cookie, values).replace('&', "; ");
        if !cookies.is_empty() {
            headers.push(("cookie".to_owned(), cookies));
        }
        let mut body = Vec::new();
        if !self.method.is_safe() && self.method != Method::Delete || self.asks(ParameterLocation::Json) {
            let (kind, bytes) = self.body(values);
            headers.push(("content-type".to_owned(), kind.to_owned()));
            body = bytes;
        }
        Request { method: self.method, target, headers, body: body.into() }
    }

    fn asks(&self, location: ParameterLocation) -> bool {
        self.asked.iter().any(|(asked, _)| *asked == location)
    }

    fn body(&self, values: &Values) -> (&'static str, Vec<u8>) {
        if self.asks(ParameterLocation::Form) {
            return ("application/x-www-form-urlencoded", self.pairs(ParameterLocation::Form, values).into_bytes());
        }
        let fields: Map<String, Value> = self
            .asked
            .iter()
            .filter(|(location, _)| *location == ParameterLocation::Json)
            .filter_map(|(location, name)| Some((name.clone(), values.get(*location, name)?.clone())))
            .collect();
        ("application/json", Value::Object(fields).to_string().into_bytes())
    }

    fn pairs(&self, location: ParameterLocation, values: &Values) -> String {
        let pairs: Vec<String> = self
            .asked
            .iter()
            .filter(|(asked, _)| *asked == location)
            .filter_map(|(_, name)| {
                let value = plain(values.get(location, name)?);
                Some(format!(
                    "{}={}",
                    utf8_percent_encode(name, NON_ALPHANUMERIC),
                    utf8_percent_encode(&value, NON_ALPHANUMERIC)
                ))
            })
            .collect();
        pairs.join("&")
    }

    /// The request as a `curl` line against `$BASE_URL`, every value a shell variable: what the app was sent stands
    /// for values of the user's own, and a key must not stand in a report.
    pub(super) fn curl(&self) -> String {
        let variable = |name: &str| {
            let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            format!("${}", name.to_ascii_uppercase())
        };
        let mut url = String::from("$BASE_URL");
        for part in segments(&self.rule) {
            match part {
                Segment::Text(text) => url.push_str(text),
                Segment::Parameter(name) => url.push_str(&variable(name)),
            }
        }
        let query: Vec<String> = self.named(ParameterLocation::Query).map(|n| format!("{n}={}", variable(n))).collect();
        if !query.is_empty() {
            url = format!("{url}?{}", query.join("&"));
        }
        let mut line = String::from("curl -sS");
        if self.method != Method::Get {
            let _ = write!(line, " -X {}", self.method);
        }
        for name in self.named(ParameterLocation::Header) {
            let scheme = if name == "authorization" { "Bearer " } else { "" };
            let _ = write!(line, " -H \"{name}: {scheme}{}\"", variable(name));
        }
        for name in self.named(ParameterLocation::Cookie) {
            let _ = write!(line, " -b \"{name}={}\"", variable(name));
        }
        for name in self.named(ParameterLocation::Form) {
            let _ = write!(line, " --data-urlencode \"{name}={}\"", variable(name));
        }
        let fields: Vec<String> =
            self.named(ParameterLocation::Json).map(|name| format!("\\\"{name}\\\": \\\"{}\\\"", variable(name))).collect();
        if !fields.is_empty() {
            let _ = write!(line, " --json \"{{{}}}\"", fields.join(", "));
        }
        format!("{line} \"{url}\"")
    }

    fn named(&self, location: ParameterLocation) -> impl Iterator<Item = &str> {
        self.asked.iter().filter(move |(asked, _)| *asked == location).map(|(_, name)| name.as_str())
    }
}

/// Values of parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values(BTreeMap<(ParameterLocation, String), Value>);

impl Values {
    pub(super) fn get(&self, location: ParameterLocation, name: &str) -> Option<&Value> {
        self.0.get(&(location, name.to_owned()))
    }

    pub(super) fn set(&mut self, location: ParameterLocation, name: &str, value: Value) {
        self.0.insert((location, name.to_owned()), value);
    }

    /// The values of one part of the request only.
    pub(super) fn only(&self, location: ParameterLocation) -> Self {
        Self(self.0.iter().filter(|((at, _), _)| *at == location).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// The values with those of one part of the request changed.
    pub(super) fn map(&self, location: ParameterLocation, change: impl Fn(&str, &Value) -> Value) -> Self {
        Self(
            self.0
                .iter()
                .map(|((at, name), value)| {
                    let value = if *at == location { change(name, value) } else { value.clone() };
                    ((*at, name.clone()), value)
                })
                .collect(),
        )
    }
}

/// Words in names of parameters that are numbers nearly everywhere.
const NUMBERS: [&str; 12] = [
    "age", "amount", "count", "limit", "offset", "page", "price", "quantity", "rating", "size", "ttl", "year",
];

/// A value of the kind that a parameter of this name and converter takes, the same for the same seed text.
pub(super) fn honest_value(name: &str, converter: Converter, token: &str) -> Value {
    let digits: String = token.bytes().map(|byte| char::from(b'0' + byte % 10)).take(9).collect();
    match converter {
        Converter::Int => json!(digits.parse::<u64>().unwrap_or(7)),
        Converter::Float => json!(digits.parse::<f64>().unwrap_or(7.0) / 100.0),
        Converter::Uuid => {
            let hex: String = token.bytes().chain(*b"0123456789abcdef").map(|byte| format!("{byte:02x}")).collect();
            let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or("0");
            json!(format!("{}-{}-4{}-8{}-{}", part(0..8), part(8..12), part(12..15), part(15..18), part(18..30)))
        }
        Converter::Text | Converter::Path | Converter::Other => {
            let name = name.to_ascii_lowercase();
            if NUMBERS.iter().any(|word| name.split(['_', '-']).any(|part| part == *word)) {
                json!(5)
            } else if name.contains("email") || name.contains("mail") {
                json!(format!("{token}@example.com"))
            } else if name.ends_with("date") || name.ends_with("_at") {
                json!("2024-05-17")
            } else {
                json!(token)
            }
        }
    }
}

/// A value as it is written in a path, a query or a header.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

enum Segment<'r> {
    Text(&'r str),
    Parameter(&'r str),
}

/// Parts of a rule in Werkzeug's notation (`/users/<int:id>`) or in braces (`/users/{id}`).
fn segments(rule: &str) -> Vec<Segment<'_>> {
    let mut parts = Vec::new();
    let mut rest = rule;
    while let Some(start) = rest.find(['<', '{']) {
        let close = if rest.as_bytes()[start] == b'<' { '>' } else { '}' };
        let Some(length) = rest[start..].find(close) else { break };
        parts.push(Segment::Text(&rest[..start]));
        let inside = &rest[start + 1..start + length];
        // `<converter(arguments):name>`; FastAPI writes `{name:path}`.
        let name = if close == '>' {
            inside.rsplit(':').next().unwrap_or(inside)
        } else {
            inside.split(':').next().unwrap_or(inside)
        };
        parts.push(Segment::Parameter(name));
        rest = &rest[start + length + 1..];
    }
    parts.push(Segment::Text(rest));
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stanch_api::{Converter, Method, ParameterLocation as At};

    use super::{Operation, Values};

    fn operation() -> Operation {
        Operation {
            method: Method::Put,
            rule: "/users/<string(length=2):country>/<int:id>".to_owned(),
            view: None,
            path: vec![("country".to_owned(), Converter::Text), ("id".to_owned(), Converter::Int)],
            asked: [(At::Query, "v".to_owned()), (At::Json, "name".to_owned()), (At::Header, "x-api-key".to_owned())].into(),
        }
    }

    #[test]
    fn values_stand_where_the_route_reads_them() {
        let mut values = Values::default();
        for (at, name, value) in [
            (At::Path, "country", json!("a b")),
            (At::Path, "id", json!(7)),
            (At::Query, "v", json!("x&y")),
            (At::Json, "name", json!("n")),
            (At::Header, "x-api-key", json!("k")),
        ] {
            values.set(at, name, value);
        }
        let request = operation().request(&values);
        assert_eq!(request.target, "/users/a%20b/7?v=x%26y");
        assert_eq!(&request.body[..], br#"{"name":"n"}"#);
        assert!(request.headers.contains(&("x-api-key".to_owned(), "k".to_owned())));
    }

    #[test]
    fn a_curl_line_holds_no_value() {
        assert_eq!(
            operation().curl(),
            "curl -sS -X PUT -H \"x-api-key: $X_API_KEY\" --json \"{\\\"name\\\": \\\"$NAME\\\"}\" \
             \"$BASE_URL/users/$COUNTRY/$ID?v=$V\""
        );
    }
}

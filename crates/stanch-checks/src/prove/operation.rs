//! One method of one route, and the requests that are made for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stanch_api::{Converter, Method, Parameter, ParameterLocation, Route, SourcePlace};
use stanch_live::{Request, driver, openapi};
use stanch_secrets::Secret;
use url::Url;

use super::identity::{Scheme, is_credential};

/// What is asked: a method, a rule and the parameters known so far.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(super) method: Method,
    pub(super) rule: String,
    /// `def` line of the view, where it is the project's own.
    pub(super) view: Option<SourcePlace>,
    /// Parameters of the path, with their converters.
    pub(super) path: Vec<(String, Converter)>,
    /// Parameters that the view was seen to ask for, or that the audit read.
    pub(super) asked: BTreeSet<(ParameterLocation, String)>,
    /// Those of them that the view asked for while it was watched.
    pub(super) confirmed: BTreeSet<(ParameterLocation, String)>,
    /// Parameters that are not sent, asked for or not.
    pub(super) avoided: BTreeSet<(ParameterLocation, String)>,
    /// Values of the types that the app declares for them, where it declares another one than text.
    pub(super) examples: BTreeMap<(ParameterLocation, String), Value>,
}

/// Headers that a view may ask for and that are the client's or the framework's own business.
const OWN_HEADERS: [&str; 12] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "x-stanch-probe",
    "x-forwarded-for",
    "x-forwarded-proto",
];

impl Operation {
    /// The rule of the route, empty for what the app does when it starts.
    pub(crate) fn rule(&self) -> &str {
        &self.rule
    }

    /// What is asked with no parameter known but those of the path.
    pub(super) fn bare(method: Method, rule: &str, path: Vec<(String, Converter)>) -> Self {
        Self {
            method,
            rule: rule.to_owned(),
            view: None,
            path,
            asked: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            avoided: BTreeSet::new(),
            examples: BTreeMap::new(),
        }
    }

    /// The method of its requests.
    pub(crate) const fn method(&self) -> Method {
        self.method
    }

    /// Takes in a parameter; tells whether it is new.
    pub(super) fn learn(&mut self, location: ParameterLocation, name: &str) -> bool {
        if location == ParameterLocation::Path
            || location == ParameterLocation::Header && OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str())
            || name.len() > 128
            || self.asked.len() >= 64
        {
            return false;
        }
        let parameter = (location, plain_name(location, name));
        !self.avoided.contains(&parameter) && self.asked.insert(parameter)
    }

    /// From now on the parameter is not sent, asked for or not.
    pub(super) fn avoid(&mut self, location: ParameterLocation, name: &str) {
        let parameter = (location, plain_name(location, name));
        self.asked.remove(&parameter);
        self.avoided.insert(parameter);
    }

    /// The same operation with one parameter of the query that these values leave out, for each of them.
    pub(super) fn with_each_unsent(&self, values: &Values) -> Vec<Self> {
        let unsent = |(location, name): &&(ParameterLocation, String)| {
            *location == ParameterLocation::Query && values.get(*location, name).is_none()
        };
        let unsent: Vec<_> = self.asked.iter().filter(unsent).cloned().collect();
        let with = |name: &String| {
            let mut one = self.clone();
            unsent.iter().filter(|(_, other)| other != name).for_each(|(location, other)| one.avoid(*location, other));
            one
        };
        unsent.iter().map(|(_, name)| with(name)).collect()
    }

    /// The same operation with no query but what says who asks: most queries are filters and page tokens.
    pub(super) fn lean(&self) -> Self {
        let mut lean = self.clone();
        let query = self.asked.iter().filter(|(at, name)| *at == ParameterLocation::Query && !is_proof(*at, name));
        query.for_each(|(location, name)| lean.avoid(*location, name));
        lean
    }

    /// Notes that the view asked for it; tells whether it was unknown.
    pub(super) fn confirm(&mut self, location: ParameterLocation, name: &str) -> bool {
        let is_new = self.learn(location, name);
        self.confirmed.insert((location, plain_name(location, name)));
        is_new
    }

    /// Takes in a field of the body that no part of the app was seen to ask for: as JSON, or as a form where that did not
    /// arrive. Tells whether there was anything left to try.
    pub(super) fn confirm_in_body(&mut self, name: &str) -> bool {
        let as_json = (ParameterLocation::Json, name.to_owned());
        if self.asked.contains(&(ParameterLocation::Form, name.to_owned())) {
            return false;
        }
        if self.asked.remove(&as_json) {
            self.confirmed.remove(&as_json);
            return self.confirm(ParameterLocation::Form, name);
        }
        let form = self.asked.iter().any(|(location, _)| *location == ParameterLocation::Form);
        self.confirm(if form { ParameterLocation::Form } else { ParameterLocation::Json }, name)
    }

    /// Forgets what the audit thought the view reads and the view did not ask for. Where the view was not seen to ask
    /// for anything (its framework reads parameters itself), all is kept.
    pub(super) fn settle(&mut self) {
        if !self.confirmed.is_empty() {
            self.asked.retain(|parameter| self.confirmed.contains(parameter));
        }
    }

    /// Notes a value of the type that a parameter must have.
    pub(super) fn exemplify(&mut self, location: ParameterLocation, name: &str, example: Option<&Value>) {
        if let Some(example) = example.filter(|example| !example.is_null()) {
            self.examples.entry((location, plain_name(location, name))).or_insert_with(|| example.clone());
        }
    }

    /// Whether the request holds anything that says who asks.
    pub(super) fn asks_who(&self) -> bool {
        self.asked.iter().any(|(location, name)| is_proof(*location, name))
    }

    /// Whether requests of the method have a body.
    pub(super) const fn takes_body(&self) -> bool {
        matches!(self.method, Method::Post | Method::Put | Method::Patch)
    }

    /// Whether the query is asked for anything but who asks.
    pub(super) fn has_query(&self) -> bool {
        self.asked.iter().any(|(at, name)| *at == ParameterLocation::Query && !is_proof(*at, name))
    }

    /// Whether any field of a body is asked for.
    pub(super) fn has_body(&self) -> bool {
        self.asked.iter().any(|(at, _)| matches!(at, ParameterLocation::Json | ParameterLocation::Form))
    }

    /// Whether the header `Authorization` is asked for.
    pub(super) fn asks_authorization(&self) -> bool {
        self.asked.contains(&(ParameterLocation::Header, "authorization".to_owned()))
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

    /// The request with these values. A parameter without one is left out.
    pub(super) fn request(&self, values: &Values) -> Request {
        let mut request = self.build(&mut values.clone());
        if request.body.is_empty() && self.takes_body() {
            // A view that reads JSON answers 415 to a request that says nothing of its type, and shows no parameter.
            request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            request.body = "{}".into();
        }
        request
    }

    /// The request as a `curl` line to `address` in which every value is a shell variable: what the app was sent stands for values
    /// of the user's own, and a key must not stand in a report.
    pub(super) fn curl(&self, address: &Url) -> String {
        let mut names: Vec<(String, Secret)> = Vec::new();
        let mut values = Values::default();
        for (number, (location, name, _)) in self.parameters().enumerate() {
            let stand_in = format!("stanch-value-{number}-");
            values.set(location, name, json!(stand_in));
            names.push((variable(name), Secret::new(stand_in)));
        }
        let mut request = self.build(&mut values);
        request.headers.retain(|(name, _)| name != "Accept");
        driver::curl(address, &request, &names)
    }

    fn build(&self, values: &mut Values) -> Request {
        let parameters = self.parameters().map(|(location, name, converter)| Parameter {
            name: name.to_owned(),
            location,
            converter,
        });
        let route = Route {
            methods: vec![self.method],
            rule: self.rule.clone(),
            view: SourcePlace::line("", 1),
            view_name: String::new(),
            parameters: parameters.collect(),
        };
        let operation = driver::from_route(&route, self.method);
        driver::build(&operation, "", values).unwrap_or_else(|_| Request {
            method: self.method,
            target: self.rule.clone(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
        })
    }
}

/// Names of headers are compared in lower case (RFC 9110, 5.1).
fn plain_name(location: ParameterLocation, name: &str) -> String {
    if location == ParameterLocation::Header { name.to_ascii_lowercase() } else { name.to_owned() }
}

/// A shell variable of a parameter's name.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// Whether a parameter says who asks: the header `Authorization`, or a key or token in a header, cookie or query.
pub(super) fn is_proof(location: ParameterLocation, name: &str) -> bool {
    match location {
        ParameterLocation::Header => name == "authorization" || is_credential(name),
        ParameterLocation::Cookie | ParameterLocation::Query => is_credential(name),
        _ => false,
    }
}

/// Values of parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values {
    by_name: BTreeMap<(ParameterLocation, String), Value>,
    /// How `Authorization` is written.
    pub(super) scheme: Scheme,
}

impl driver::Values for Values {
    fn value(&mut self, _: &openapi::Operation, parameter: &openapi::Parameter) -> Option<Value> {
        let value = self.get(parameter.location, &parameter.name)?;
        let is_authorization = parameter.location == ParameterLocation::Header && parameter.name == "authorization";
        Some(match value.as_str().filter(|_| is_authorization) {
            Some(credential) => json!(self.scheme.header(credential)),
            None => value.clone(),
        })
    }
}

impl Values {
    pub(super) fn get(&self, location: ParameterLocation, name: &str) -> Option<&Value> {
        self.by_name.get(&(location, name.to_owned()))
    }

    pub(super) fn set(&mut self, location: ParameterLocation, name: &str, value: Value) {
        self.by_name.insert((location, name.to_owned()), value);
    }

    /// Every value with the place it stands at.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ParameterLocation, &str, &Value)> {
        self.by_name.iter().map(|((location, name), value)| (*location, name.as_str(), value))
    }

    /// The values of one part of the request only, and what says who asks.
    pub(super) fn only(&self, location: ParameterLocation) -> Self {
        self.filtered(|at, name| at == location || is_proof(at, name))
    }

    /// The values without those that are meant.
    pub(super) fn without(&self, meant: impl Fn(ParameterLocation, &str) -> bool) -> Self {
        self.filtered(|at, name| !meant(at, name))
    }

    fn filtered(&self, keep: impl Fn(ParameterLocation, &str) -> bool) -> Self {
        let kept = self.by_name.iter().filter(|((at, name), _)| keep(*at, name));
        Self { by_name: kept.map(|(k, v)| (k.clone(), v.clone())).collect(), scheme: self.scheme }
    }

    /// The values with those of one part of the request changed.
    pub(super) fn map(&self, location: ParameterLocation, change: impl Fn(&str, &Value) -> Value) -> Self {
        let changed = self.by_name.iter().map(|((at, name), value)| {
            let value = if *at == location && !is_proof(*at, name) { change(name, value) } else { value.clone() };
            ((*at, name.clone()), value)
        });
        Self { by_name: changed.collect(), scheme: self.scheme }
    }
}

/// Words in names of parameters that are numbers nearly everywhere.
const NUMBERS: [&str; 12] =
    ["age", "amount", "count", "limit", "offset", "page", "price", "quantity", "rating", "size", "ttl", "year"];

/// A value of the kind that a parameter of this converter takes, made of a text that stands for its name.
pub(super) fn honest_value(converter: Converter, name: &str, shared: &str) -> Value {
    let digits = || -> u64 {
        let digits: String = shared.bytes().map(|byte| char::from(b'0' + byte % 10)).take(9).collect();
        digits.parse().unwrap_or(7)
    };
    match converter {
        Converter::Int => json!(digits()),
        Converter::Float => json!(7.5),
        Converter::Uuid => {
            let hex: String = shared.bytes().chain(*b"0123456789abcdef").map(|byte| format!("{byte:02x}")).collect();
            let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or("0");
            json!(format!("{}-{}-4{}-8{}-{}", part(0..8), part(8..12), part(12..15), part(15..18), part(18..30)))
        }
        Converter::Text | Converter::Path | Converter::Other => {
            let name = name.to_ascii_lowercase();
            let is_number = NUMBERS.iter().any(|word| name.split(['_', '-']).any(|part| part == *word));
            if is_number { json!(5) } else { json!(shared) }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;
    use stanch_api::{Converter, Method, ParameterLocation as At};

    use super::{Operation, Values};

    fn operation() -> Operation {
        Operation {
            method: Method::Put,
            rule: "/users/<string(length=2):country>/<int:id>".to_owned(),
            view: None,
            path: vec![("country".to_owned(), Converter::Text), ("id".to_owned(), Converter::Int)],
            confirmed: BTreeSet::new(),
            avoided: BTreeSet::new(),
            examples: BTreeMap::new(),
            asked: [(At::Query, "v".to_owned()), (At::Json, "name".to_owned()), (At::Header, "x-api-key".to_owned())]
                .into(),
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
        let line = operation().curl(&"http://localhost:5000".parse().unwrap());
        assert!(line.contains("'x-api-key: '\"$X_API_KEY\""), "{line}");
        assert!(line.contains(r#"'{"name":"'"$NAME"'"}'"#), "{line}");
        assert!(line.ends_with("http://localhost:5000/users/\"$COUNTRY\"/\"$ID\"'?v='\"$V\""), "{line}");
    }
}

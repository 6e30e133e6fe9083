//! What came of a test, request by request.

use bytes::Bytes;
use serde_json::Value;
use stanch_api::{Converter, Method, ParameterLocation};
use stanch_dynamodb::World;
use stanch_live::app::Happening;
use stanch_live::stubs::ServiceStubs;
use stanch_live::{Event, Exchange, LogStream, Request};
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use crate::prove::escape::sent;
use crate::prove::learn::learn;
use crate::prove::observation::Observation;
use crate::prove::operation::Operation;
use crate::prove::sign::{SHORTEST_KEY, SentKey};

/// One request to the app, or what a test did beside all of them.
pub(super) struct Answered {
    pub(super) observation: Observation,
    pub(super) operation: Operation,
}

impl Answered {
    /// The requests of a test in order, then what it printed, where that belongs to no single one.
    pub(super) fn of(
        happening: Happening,
        world: &World,
        stubs: &ServiceStubs,
        known: &[Operation],
        has_tests: bool,
    ) -> Vec<Self> {
        let test = happening.test.map(|(_, name)| plain_name(&name));
        let (streams, events): (Vec<Event>, Vec<Event>) =
            happening.events.into_iter().filter(|event| !is_of_tests(event)).partition(is_stream);
        let mut found: Vec<Self> = Vec::new();
        let mut open = Vec::new();
        for event in events {
            match event {
                Event::Answered { exchange, rule, .. } => {
                    let events = std::mem::take(&mut open);
                    found.push(Self::one((exchange, rule), events, (world, stubs), known, test.clone()));
                }
                other => open.push(other),
            }
        }
        // Outside of all tests, the streams hold what the test runner itself says.
        if test.is_some() || !has_tests {
            open.extend(streams);
        }
        match found.as_mut_slice() {
            _ if open.is_empty() => {}
            [only] => only.observation.events.extend(open),
            several => {
                let beside = Self::beside(several, open, test);
                found.push(beside);
            }
        }
        found
    }

    fn one(
        (exchange, rule): (Exchange, Option<String>),
        events: Vec<Event>,
        (world, stubs): (&World, &ServiceStubs),
        known: &[Operation],
        test: Option<String>,
    ) -> Self {
        let (rule, method) = (rule.unwrap_or_default(), exchange.request.method);
        let found = known.iter().find(|operation| operation.rule == rule && operation.method == method);
        let mut operation = found.cloned().unwrap_or_else(|| bare(method, &rule));
        let number = exchange.probe.0;
        let sent = keys(&exchange.request, &operation);
        let observation = Observation {
            events,
            calls: world.calls_of(number),
            handed: stubs.calls_of(number),
            sent,
            test,
            ..Observation::of(exchange)
        };
        learn(&mut operation, &observation);
        Self { observation, operation }
    }

    /// What was printed and done outside of the requests, whose texts are all known to whoever reads it.
    fn beside(requests: &[Self], events: Vec<Event>, test: Option<String>) -> Self {
        let texts: Vec<Vec<u8>> = requests.iter().map(|one| sent(&one.observation.exchange)).collect();
        let sent = requests.iter().flat_map(|one| one.observation.sent.iter().cloned()).collect();
        let unasked = Observation::unasked(events, Bytes::from(texts.join(&b'\n')));
        let observation = Observation { sent, test, ..unasked };
        Self { observation, operation: bare(Method::Get, "") }
    }
}

/// Values that a test is run with stand behind its name, and may be anything.
fn plain_name(name: &str) -> String {
    name.split('[').next().unwrap_or(name).chars().take(200).collect()
}

const fn is_stream(event: &Event) -> bool {
    matches!(event, Event::Log { stream: LogStream::Stdout | LogStream::Stderr, .. })
}

/// Whether the tests themselves wrote it.
fn is_of_tests(event: &Event) -> bool {
    let Event::Log { source: Some(source), .. } = event else { return false };
    let file = source.path.rsplit('/').next().unwrap_or_default();
    let mut directories = source.path.split('/').rev().skip(1);
    file.starts_with("test_")
        || file.ends_with("_test.py")
        || file == "conftest.py"
        || directories.any(|part| part == "tests" || part == "test")
}

fn bare(method: Method, rule: &str) -> Operation {
    let path = placeholders(rule).into_iter().map(|name| (name.to_owned(), Converter::Text)).collect();
    Operation::bare(method, rule, path)
}

/// `id` of `/users/<int:id>` and `/users/{id}`.
fn placeholders(rule: &str) -> Vec<&str> {
    rule.split('/').filter_map(placeholder).collect()
}

fn placeholder(part: &str) -> Option<&str> {
    let inner = match part.strip_prefix('<') {
        Some(rest) => rest.strip_suffix('>')?,
        None => part.strip_prefix('{')?.strip_suffix('}')?,
    };
    let name = if part.starts_with('<') { inner.rsplit(':').next() } else { inner.split(':').next() };
    name.filter(|name| !name.is_empty())
}

/// The keys that a request held, by the names of the parameters that held them.
fn keys(request: &Request, operation: &Operation) -> Vec<SentKey> {
    let mut named: Vec<(ParameterLocation, String, String)> = Vec::new();
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    for (part, text) in operation.rule.split('/').zip(path.split('/')) {
        if let Some(name) = placeholder(part) {
            let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            named.push((ParameterLocation::Path, name.to_owned(), text));
        }
    }
    let pairs = |text: &[u8], location| {
        url::form_urlencoded::parse(text)
            .map(|(name, value)| (location, name.into_owned(), value.into_owned()))
            .collect::<Vec<_>>()
    };
    named.extend(pairs(query.as_bytes(), ParameterLocation::Query));
    for (name, value) in &request.headers {
        if name.eq_ignore_ascii_case("cookie") {
            let cookies = value.split("; ").filter_map(|pair| pair.split_once('='));
            named.extend(cookies.map(|(name, value)| (ParameterLocation::Cookie, name.to_owned(), value.to_owned())));
        } else {
            // `Bearer KEY`: the key alone is what comes out again.
            let key = value.rsplit(' ').next().unwrap_or(value);
            named.push((ParameterLocation::Header, name.to_ascii_lowercase(), key.to_owned()));
        }
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(Value::Object(fields)) => named.extend(
            fields
                .into_iter()
                .filter_map(|(name, value)| Some((ParameterLocation::Json, name, value.as_str()?.to_owned()))),
        ),
        Ok(_) => {}
        Err(_) => named.extend(pairs(&request.body, ParameterLocation::Form)),
    }
    let key = |(location, name, text): (ParameterLocation, String, String)| {
        let is_proof = location == ParameterLocation::Header && name == "authorization";
        let kind = key_kind(&name).or(is_proof.then_some(KeyKind::Token))?;
        (text.len() >= SHORTEST_KEY).then(|| SentKey { location, name, kind, value: Secret::new(text) })
    };
    named.into_iter().filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use stanch_api::{Method, ParameterLocation as At};
    use stanch_live::Request;

    use super::{bare, keys, plain_name};

    #[test]
    fn keys_are_found_in_every_part_of_a_request() {
        let request = Request {
            method: Method::Put,
            target: "/keys/path%2Dkey-1/x?api_key=query-key-1&page=12345678".to_owned(),
            headers: vec![
                ("Authorization".to_owned(), "Bearer header-key-1".to_owned()),
                ("Cookie".to_owned(), "session_token=cookie-key-1; theme=dark-and-long".to_owned()),
            ],
            body: Bytes::from_static(br#"{"password": "body-key-1", "name": "long enough"}"#),
        };
        let found: Vec<(At, String, String)> = keys(&request, &bare(Method::Put, "/keys/<string:token>/x"))
            .into_iter()
            .map(|key| (key.location, key.name, key.value.expose().to_owned()))
            .collect();
        let expected = [
            (At::Path, "token", "path-key-1"),
            (At::Query, "api_key", "query-key-1"),
            (At::Header, "authorization", "header-key-1"),
            (At::Cookie, "session_token", "cookie-key-1"),
            (At::Json, "password", "body-key-1"),
        ];
        assert_eq!(found, expected.map(|(at, name, text)| (at, name.to_owned(), text.to_owned())));
    }

    #[test]
    fn values_behind_a_tests_name_are_left_out() {
        assert_eq!(plain_name("tests/test_a.py::test_x[value-1]"), "tests/test_a.py::test_x");
    }
}

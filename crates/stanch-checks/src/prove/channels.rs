//! Everything that came out during a probe, as texts with the way each took.

use serde_json::Value;
use stanch_api::SourcePlace;
use stanch_live::stubs::ServiceCall;
use stanch_live::{Event, LogStream, Response};

use super::observation::Observation;
use super::sign::Way;
use super::touched::line_of;

/// A text and its way out.
pub(super) struct Channel {
    pub(super) way: Way,
    /// The way in words, for evidence.
    pub(super) what: String,
    pub(super) text: Vec<u8>,
    pub(super) source: Option<SourcePlace>,
}

/// The answer, part by part, then what was logged.
pub(super) fn channels(observation: &Observation) -> Vec<Channel> {
    let mut channels = Vec::new();
    if let Ok(response) = &observation.exchange.outcome {
        answer(response, &mut channels);
    }
    channels.extend(observation.events.iter().flat_map(logged));
    channels.extend(observation.events.iter().filter_map(sent_out));
    channels.extend(observation.handed.iter().map(|call| handed(observation, call)));
    channels
}

/// An HTTP request of the app's own.
fn sent_out(event: &Event) -> Option<Channel> {
    let Event::Outgoing { method, address, target, headers, body, source, .. } = event else { return None };
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    Some(Channel {
        way: Way::Handed(address.clone()),
        what: format!("{method} request to {address}"),
        text: format!("{target}\n{headers}\n{body}").into_bytes(),
        source: source.clone(),
    })
}

/// A call to another service of AWS, which a stand-in answered.
fn handed(observation: &Observation, call: &ServiceCall) -> Channel {
    let to = call.resource.as_ref().map_or_else(String::new, |resource| format!(" for `{resource}`"));
    let text = match std::str::from_utf8(&call.body) {
        // The older services take forms.
        Ok(form) if form.starts_with("Action=") => {
            let pairs = url::form_urlencoded::parse(form.as_bytes());
            pairs.map(|(name, value)| format!("{name}: {value}\n")).collect::<String>().into_bytes()
        }
        _ => call.body.to_vec(),
    };
    Channel {
        way: Way::Handed(call.service.clone()),
        what: format!("`{}` of {}{to}", call.operation, call.service),
        text,
        source: line_of(&observation.events, &call.operation),
    }
}

fn answer(response: &Response, channels: &mut Vec<Channel>) {
    let what = format!("response body, status {}", response.status);
    let mut add = |way: Way, what: String, text: Vec<u8>| channels.push(Channel { way, what, text, source: None });
    match apart(&response.body) {
        Some((rest, token)) => {
            add(Way::PageToken, format!("page token in the {what}"), token);
            add(Way::Body, what, rest);
        }
        None => add(Way::Body, what, response.body.to_vec()),
    }
    for (name, value) in &response.headers {
        let name = name.to_ascii_lowercase();
        add(Way::Header(name.clone()), format!("response header {name}"), value.clone().into_bytes());
    }
}

/// Words in the names of fields that hold the mark where the next page starts. A field that is called `token` alone is
/// a credential.
const MARKS: [&str; 9] = [
    "next",
    "cursor",
    "continuation",
    "lastkey",
    "last_key",
    "startkey",
    "start_key",
    "lastevaluatedkey",
    "page_token",
];

/// The body without its page tokens, and the page tokens; none where it has none.
fn apart(body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let mut tokens = Vec::new();
    take_marks(&mut value, 0, &mut tokens);
    if tokens.is_empty() {
        return None;
    }
    Some((value.to_string().into_bytes(), Value::Array(tokens).to_string().into_bytes()))
}

fn take_marks(value: &mut Value, depth: usize, tokens: &mut Vec<Value>) {
    if depth > 4 {
        return;
    }
    let Value::Object(members) = value else { return };
    let marks: Vec<String> = members.keys().filter(|name| is_mark(name)).cloned().collect();
    for name in marks {
        tokens.extend(members.remove(&name).filter(|value| !value.is_null()));
    }
    members.values_mut().for_each(|member| take_marks(member, depth + 1, tokens));
}

fn is_mark(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = name.replace(['_', '-'], "");
    MARKS.iter().any(|mark| name.contains(mark) || plain.contains(mark)) || plain == "exclusivestartkey"
}

/// Loggers of servers, which write the request line.
const ACCESS: [&str; 4] = ["werkzeug", "uvicorn.access", "gunicorn.access", "hypercorn.access"];

fn logged(event: &Event) -> Vec<Channel> {
    let Event::Log { stream, text, record, source, .. } = event else { return Vec::new() };
    if record.as_ref().is_some_and(|record| !record.emitted) {
        return Vec::new();
    }
    let name = match stream {
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
        LogStream::Record => "log record",
        LogStream::File => "file",
    };
    let logger = record.as_ref().map(|record| record.logger.clone());
    let is_server = logger.as_ref().is_some_and(|logger| ACCESS.contains(&logger.as_str()));
    let one = |way: Way, what: &str, text: String, source: Option<&SourcePlace>| Channel {
        way,
        what: what.to_owned(),
        text: text.into_bytes(),
        source: source.cloned(),
    };
    let way = || Way::Log(*stream, logger.clone());
    if is_server && is_access(text) {
        return vec![one(Way::AccessLog, "access log", request_line(text), None)];
    }
    if source.is_some() || is_server {
        return vec![one(way(), name, text.clone(), source.as_ref())];
    }
    // Lines of the server stand between those of the app.
    let (access, other): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| is_access(line));
    let mut channels: Vec<Channel> =
        access.into_iter().map(|line| one(Way::AccessLog, "access log", request_line(line), None)).collect();
    if !other.is_empty() {
        channels.push(one(way(), name, other.join("\n"), None));
    }
    channels
}

/// The line from the request on: address and time of the caller stand before it.
fn request_line(line: &str) -> String {
    line.find('"').and_then(|at| line.get(at..)).unwrap_or(line).to_owned()
}

/// Whether a line is one of an access log: it quotes the request line (`"GET /path HTTP/1.1" 200`).
fn is_access(line: &str) -> bool {
    line.contains(" HTTP/1.") && line.contains(" /") && !line.trim().contains('\n')
}

#[cfg(test)]
mod tests {
    use super::{apart, is_mark};

    #[test]
    fn page_tokens_are_told_from_tokens() {
        for name in ["next", "nextToken", "next_page_token", "LastEvaluatedKey", "lastKey", "cursor"] {
            assert!(is_mark(name), "{name}");
        }
        for name in ["token", "access_token", "key", "items"] {
            assert!(!is_mark(name), "{name}");
        }
        let (rest, token) = apart(br#"{"data": {"items": [1], "next": "abc"}}"#).unwrap_or_default();
        assert_eq!((rest, token), (br#"{"data":{"items":[1]}}"#.to_vec(), br#"["abc"]"#.to_vec()));
        assert_eq!(apart(br#"{"items": []}"#), None);
    }
}

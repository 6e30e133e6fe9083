//! Canaries that came out: what one exchange, and the log lines written during it, let through.

use std::collections::{BTreeMap, BTreeSet};

use stanch_api::SourcePlace;
use stanch_findings::Evidence;
use stanch_live::canary::{CanaryBook, CanaryClass, CanaryHit, CanaryPlace};
use stanch_live::{Event, Exchange, LogStream};
use stanch_secrets::{Masks, names};

/// A way by which canaries came out during one probe.
#[derive(Clone, Debug)]
pub(crate) struct Escape {
    /// Which way.
    pub(crate) way: Way,
    /// Attributes whose values came out, none of which the request itself had sent.
    pub(crate) attributes: BTreeMap<(String, String), CanaryClass>,
    /// Variables of the environment whose values came out.
    pub(crate) variables: BTreeSet<String>,
    /// The app's own line that wrote it, of a log line where it is known.
    pub(crate) source: Option<SourcePlace>,
    /// What was seen, masked.
    pub(crate) evidence: Evidence,
}

/// Ways out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The body of the answer.
    Body,
    /// A header of the answer, by name.
    Header(String),
    /// A log line.
    Log(LogStream),
}

impl Escape {
    /// Attributes of one class, sorted.
    pub(crate) fn of_class(&self, class: CanaryClass) -> impl Iterator<Item = &(String, String)> {
        self.attributes.iter().filter(move |(_, known)| **known == class).map(|(attribute, _)| attribute)
    }

    /// Attributes of one class in words: `` `token` of table `users` and … ``; empty for none.
    pub(crate) fn named(&self, class: CanaryClass) -> String {
        let names = self.of_class(class).map(|(table, name)| format!("`{name}` of table `{table}`"));
        names.collect::<Vec<_>>().join(" and ")
    }
}

/// Searches everything that came out during a probe. A value that the same request had sent is no leak.
pub(super) fn search(book: &CanaryBook, exchange: &Exchange, events: &[Event], masks: &mut Masks) -> Vec<Escape> {
    let Ok(response) = &exchange.outcome else { return Vec::new() };
    let sent = sent(exchange);
    let mut escapes = Vec::new();
    let mut look = |way: Way, what: String, text: &[u8], source: Option<&SourcePlace>| {
        let all = book.search(text);
        let leaked = book.without_sent(all.clone(), &[&sent]);
        if leaked.is_empty() {
            return;
        }
        let mut escape = Escape {
            way,
            attributes: BTreeMap::new(),
            variables: BTreeSet::new(),
            source: source.cloned(),
            evidence: Evidence { what, text: excerpt(text, &all, &leaked, masks) },
        };
        for hit in leaked {
            match hit.place {
                CanaryPlace::Attribute { table, attribute, .. } => {
                    escape.attributes.insert((table, attribute), hit.class);
                }
                CanaryPlace::Environment { name } => {
                    escape.variables.insert(name);
                }
            }
        }
        escapes.push(escape);
    };
    look(Way::Body, format!("response body, status {}", response.status), &response.body, None);
    for (name, value) in &response.headers {
        look(Way::Header(name.clone()), format!("response header {name}"), value.as_bytes(), None);
    }
    for event in events {
        if let Event::Log { stream, text, record, source, .. } = event
            && record.as_ref().is_none_or(|record| record.emitted)
        {
            let what = match stream {
                LogStream::Stdout => "stdout",
                LogStream::Stderr => "stderr",
                LogStream::Record => "log record",
            };
            look(Way::Log(*stream), what.to_owned(), text.as_bytes(), source.as_ref());
        }
    }
    escapes
}

/// The request as it went out: the caller knows everything in it already.
fn sent(exchange: &Exchange) -> Vec<u8> {
    let request = &exchange.request;
    let mut text = request.target.clone().into_bytes();
    for (name, value) in &request.headers {
        text.extend_from_slice(format!("\n{name}: {value}").as_bytes());
    }
    text.push(b'\n');
    text.extend_from_slice(&request.body);
    text
}

/// Bytes shown on either side of the first hit.
const CONTEXT: usize = 60;

/// A line of text around the first leaked value, every canary in it masked, also those that the request had sent.
fn excerpt(text: &[u8], all: &[CanaryHit], leaked: &[CanaryHit], masks: &mut Masks) -> String {
    // The most telling hit is shown: a secret before anything else.
    let Some(shown) =
        leaked.iter().max_by_key(|hit| (hit.class == CanaryClass::Secret, std::cmp::Reverse(hit.range.start)))
    else {
        return String::new();
    };
    let start = shown.range.start.saturating_sub(CONTEXT);
    let end = (shown.range.end + CONTEXT).min(text.len());
    let mut covers: Vec<&CanaryHit> = all.iter().filter(|hit| hit.range.start < end && hit.range.end > start).collect();
    covers.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
    let mut line = String::new();
    let mut at = covers.first().map_or(start, |hit| start.min(hit.range.start));
    for hit in covers {
        if hit.range.start < at {
            // A second form of the same value over the same bytes.
            at = at.max(hit.range.end);
            continue;
        }
        line.push_str(&String::from_utf8_lossy(&text[at..hit.range.start]));
        line.push_str(&label(hit, masks));
        at = hit.range.end;
    }
    if at < end {
        line.push_str(&String::from_utf8_lossy(&text[at..end]));
    }
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{before}{line}{after}")
}

fn label(hit: &CanaryHit, masks: &mut Masks) -> String {
    let (name, identity) = match &hit.place {
        CanaryPlace::Attribute { table, item, attribute } => (attribute, format!("{table}\n{item}\n{attribute}")),
        CanaryPlace::Environment { name } => (name, name.clone()),
    };
    let kind = match hit.class {
        CanaryClass::Secret => names::key_kind(name).map_or("secret", names::KeyKind::as_str),
        CanaryClass::Ordinary => "value",
        CanaryClass::Foreign => "unknown-attribute",
    };
    masks.label(kind, &identity)
}

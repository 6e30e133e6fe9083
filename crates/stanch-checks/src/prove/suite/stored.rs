//! Keys that the tests, or the app, stored: a suite makes its own items, and what stands in them under a key's name is as
//! secret as what was planted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stanch_findings::Evidence;
use stanch_live::Event;
use stanch_live::canary::CanaryClass;

use crate::prove::escape::sent;
use crate::prove::identity::plain;
use crate::prove::observation::Observation;
use crate::prove::plant::Planter;
use crate::prove::sign::{Kind, Sign, Way};

/// Shortest text that is unique enough to be looked for in everything that comes out. What is shorter counts only where
/// an answer has it under the very name of the attribute.
const SHORTEST: usize = 16;
/// Shortest text that counts there.
const SHORTEST_NAMED: usize = 4;
/// Keys that are remembered at most.
const MOST: usize = 2_000;

/// The keys that came by, each with its number.
#[derive(Default)]
pub(super) struct Stored {
    numbers: BTreeMap<(String, String, String), u32>,
}

impl Stored {
    /// Remembers what was there before the request: what tests stored, and what the app read without having just made it.
    pub(super) fn learn_before(&mut self, planter: &mut Planter, observation: &Observation) {
        let made = made(observation);
        self.learn(planter, items(observation).filter(|item| !made.contains(item.text)));
    }

    /// Remembers what the app stored during the request: from now on it is there.
    pub(super) fn learn_after(&mut self, planter: &mut Planter, observation: &Observation) {
        self.learn(planter, items(observation));
    }

    fn learn<'i>(&mut self, planter: &mut Planter, items: impl Iterator<Item = Attribute<'i>>) {
        for Attribute { table, path, text, .. } in items {
            let is_known = || planter.book().search(text.as_bytes()).iter().any(|hit| hit.class == CanaryClass::Secret);
            if text.len() < SHORTEST || self.numbers.len() >= MOST || !planter.is_secret(table, path) || is_known() {
                continue;
            }
            let number = u32::try_from(self.numbers.len()).unwrap_or_default();
            self.numbers.insert((table.to_owned(), path.to_owned(), text.to_owned()), number);
            planter.know_stored(table, number, path, text);
        }
    }

    /// Attributes of items that were read for this request and that the answer gives under their own names, however short
    /// they are.
    pub(super) fn given_back(planter: &Planter, observation: &Observation) -> Option<Sign> {
        let response = observation.exchange.outcome.as_ref().ok()?;
        let body: Value = serde_json::from_slice(&response.body).ok()?;
        let mut given = BTreeSet::new();
        gather(&body, "", 8, &mut given);
        let (made, request) = (made(observation), sent(&observation.exchange));
        let request = String::from_utf8_lossy(&request);
        let is_given = |item: &Attribute<'_>| {
            let name = item.path.rsplit('.').next().unwrap_or(item.path);
            item.in_request
                && !item.written
                && (SHORTEST_NAMED..SHORTEST).contains(&item.text.len())
                && planter.is_secret(item.table, item.path)
                && given.contains(&(plain(name), item.text.to_owned()))
                && !made.contains(item.text)
                && !request.contains(item.text)
        };
        let attributes: BTreeMap<(String, String), CanaryClass> = items(observation)
            .filter(is_given)
            .map(|item| ((item.table.to_owned(), item.path.to_owned()), CanaryClass::Secret))
            .collect();
        let (table, path) = attributes.keys().next()?;
        let text = format!("the answer has the value of attribute `{path}` of table `{table}` under the same name");
        let what = format!("response body, status {}", response.status);
        let mut sign = Sign::new(Kind::Planted, Way::Body, Evidence { what, text });
        sign.attributes = attributes;
        Some(sign)
    }
}

/// A text in an item that came by.
struct Attribute<'i> {
    table: &'i str,
    path: &'i str,
    text: &'i str,
    written: bool,
    /// Whether the app did it for the request at hand, rather than a test by itself.
    in_request: bool,
}

fn items(observation: &Observation) -> impl Iterator<Item = Attribute<'_>> {
    let number = observation.exchange.probe;
    observation.events.iter().flat_map(move |event| {
        let (table, written, exchange, attributes) = match event {
            Event::Item { table, written, exchange, attributes, .. } => {
                (table.as_str(), *written, *exchange, Some(attributes))
            }
            _ => ("", false, None, None),
        };
        let in_request = exchange == Some(number);
        attributes.into_iter().flatten().map(move |(path, text)| Attribute { table, path, text, written, in_request })
    })
}

/// Texts that the app itself stored for this request: a key that was made for its owner is no leak where it is given.
fn made(observation: &Observation) -> BTreeSet<&str> {
    items(observation).filter(|item| item.written && item.in_request).map(|item| item.text).collect()
}

/// Texts of an answer with the plain names of the fields that hold them.
fn gather(value: &Value, name: &str, depth: usize, found: &mut BTreeSet<(String, String)>) {
    if depth == 0 || found.len() > 2_000 {
        return;
    }
    match value {
        Value::String(text) if !name.is_empty() => {
            found.insert((plain(name), text.clone()));
        }
        Value::Object(members) => members.iter().for_each(|(name, inner)| gather(inner, name, depth - 1, found)),
        Value::Array(elements) => elements.iter().for_each(|inner| gather(inner, name, depth - 1, found)),
        _ => {}
    }
}

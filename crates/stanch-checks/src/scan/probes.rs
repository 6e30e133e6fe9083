//! Requests beyond the honest ones: from a foreign website, by another method or spelling, with an address of ours.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Request;
use stanch_live::driver::{Values, build};
use stanch_live::openapi::{Operation, Parameter};

use super::harvest::{Harvest, HarvestValues};
use super::session::Session;
use super::view::{FOREIGN_ORIGIN, Identity, Purpose, Trial};

/// Operations that are asked as from a foreign website. One rule of one framework decides for all of them, as a rule.
const ORIGINS: u32 = 2;

impl Session<'_> {
    /// Asks as a foreign website would, where the honest request succeeded.
    pub(super) async fn ask_from_elsewhere(&mut self, index: usize, bare: &Request, caller: &Identity) {
        if self.origins >= ORIGINS {
            return;
        }
        self.origins += 1;
        let mut request = bare.clone();
        request.headers.push(("Origin".to_owned(), FOREIGN_ORIGIN.to_owned()));
        self.send(index, Purpose::Origin, request, Some(caller)).await;
    }

    /// Asks a closed operation without credentials by another method, and by another spelling of its path: a guard that
    /// compares either lets them through.
    pub(super) async fn past_the_guard(&mut self, index: usize, bare: &Request) {
        let head = Request { method: Method::Head, ..bare.clone() };
        self.send(index, Purpose::OtherWay, head, None).await;
        if !bare.target.contains('?') && !bare.target.ends_with('/') {
            let target = format!("{}/", bare.target);
            self.send(index, Purpose::OtherWay, Request { target, ..bare.clone() }, None).await;
        }
    }

    /// Puts the collector's address into a parameter that looks like one.
    pub(super) async fn outward(&mut self, index: usize, operation: &Operation, caller: &Identity) {
        let body = operation.body.iter().flat_map(|body| &body.properties);
        let wanted = operation.parameters.iter().chain(body).any(takes_address);
        let Some(url) = self.collector.as_mut().filter(|_| wanted).map(super::collector::Collector::url) else {
            return;
        };
        let values = &mut Outward { harvest: &self.harvest, url };
        let Ok(request) = build(operation, self.api.base.path(), values) else { return };
        if self.send(index, Purpose::Outward, request, Some(caller)).await.is_none() {
            return;
        }
        let called = match &self.collector {
            Some(collector) => collector.caller().await,
            None => None,
        };
        if let Some(trial) = self.asked[index].trials.last_mut() {
            trial.called = called;
        }
    }
}

/// Whether a closed operation answered: the caller without credentials was turned away.
pub(super) fn turns_away(trial: Option<&Trial>) -> bool {
    trial.and_then(Trial::answer).is_some_and(|answer| matches!(answer.status, 401 | 403))
}

/// Whether a parameter looks as if it took an address.
fn takes_address(parameter: &Parameter) -> bool {
    const WORDS: [&str; 14] = [
        "url", "uri", "link", "href", "callback", "webhook", "endpoint", "feed", "src", "image", "avatar", "target",
        "proxy", "fetch",
    ];
    let name = parameter.name.to_ascii_lowercase();
    let named =
        name.split(['_', '-', '.']).any(|word| WORDS.contains(&word)) || name.ends_with("url") || name.ends_with("uri");
    let text = matches!(parameter.shape.kind.as_str(), "" | "string");
    text && (named || matches!(parameter.shape.format.as_str(), "uri" | "url"))
}

/// Honest values, and the collector's address where one is taken.
struct Outward<'h> {
    harvest: &'h Harvest,
    url: String,
}

impl Values for Outward<'_> {
    fn value(&mut self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        if takes_address(parameter) && parameter.location != ParameterLocation::Header {
            return Some(Value::from(self.url.clone()));
        }
        HarvestValues { harvest: self.harvest, turn: 0 }.value(operation, parameter)
    }
}

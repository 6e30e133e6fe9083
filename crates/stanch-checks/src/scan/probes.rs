//! Requests beyond the honest ones: from a foreign website, by another method or spelling, with an address of ours.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Request;
use stanch_live::driver::{Values, build, template_names};
use stanch_live::openapi::{Operation, Parameter};
use stanch_secrets::Secret;

use super::harvest::{Harvest, HarvestValues, PLANTED_KEY};
use super::jwt;
use super::public_key;
use super::session::Session;
use super::view::{FOREIGN_ORIGIN, Identity, Purpose, Trial};

/// Where servers publish the keys that their tokens are checked with (RFC 7517, OpenID Connect Discovery 1.0).
const KEY_SETS: [&str; 3] = ["/.well-known/jwks.json", "/jwks.json", "/oauth2/jwks"];
/// Wrong keys in a row.
const TRIES: usize = 8;
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

    /// Tries tokens that nobody signed where a signed one is asked for: without a signature, and with one made from the
    /// server's public key as if it were a shared secret.
    pub(super) async fn forge(&mut self, index: usize, bare: &Request, caller: &Identity) {
        let Some(token) = caller.credentials.iter().find_map(|key| jwt::Token::read(key.expose())) else { return };
        let with = |text: &str| replaced(caller, token.text(), text);
        self.send(index, Purpose::Forged, bare.clone(), Some(&with(&token.unsigned()))).await;
        if !token.is_signed_by_key_pair() {
            return;
        }
        for path in KEY_SETS {
            let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
            let request = Request { method: Method::Get, target: path.to_owned(), headers, body: "".into() };
            let Some(exchange) = self.driver.exchange(request).await else { return };
            let pem = exchange.outcome.ok().and_then(|answer| public_key::pem(&answer.body, token.key_id()));
            let Some(pem) = pem else { continue };
            self.send(index, Purpose::Confused, bare.clone(), Some(&with(&token.signed_with(&pem)))).await;
            return;
        }
    }

    /// Sends a key that nobody has in the place of the caller's, and that again and again: whether it is refused each
    /// time alike says whether anybody counts.
    pub(super) async fn wrong_key(&mut self, index: usize, bare: &Request, caller: &Identity) {
        let mut stranger = caller.clone();
        for key in &caller.credentials {
            // A token keeps its shape, so that it is refused as a token.
            let wrong = match key.expose().rsplit_once('.') {
                Some((signed, _)) if jwt::Token::read(key.expose()).is_some() => format!("{signed}.{PLANTED_KEY}"),
                _ => PLANTED_KEY.to_owned(),
            };
            stranger = replaced(&stranger, key.expose(), &wrong);
        }
        stranger.credentials.clear();
        for _ in 0..TRIES {
            let trial = self.send(index, Purpose::WrongKey, bare.clone(), Some(&stranger)).await;
            if !turns_away(trial) {
                return;
            }
        }
    }

    /// Asks for the object whose number is next to the one that the caller was given, where the API had named that one
    /// to the caller and not its neighbour. A caller without credentials is given nothing, so any number is as good.
    pub(super) async fn ask_for_neighbour(
        &mut self,
        index: usize,
        operation: &Operation,
        bare: &Request,
        caller: &Identity,
    ) {
        let [name] = template_names(&operation.path)[..] else { return };
        let given: Vec<String> = self.harvest.for_placeholder(operation, name).into_iter().map(str::to_owned).collect();
        let path = bare.target.split('?').next().unwrap_or_default();
        let own = given.iter().find(|value| path.split('/').any(|part| part == value.as_str()));
        let own = own.map(String::as_str).or_else(|| {
            let open = caller.headers.is_empty() && operation.path.trim_end_matches('/').ends_with(['}', '>']);
            path.trim_end_matches('/').rsplit('/').next().filter(|_| open)
        });
        let Some(number) = own.and_then(|value| value.parse::<u64>().ok()) else { return };
        for neighbour in [number.checked_add(1), number.checked_sub(1)].into_iter().flatten().map(|n| n.to_string()) {
            if given.contains(&neighbour) {
                continue;
            }
            let target = bare.target.replacen(&format!("/{number}"), &format!("/{neighbour}"), 1);
            let request = Request { target, ..bare.clone() };
            if self.send(index, Purpose::Neighbour, request, Some(caller)).await.is_none_or(Trial::succeeded) {
                return;
            }
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

/// The identity with a credential replaced in each header.
fn replaced(identity: &Identity, old: &str, new: &str) -> Identity {
    let mut other = identity.clone();
    for (_, value) in &mut other.headers {
        *value = Secret::new(value.expose().replace(old, new));
    }
    other
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
    let named = name.split(['_', '-', '.']).any(|word| WORDS.contains(&word))
        || ["url", "uri", "link", "href"].iter().any(|word| name.ends_with(word));
    let shown = parameter.shape.example.as_str().filter(|_| parameter.shape.example_given);
    let named = named || shown.is_some_and(|shown| shown.starts_with("http://") || shown.starts_with("https://"));
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

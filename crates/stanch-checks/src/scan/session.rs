//! One scan in progress: what is asked of each operation, in which order, and what came of it.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::driver::{Driver, Values, build, destructive};
use stanch_live::openapi::{Operation, Parameter};
use stanch_live::{Request, SendError};

use super::collector::Collector;
use super::harvest::{Harvest, HarvestValues};
use super::jwt;
use super::log_file::LogFile;
use super::probes::turns_away;
use super::sight;
use super::view::{Api, Identity, Purpose, Trial};

/// One operation and all that was tried on it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) trials: Vec<Trial>,
    /// Why nothing was sent.
    pub(super) skipped: Option<String>,
}

/// A scan in progress.
pub(super) struct Session<'s> {
    pub(super) driver: &'s Driver,
    pub(super) api: Api,
    pub(super) asked: Vec<Asked>,
    pub(super) harvest: Harvest,
    pub(super) notes: Vec<String>,
    pub(super) collector: Option<Collector>,
    /// Operations that were asked as from a foreign website.
    pub(super) origins: u32,
    log: Option<LogFile>,
    failures: usize,
    forged: bool,
}

/// Requests that fail one after the other before the API is taken to be gone.
const GONE: usize = 5;

impl<'s> Session<'s> {
    /// Operations without placeholders come first, since their answers name what the others need.
    pub(super) fn new(driver: &'s Driver, api: Api, mut operations: Vec<Operation>, log: Option<LogFile>) -> Self {
        operations.sort_by_key(|operation| (!operation.method.is_safe(), operation.path.matches(['{', '<']).count()));
        let asked = operations.into_iter().map(|operation| Asked { operation, trials: Vec::new(), skipped: None });
        Self {
            driver,
            api,
            asked: asked.collect(),
            harvest: Harvest::default(),
            notes: Vec::new(),
            collector: None,
            origins: 0,
            log,
            failures: 0,
            forged: false,
        }
    }

    /// Asks every operation that was not asked yet.
    pub(super) async fn ask_all(&mut self) {
        for index in 0..self.asked.len() {
            if !self.asked[index].trials.is_empty() {
                continue;
            }
            self.asked[index].skipped = if self.failures >= GONE {
                Some("the API had stopped answering".to_owned())
            } else {
                reason_to_skip(&self.asked[index].operation, self.api.writes)
            };
            if self.asked[index].skipped.is_none() {
                self.ask(index).await;
                if self.asked[index].trials.is_empty() && self.driver.is_over() {
                    self.asked[index].skipped = Some("the time was over".to_owned());
                }
            }
        }
    }

    /// Sends one request as an identity, looks for keys in the answer and keeps both with the operation. None when the
    /// time is over.
    pub(super) async fn send(
        &mut self,
        index: usize,
        purpose: Purpose,
        mut request: Request,
        identity: Option<&Identity>,
    ) -> Option<&Trial> {
        for (name, value) in identity.into_iter().flat_map(|identity| &identity.headers) {
            request.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            request.headers.push((name.clone(), value.expose().to_owned()));
        }
        let exchange = self.driver.exchange(request).await?;
        let gone = matches!(exchange.outcome, Err(SendError::Refused(_) | SendError::Timeout(_)));
        self.failures = if gone { self.failures + 1 } else { 0 };
        let own = identity.map(|identity| identity.credentials.as_slice()).unwrap_or_default();
        let sightings = match &exchange.outcome {
            Ok(answer) => sight::sightings(&exchange.request, answer, own, &self.api.known),
            Err(_) => Vec::new(),
        };
        let logged = self.log.as_mut().map(LogFile::added).unwrap_or_default();
        let trial =
            Trial { purpose, request: exchange.request, outcome: exchange.outcome, sightings, logged, called: None };
        self.asked[index].trials.push(trial);
        self.asked[index].trials.last()
    }

    async fn ask(&mut self, index: usize) {
        let operation = self.asked[index].operation.clone();
        let caller = self.api.identities[0].clone();
        let Some((bare, succeeded)) = self.ask_honestly(index, &operation, &caller).await else { return };
        if !succeeded && !operation.documented {
            return;
        }
        if operation.method.is_safe() {
            let mut refused = false;
            if !caller.headers.is_empty() {
                let trial = self.send(index, Purpose::Anonymous, bare.clone(), None).await;
                refused = turns_away(trial);
            }
            for number in 1..self.api.identities.len() {
                let other = self.api.identities[number].clone();
                self.send(index, Purpose::AsOther(number), bare.clone(), Some(&other)).await;
            }
            if succeeded && self.asked[index].trials.iter().any(lists_records) {
                let mut paged = bare.clone();
                paged.target.push(if paged.target.contains('?') { '&' } else { '?' });
                paged.target.push_str("limit=1");
                self.send(index, Purpose::Paged, paged, Some(&caller)).await;
            }
            if succeeded && refused && self.api.guarded.is_none() {
                self.api.guarded = Some(operation.label());
                self.forge(index, &bare, &caller).await;
                self.past_the_guard(index, &bare).await;
            }
            if succeeded {
                self.ask_from_elsewhere(index, &bare, &caller).await;
            }
        }
        self.outward(index, &operation, &caller).await;
        if let Ok(mut request) = build(&operation, self.api.base.path(), &mut Nonsense) {
            if !operation.method.is_safe() && request.body.is_empty() {
                // A body that the description does not speak of is asked for all the same by most that write.
                request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
                request.body = "{}".into();
            }
            let new = |trial: &Trial| trial.request.target != request.target || trial.request.body != request.body;
            if self.asked[index].trials.iter().all(new) {
                self.send(index, Purpose::Malformed, request, Some(&caller)).await;
            }
        }
    }

    /// The honest request, with other values if the first are not known to the API. Gives it back without credentials,
    /// and whether it was answered with success.
    async fn ask_honestly(
        &mut self,
        index: usize,
        operation: &Operation,
        caller: &Identity,
    ) -> Option<(Request, bool)> {
        let mut last: Option<Request> = None;
        let mut succeeded = false;
        for turn in 0..2 {
            let values = &mut HarvestValues { harvest: &self.harvest, turn };
            let Ok(request) = build(operation, self.api.base.path(), values) else { break };
            if last.as_ref() == Some(&request) {
                break;
            }
            last = Some(request.clone());
            let trial = self.send(index, Purpose::Honest, request, Some(caller)).await?;
            succeeded = trial.succeeded();
            let answer = trial.answer().cloned();
            if let Some(answer) = &answer {
                self.harvest.take(operation, answer);
            }
            let unknown = answer.is_some_and(|answer| matches!(answer.status, 400 | 404 | 422));
            if !unknown || !operation.method.is_safe() {
                break;
            }
        }
        Some((last?, succeeded))
    }

    /// Tries tokens that nobody signed where a signed one is asked for.
    async fn forge(&mut self, index: usize, bare: &Request, caller: &Identity) {
        let Some(token) = caller.credentials.iter().find_map(|key| jwt::Token::read(key.expose())) else { return };
        if std::mem::replace(&mut self.forged, true) {
            return;
        }
        let mut forger = caller.clone();
        for (_, value) in &mut forger.headers {
            *value = stanch_secrets::Secret::new(value.expose().replace(token.text(), &token.unsigned()));
        }
        self.send(index, Purpose::Forged, bare.clone(), Some(&forger)).await;
    }
}

/// Whether an answer lists more than one record, so that it can be asked for in pages.
fn lists_records(trial: &Trial) -> bool {
    let several = |value: &Value| value.as_array().is_some_and(|list| list.len() > 1 && list[0].is_object());
    let Some(document) = trial.json() else { return false };
    several(&document) || document.as_object().is_some_and(|fields| fields.values().any(several))
}

fn reason_to_skip(operation: &Operation, writes: bool) -> Option<String> {
    if let Some(reason) = destructive(operation) {
        return Some(reason);
    }
    if operation.method.is_safe() {
        return None;
    }
    if !writes {
        return Some(format!("{} may write; --allow-writes sends it where that harms no record", operation.method));
    }
    // Even where writing is allowed, records that somebody else made are left as they are.
    let changes = operation.method != Method::Post || operation.path.contains(['{', '<']);
    changes.then(|| "it changes a record, and the scan made none that it could be tried on".to_owned())
}

/// Values of the wrong type and shape, harmless to any interpreter: they are to be refused, and the refusal is what is
/// looked at.
struct Nonsense;

impl Values for Nonsense {
    fn value(&mut self, _: &Operation, parameter: &Parameter) -> Option<Value> {
        match parameter.location {
            ParameterLocation::Json => Some(Value::Array(Vec::new())),
            _ => Some(Value::from("stanch-0-nonsense")),
        }
    }
}

/// What a reader should know of how it was asked.
pub(super) fn notes(asked: &[Asked]) -> Vec<String> {
    let skipped = || asked.iter().filter(|asked| asked.skipped.is_some());
    let mut notes: Vec<String> = skipped()
        .filter(|asked| destructive(&asked.operation).is_some())
        .map(|asked| format!("{} was not asked: its name says that it changes something", asked.operation.label()))
        .collect();
    let writes = skipped().filter(|asked| !asked.operation.method.is_safe()).count();
    if writes > 0 {
        notes.push(format!("{writes} operations that may write were not asked; see the coverage for why"));
    }
    notes
}

//! What is asked of each operation, and in which order.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::driver::{Driver, Values, build, destructive};
use stanch_live::openapi::{Operation, Parameter};
use stanch_live::{Request, SendError};

use super::harvest::{Harvest, HarvestValues};
use super::options::ScanOptions;
use super::sight;
use super::view::{Api, Identity, Purpose, Trial};

/// One operation and all that was tried on it.
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) trials: Vec<Trial>,
    /// Why nothing was sent.
    pub(super) skipped: Option<String>,
}

/// Requests that fail one after the other before the API is taken to be gone.
const GONE: usize = 5;

/// Asks every operation, those without placeholders first, since their answers name what the others need.
pub(super) async fn ask_all(
    driver: &Driver,
    api: &Api,
    mut operations: Vec<Operation>,
    options: &ScanOptions,
) -> Vec<Asked> {
    operations.sort_by_key(|operation| {
        let holes = operation.path.matches(['{', '<']).count();
        (!operation.method.is_safe(), holes)
    });
    let mut asked = Vec::new();
    let mut harvest = Harvest::default();
    let mut failures = 0;
    for operation in operations {
        let mut skipped = reason_to_skip(&operation, options);
        if failures >= GONE {
            skipped = Some("the API had stopped answering".to_owned());
        }
        let mut trials = Vec::new();
        if skipped.is_none() {
            trials = ask(driver, api, &operation, &mut harvest).await;
            if trials.is_empty() && driver.is_over() {
                skipped = Some("the time was over".to_owned());
            }
        }
        for trial in &trials {
            let gone = matches!(trial.outcome, Err(SendError::Refused(_) | SendError::Timeout(_)));
            failures = if gone { failures + 1 } else { 0 };
        }
        asked.push(Asked { operation, trials, skipped });
    }
    asked
}

fn reason_to_skip(operation: &Operation, options: &ScanOptions) -> Option<String> {
    if options.allow_writes {
        return None;
    }
    if !operation.method.is_safe() {
        return Some(format!("{} may write; --allow-writes sends it", operation.method));
    }
    destructive(operation)
}

async fn ask(driver: &Driver, api: &Api, operation: &Operation, harvest: &mut Harvest) -> Vec<Trial> {
    let mut trials = Vec::new();
    let base_path = api.base.path();
    let caller = &api.identities[0];
    let mut honest = None;
    for turn in 0..2 {
        let values = &mut HarvestValues { harvest, turn };
        let Ok(request) = build(operation, base_path, values) else { return trials };
        if honest.as_ref() == Some(&request) {
            break;
        }
        honest = Some(request.clone());
        let Some(trial) = send(driver, api, Purpose::Honest, request, Some(caller)).await else { return trials };
        if let Some(answer) = trial.answer() {
            harvest.take(operation, answer);
        }
        let done = trial.succeeded() || !trial.answer().is_some_and(|answer| matches!(answer.status, 400 | 404 | 422));
        trials.push(trial);
        if done || !operation.method.is_safe() {
            break;
        }
    }
    let Some(honest) = trials.last().map(|trial| trial.request.clone()) else { return trials };
    let bare = Request { headers: without(&honest.headers, &caller.headers), ..honest };
    if !caller.headers.is_empty() && operation.method.is_safe() {
        trials.extend(send(driver, api, Purpose::Anonymous, bare.clone(), None).await);
    }
    if operation.method.is_safe() {
        for (index, other) in api.identities.iter().enumerate().skip(1) {
            trials.extend(send(driver, api, Purpose::AsOther(index), bare.clone(), Some(other)).await);
        }
    }
    if let Ok(request) = build(operation, base_path, &mut Nonsense)
        && !trials.iter().any(|trial| trial.request.target == request.target && trial.request.body == request.body)
    {
        trials.extend(send(driver, api, Purpose::Malformed, request, Some(caller)).await);
    }
    trials
}

/// Sends one request as an identity and looks for keys in the answer.
async fn send(
    driver: &Driver,
    api: &Api,
    purpose: Purpose,
    mut request: Request,
    identity: Option<&Identity>,
) -> Option<Trial> {
    for (name, value) in identity.into_iter().flat_map(|identity| &identity.headers) {
        request.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        request.headers.push((name.clone(), value.expose().to_owned()));
    }
    let exchange = driver.exchange(request).await?;
    let own = identity.map(|identity| identity.credentials.as_slice()).unwrap_or_default();
    let sightings = match &exchange.outcome {
        Ok(answer) => sight::sightings(&exchange.request, answer, own, &api.known),
        Err(_) => Vec::new(),
    };
    Some(Trial { purpose, request: exchange.request, outcome: exchange.outcome, sightings })
}

fn without(headers: &[(String, String)], taken: &[(String, stanch_secrets::Secret)]) -> Vec<(String, String)> {
    let is_taken = |name: &str| taken.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    headers.iter().filter(|(name, _)| !is_taken(name)).cloned().collect()
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
    let writes = asked.iter().filter(|asked| asked.skipped.is_some() && !asked.operation.method.is_safe()).count();
    let named = asked
        .iter()
        .filter(|asked| asked.skipped.is_some() && matches!(asked.operation.method, Method::Get | Method::Head))
        .filter(|asked| destructive(&asked.operation).is_some());
    let mut notes: Vec<String> = named
        .map(|asked| format!("{} was not asked: its name says that it changes something", asked.operation.label()))
        .collect();
    if writes > 0 {
        notes.push(format!("{writes} operations that may write were not asked; --allow-writes asks them"));
    }
    notes
}

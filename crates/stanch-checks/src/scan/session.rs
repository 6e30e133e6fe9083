//! One scan in progress: what was asked of each operation, and what came of it.

use stanch_live::driver::{Driver, destructive};
use stanch_live::openapi::Operation;
use stanch_live::{Request, SendError};

use super::collector::Collector;
use super::harvest::Harvest;
use super::log_file::LogFile;
use super::records::Made;
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
    /// Requests that failed one after the other.
    pub(super) failures: usize,
    /// Records that the scan made.
    pub(super) made: Vec<Made>,
    log: Option<LogFile>,
}

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
            failures: 0,
            made: Vec::new(),
            log,
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

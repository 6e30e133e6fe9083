//! Records of our own: where writing is allowed, what the scan itself created is changed, tried on as somebody else, and
//! deleted again, so that nobody's record is touched.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Response;
use stanch_live::driver::{Values, build, destructive, template_names};
use stanch_live::openapi::{Operation, Parameter};

use super::accounts::MARK;
use super::harvest::{Harvest, HarvestValues};
use super::paths::same_path;
use super::session::Session;
use super::view::{Purpose, Trial};

/// A record that the scan made.
#[derive(Debug)]
pub(super) struct Made {
    /// The operation that made it.
    by: usize,
    /// What its answer named: ids.
    ids: Harvest,
    deleted: bool,
}

/// A property that no record has.
pub(crate) const EXTRA: &str = "stanch_extra";
/// Records that are kept account of.
const KEPT: usize = 200;
/// What lets somebody in or looks something up creates no record, whatever it names in its answer.
const NO_CREATION: [&str; 14] = [
    "login", "signin", "sign-in", "sign_in", "token", "session", "auth", "oauth", "verify", "search", "query",
    "lookup", "recover", "reset",
];

impl Session<'_> {
    /// Keeps account of a record if the answer is to a request that made one.
    pub(super) fn note_made(&mut self, index: usize, answer: &Response) {
        let operation = &self.asked[index].operation;
        let path = operation.path.to_ascii_lowercase();
        let creates = operation.method == Method::Post
            && template_names(&operation.path).is_empty()
            && !NO_CREATION.iter().any(|word| path.contains(word));
        if !creates || !(200..300).contains(&answer.status) || self.made.len() >= KEPT {
            return;
        }
        let mut ids = Harvest::default();
        ids.take(operation, answer);
        // An id that was seen before is somebody else's record.
        ids.forget(&self.harvest);
        self.made.push(Made { by: index, ids, deleted: false });
    }

    /// Asks again what could not be shown before there was a record, and tries what changes one.
    pub(super) async fn try_records(&mut self) {
        if !self.api.writes || self.made.is_empty() {
            return;
        }
        for index in 0..self.asked.len() {
            let asked = &self.asked[index];
            let never = asked.skipped.is_none() && !asked.trials.iter().any(Trial::succeeded);
            let waits = asked.operation.documented && !template_names(&asked.operation.path).is_empty();
            if asked.operation.method.is_safe() && never && waits && self.named_by(&asked.operation).is_some() {
                self.ask(index).await;
            }
        }
        for method in [Method::Post, Method::Put, Method::Patch] {
            for index in 0..self.asked.len() {
                if self.asked[index].operation.method == method {
                    self.change(index).await;
                }
            }
        }
    }

    /// Changes a record of the scan's own as the caller, by a property that nobody offered, and as somebody else.
    async fn change(&mut self, index: usize) {
        let operation = self.asked[index].operation.clone();
        let named = template_names(&operation.path);
        if named.is_empty() || destructive(&operation).is_some() || !self.asked[index].trials.is_empty() {
            return;
        }
        let Some(number) = self.named_by(&operation) else { return };
        let base = self.api.base.path().to_owned();
        let values = &mut RecordValues { ids: &self.made[number].ids, mark: None };
        let Ok(mut request) = build(&operation, &base, values) else { return };
        self.asked[index].skipped = None;
        let caller = self.api.identities[0].clone();
        let described = !request.body.is_empty();
        if described {
            let honest = self.send(index, Purpose::Honest, request.clone(), Some(&caller)).await;
            if !honest.is_some_and(Trial::succeeded) {
                return;
            }
        } else {
            request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            request.body = "{}".into();
        }
        if let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&request.body) {
            body.insert(EXTRA.to_owned(), Value::from(MARK));
            request.body = Value::Object(body).to_string().into();
            if self.send(index, Purpose::Extra, request.clone(), Some(&caller)).await.is_some_and(Trial::succeeded) {
                self.look_again(index, number).await;
            }
        }
        let Some(other) = self.api.identities.get(1).cloned() else { return };
        let values = &mut RecordValues { ids: &self.made[number].ids, mark: Some(MARK) };
        let Ok(marked) = build(&operation, &base, values) else { return };
        let marks = String::from_utf8_lossy(&marked.body).contains(MARK);
        if marks && self.send(index, Purpose::ForeignWrite, marked, Some(&other)).await.is_some_and(Trial::succeeded) {
            self.look_again(index, number).await;
        }
    }

    /// Reads the record as the caller, whose it is, and keeps that with the operation that changed it.
    async fn look_again(&mut self, index: usize, number: usize) {
        let path = &self.asked[index].operation.path;
        let shows = self
            .asked
            .iter()
            .find(|asked| asked.operation.method == Method::Get && same_path(&asked.operation.path, path));
        let Some(shows) = shows.map(|shows| shows.operation.clone()) else { return };
        let values = &mut RecordValues { ids: &self.made[number].ids, mark: None };
        let Ok(request) = build(&shows, self.api.base.path(), values) else { return };
        let caller = self.api.identities[0].clone();
        self.send(index, Purpose::Verify, request, Some(&caller)).await;
    }

    /// Deletes what the scan made, and says what is left.
    pub(super) async fn remove_records(&mut self) {
        let base = self.api.base.path().to_owned();
        let caller = self.api.identities[0].clone();
        for number in 0..self.made.len() {
            let found = self.asked.iter().position(|asked| {
                asked.operation.method == Method::Delete && self.is_of(&self.made[number], &asked.operation)
            });
            let Some(index) = found else { continue };
            let operation = self.asked[index].operation.clone();
            let values = &mut RecordValues { ids: &self.made[number].ids, mark: None };
            let Ok(request) = build(&operation, &base, values) else { continue };
            self.asked[index].skipped = None;
            let trial = self.send(index, Purpose::Cleanup, request, Some(&caller)).await;
            self.made[number].deleted = trial.is_some_and(Trial::succeeded);
        }
        let mut left: Vec<(String, usize)> = Vec::new();
        for made in self.made.iter().filter(|made| !made.deleted) {
            let label = self.asked[made.by].operation.label();
            match left.iter_mut().find(|(known, _)| *known == label) {
                Some((_, count)) => *count += 1,
                None => left.push((label, 1)),
            }
        }
        if !left.is_empty() {
            let named: Vec<String> = left.iter().map(|(label, count)| format!("{count} by {label}")).collect();
            self.notes.push(format!("records that the scan may have made and could not delete: {}", named.join(", ")));
        }
    }

    /// The record of the scan's own that the operation can be tried on.
    fn named_by(&self, operation: &Operation) -> Option<usize> {
        self.made.iter().position(|made| self.is_of(made, operation))
    }

    /// Whether the path stands below that by which the record was made (`POST /notes`, `/notes/{id}/state`): an answer
    /// names other people's records too, such as its owner, and those are left alone.
    fn is_of(&self, made: &Made, operation: &Operation) -> bool {
        let collection = self.asked[made.by].operation.path.trim_end_matches('/');
        let below = operation
            .path
            .strip_prefix(collection)
            .is_some_and(|rest| rest.starts_with("/{") || rest.starts_with("/<"));
        below && template_names(&operation.path).len() == 1 && made.ids.names(operation)
    }
}

/// Ids of a record of our own, and for the rest what an honest client would send.
struct RecordValues<'h> {
    ids: &'h Harvest,
    /// Written into every text of the body, to be found again where the record is shown.
    mark: Option<&'static str>,
}

impl Values for RecordValues<'_> {
    fn value(&mut self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        let free = parameter.shape.format.is_empty() && parameter.shape.allowed.is_empty();
        let in_body = matches!(parameter.location, ParameterLocation::Json | ParameterLocation::Form);
        if let Some(mark) = self.mark
            && in_body
            && free
            && parameter.shape.example.is_string()
        {
            return Some(Value::from(mark));
        }
        HarvestValues { harvest: self.ids, turn: 0 }.value(operation, parameter)
    }
}

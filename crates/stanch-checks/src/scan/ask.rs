//! What is asked of each operation, and in which order.

use serde_json::Value;
use stanch_api::{Method, ParameterLocation};
use stanch_live::Request;
use stanch_live::driver::{Values, build, destructive, template_names};
use stanch_live::openapi::{Operation, Parameter};
use stanch_secrets::names::key_kind;

use super::guess::NOTHING;
use super::harvest::{HarvestValues, folded};
use super::paths::{LEFT_BEHIND, links, same_path};
use super::probes::turns_away;
use super::session::{Asked, Session};
use super::view::{Identity, Purpose, Trial};

/// Requests that fail one after the other before the API is taken to be gone.
const GONE: usize = 5;

impl Session<'_> {
    /// Asks every operation that was not asked yet. `told` hears of each before it is asked.
    pub(super) async fn ask_all(&mut self, told: &dyn Fn(usize, usize, &str)) {
        // Links lead to more while it goes on.
        let mut index = 0;
        while let Some(next) = (index < self.asked.len()).then_some(index) {
            index += 1;
            self.ask_next(next, told).await;
        }
    }

    async fn ask_next(&mut self, index: usize, told: &dyn Fn(usize, usize, &str)) {
        if !self.asked[index].trials.is_empty() {
            return;
        }
        self.asked[index].skipped = if self.failures >= GONE {
            Some("the API had stopped answering".to_owned())
        } else {
            reason_to_skip(&self.asked[index].operation, self.api.writes)
        };
        if self.asked[index].skipped.is_some() {
            return;
        }
        told(index + 1, self.asked.len(), &self.asked[index].operation.label());
        self.ask(index).await;
        if self.asked[index].trials.is_empty() && self.driver.is_over() {
            self.asked[index].skipped = Some("the time was over".to_owned());
        }
        self.follow(index);
    }

    /// Adds what an answer links to, where no description says what there is.
    fn follow(&mut self, index: usize) {
        const MOST: usize = 150;
        let answered = self.asked[index].trials.iter().find(|trial| trial.purpose == Purpose::Honest);
        let Some(trial) = answered.filter(|trial| trial.succeeded() && !self.api.described) else { return };
        let page = self.api.base.join(&trial.request.target);
        let (Some(answer), Ok(page)) = (trial.answer(), page) else { return };
        let operation = &self.asked[index].operation;
        let collection = template_names(&operation.path).is_empty();
        let id = trial.json().and_then(|document| id_of_records(&document)).filter(|_| collection);
        let one = id.map(|id| below(&operation.path, &id));
        for path in links(answer, &page, &self.api.base) {
            // One of many records is as good as all: `/posts/1` stands for `/posts/2`.
            let known = self.asked.iter().any(|asked| shape(&asked.operation.path) == shape(&path));
            if !known && self.asked.len() < MOST {
                let operation = Operation::undocumented(Method::Get, path);
                self.asked.push(Asked { operation, trials: Vec::new(), skipped: None });
            }
        }
        if let Some(path) = one
            && !self.asked.iter().any(|asked| same_path(&asked.operation.path, &path))
        {
            let operation = Operation::undocumented(Method::Get, path);
            self.asked.push(Asked { operation, trials: Vec::new(), skipped: None });
        }
    }

    /// All that one operation is asked.
    pub(super) async fn ask(&mut self, index: usize) {
        let operation = self.asked[index].operation.clone();
        let caller = self.api.identities[0].clone();
        let Some((bare, succeeded)) = self.ask_honestly(index, &operation, &caller).await else { return };
        if !operation.documented && (!succeeded || self.answers_all_alike(index, &bare).await) {
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
                self.wrong_key(index, &bare, &caller).await;
                self.past_the_guard(index, &bare).await;
            }
            let open = caller.headers.is_empty() && self.asked[index].trials.iter().any(names_somebody);
            if succeeded && (refused || open) {
                self.ask_for_neighbour(index, &operation, &bare, &caller).await;
            }
            if succeeded {
                self.ask_from_elsewhere(index, &bare, &caller).await;
            }
        }
        self.outward(index, &operation, &caller).await;
        self.ask_nonsense(index, &operation, &caller).await;
    }

    /// Whether a path that was only tried is answered like its neighbour that nobody has: then it says nothing, and what it
    /// was answered is forgotten. `/:table/:id/:more` answers `/api/admin/users` and knows no administrator.
    async fn answers_all_alike(&mut self, index: usize, bare: &Request) -> bool {
        let path = self.asked[index].operation.path.clone();
        if !LEFT_BEHIND.contains(&path.as_str()) {
            return false;
        }
        let word =
            path.split('/').find(|part| *part == "admin").or_else(|| path.rsplit('/').next()).unwrap_or_default();
        let target = bare.target.replacen(word, NOTHING, 1);
        let caller = self.api.identities[0].clone();
        let same = match self.send(index, Purpose::OtherWay, Request { target, ..bare.clone() }, Some(&caller)).await {
            Some(twin) if twin.succeeded() => twin.answer().map(|answer| answer.body.clone()),
            _ => None,
        };
        self.asked[index].trials.pop();
        let own = self.asked[index].trials.iter().find(|trial| trial.purpose == Purpose::Honest);
        let alike = same.is_some() && own.and_then(Trial::answer).map(|answer| answer.body.clone()) == same;
        if alike {
            self.asked[index].trials.clear();
        }
        alike
    }

    /// Values of the wrong type and shape.
    async fn ask_nonsense(&mut self, index: usize, operation: &Operation, caller: &Identity) {
        let Ok(mut request) = build(operation, self.api.base.path(), &mut Nonsense) else { return };
        if !operation.method.is_safe() && request.body.is_empty() {
            // A body that the description does not speak of is asked for all the same by most that write.
            request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            request.body = "{}".into();
        }
        let new = |trial: &Trial| trial.request.target != request.target || trial.request.body != request.body;
        if self.asked[index].trials.iter().all(new) {
            self.send(index, Purpose::Malformed, request, Some(caller)).await;
        }
    }

    /// The honest request, with other values if the first are not known to the API. Gives it back without credentials,
    /// and whether it was answered with success.
    pub(super) async fn ask_honestly(
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
            let trial = self.send(index, Purpose::Honest, request.clone(), Some(caller)).await?;
            let (now, answer) = (trial.succeeded(), trial.answer().cloned());
            // The first request stands for the operation, unless only the second was understood.
            if last.is_none() || now {
                last = Some(request);
            }
            succeeded |= now;
            if let Some(answer) = &answer {
                self.note_made(index, answer);
                self.harvest.take(operation, answer);
            }
            let status = answer.map_or(0, |answer| answer.status);
            // What was refused has written nothing; what failed may have.
            let refused = matches!(status, 400 | 404 | 422);
            if !refused && (status != 500 || !operation.method.is_safe()) {
                break;
            }
        }
        Some((last?, succeeded))
    }
}

/// Whether an answer holds something like an e-mail address, so that the next number may hold another one's.
fn names_somebody(trial: &Trial) -> bool {
    trial.succeeded() && trial.answer().is_some_and(|answer| answer.body.contains(&b'@'))
}

/// Whether an answer lists more than one record, so that it can be asked for in pages.
fn lists_records(trial: &Trial) -> bool {
    let several = |value: &Value| value.as_array().is_some_and(|list| list.len() > 1 && list[0].is_object());
    let Some(document) = trial.json() else { return false };
    several(&document) || document.as_object().is_some_and(|fields| fields.values().any(several))
}

/// The name of the field by which the records of a list are told apart: `id`, `user_id`, `username`.
fn id_of_records(document: &Value) -> Option<String> {
    let list = |value: &Value| value.as_array().and_then(|list| list.first()?.as_object().cloned());
    let record = list(document).or_else(|| document.as_object()?.values().find_map(list))?;
    let scalar = |value: &Value| value.is_string() || value.is_u64();
    let fields = || record.iter().filter(|(name, value)| scalar(value) && key_kind(name).is_none());
    let plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let named = |ends: &[&str]| {
        let found = fields().find(|(name, _)| plain(name) && ends.iter().any(|end| folded(name).ends_with(end)));
        found.map(|(name, _)| name.clone())
    };
    fields()
        .find(|(name, _)| *name == "id")
        .map(|(name, _)| name.clone())
        .or_else(|| named(&["id", "username", "slug"]))
}

fn below(path: &str, id: &str) -> String {
    format!("{}/{{{id}}}", path.trim_end_matches('/'))
}

/// A path with its numbers left out.
fn shape(path: &str) -> String {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if number(part) { "0" } else { part }).collect::<Vec<_>>().join("/")
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

//! From what came out to defects: asks each check, and joins what it says with the line that the audit knows.

use std::collections::BTreeSet;

use stanch_api::{Method, ParameterLocation, SourcePlace};
use stanch_findings::{Confidence, Place};
use stanch_live::Event;
use stanch_live::canary::CanaryClass;
use stanch_secrets::names::{KeyKind, key_kind};
use stanch_source::{Flow, ResponsePart, SinkKind, SourceFacts};

pub(crate) use super::identity::Caller;
use super::observation::Observation;
use super::operation::Operation;
use super::sign::{Kind, SentKey, Sign, Way};
use super::start::runtime_name;
use crate::{Defect, FlowView, registry};

/// A sign with all that is known of the probe it was seen in: what a check with the `run` oracle is asked about.
pub struct Sight<'s> {
    pub(crate) sign: &'s Sign,
    /// Everything that was seen in the same probe, this sign included.
    pub(crate) together: &'s [Sign],
    /// Lines that were seen to log all of a request.
    pub(crate) dumps: &'s BTreeSet<SourcePlace>,
    /// What was asked; none for what the app does when it starts.
    pub(crate) operation: &'s Operation,
    /// The probe: request, answer, events and calls.
    pub(crate) observation: &'s Observation,
    pub(crate) facts: &'s SourceFacts,
    /// Where the user's own app is taken to answer, for the command line that shows the leak again.
    pub(crate) address: &'s url::Url,
}

/// Defects that a sign proves.
pub(super) fn judge(sight: &Sight<'_>) -> Vec<Defect> {
    registry::CHECKS.iter().filter_map(|check| (check.run?)(sight)).collect()
}

impl Sight<'_> {
    /// Whether it is of this kind and left in an answer to the client.
    pub(crate) fn answers(&self, kind: Kind) -> bool {
        self.sign.kind == kind && self.sign.way.is_answer()
    }

    /// Whether it is of this kind and left in a log line that the app writes.
    pub(crate) fn logs(&self, kind: Kind) -> bool {
        self.sign.kind == kind && self.sign.way.is_log()
    }

    /// Whether the line is known to log all of a request: that is one defect, whichever of its keys is seen in it.
    pub(crate) fn is_dump(&self) -> bool {
        self.sign.source.as_ref().is_some_and(|line| {
            self.dumps.iter().any(|known| covers(known, line))
                || self.facts.flows.iter().any(|flow| {
                    flow.sink.kind == SinkKind::Log
                        && matches!(flow.source.kind, stanch_source::SourceKind::Request { name: None, .. })
                        && covers(&flow.sink.place, line)
                })
        })
    }

    /// Of the audit's defects the one of this operation, proven by an answer that gave the owner's items to this caller, or
    /// by a call that changed one for them.
    ///
    /// Whether an item is anybody's business is not seen from outside, so the audit has to say so first.
    pub(crate) fn given_to(&self, caller: Caller, audited: impl FnOnce(&SourceFacts) -> Vec<Defect>) -> Option<Defect> {
        let is_caller = self.observation.caller() == caller
            || caller == Caller::Nobody
                && self.observation.caller() == Caller::Owner
                && self.observation.is_anonymous();
        let is_told = self.answers(Kind::Planted) && self.sign.way == Way::Body;
        let is_given = is_caller
            && (is_told || self.sign.kind == Kind::Changed)
            && self.sign.people.contains(&0)
            && self.succeeded();
        if !is_given {
            return None;
        }
        let endpoint = (self.operation.rule.clone(), self.operation.method);
        let of_call = |defect: &Defect| {
            self.sign.kind != Kind::Changed
                || defect
                    .source
                    .as_ref()
                    .zip(self.sign.source.as_ref())
                    .is_some_and(|(place, line)| covers(place, line))
        };
        let fits = |defect: &Defect| defect.endpoints.contains(&endpoint) && of_call(defect);
        let mut defect = audited(self.facts).into_iter().find(fits)?;
        defect.confidence = Confidence::Proven;
        defect.endpoints = [endpoint].into();
        defect.evidence = vec![self.sign.evidence.clone()];
        defect.reproduce = Some(self.operation.curl(self.address));
        Some(defect)
    }

    /// Whether the answer was a success.
    pub(crate) fn succeeded(&self) -> bool {
        self.observation.succeeded()
    }

    /// Whether what came out of the environment tells its secrets: an access key id alone opens nothing, and a session
    /// token stands in every address that is signed beforehand.
    pub(crate) fn shows_environment(&self) -> bool {
        const OPEN: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"];
        self.sign.variables.iter().any(|name| !OPEN.contains(&name.as_str()))
    }

    /// Whether a log line is one that the SDK writes about its own work.
    pub(crate) fn is_of_sdk(&self) -> bool {
        const SDK: [&str; 5] = ["boto3", "botocore", "urllib3", "http.client", "s3transfer"];
        let top = |logger: &str| SDK.contains(&logger.split('.').next().unwrap_or_default());
        self.logger().is_some_and(top)
    }

    /// Whether items came only out of what writes returned during the probe.
    pub(crate) fn is_write(&self) -> bool {
        let gave = |call: &&stanch_dynamodb::Call| call.items > 0 && call.returned.len() > 1;
        let mut calls = self.observation.calls.iter().filter(gave).peekable();
        calls.peek().is_some()
            && calls.all(|call| matches!(call.operation.as_str(), "PutItem" | "UpdateItem" | "DeleteItem"))
    }

    /// Whether the probe read attributes that are secret, so that what went out with them is judged by those.
    pub(crate) fn reads_secrets(&self) -> bool {
        self.flow().is_some()
    }

    /// Keys that the request held in its path or query.
    pub(crate) fn sent_in_url(&self) -> Vec<&SentKey> {
        let in_url = |key: &&SentKey| matches!(key.location, ParameterLocation::Path | ParameterLocation::Query);
        self.observation.sent.iter().filter(in_url).collect()
    }

    /// Whether the app asked for the parameter during the probe, and at which line, where that is known.
    pub(crate) fn asked_at(&self, location: ParameterLocation, name: &str) -> Option<Option<&SourcePlace>> {
        self.observation.events.iter().find_map(|event| match event {
            Event::ParameterAsked { location: at, name: asked, source, .. } if *at == location && asked == name => {
                Some(source.as_ref())
            }
            _ => None,
        })
    }

    /// Whether a login hands a stored token to whoever has just sent the password that is stored beside it: that is
    /// what a login is for.
    pub(crate) fn is_handed_out(&self) -> bool {
        let is_password = |key: &SentKey| matches!(key.kind, KeyKind::Password | KeyKind::Pin | KeyKind::Mfa);
        let mut secrets = self.sign.of_class(CanaryClass::Secret).peekable();
        self.operation.method == Method::Post
            && secrets.peek().is_some()
            && secrets
                .all(|(_, name)| matches!(key_kind(name), Some(KeyKind::ApiKey | KeyKind::Token | KeyKind::Session)))
            && !self.sign.has(CanaryClass::Foreign)
            && self.observation.sent.iter().any(is_password)
    }

    /// The name of the logger, of a log record.
    pub(crate) fn logger(&self) -> Option<&str> {
        match &self.sign.way {
            Way::Log(_, logger) => logger.as_deref(),
            _ => None,
        }
    }

    /// Where it was seen, in words: a log line has no route of its own.
    pub(crate) fn during(&self) -> String {
        if matches!(self.sign.way, Way::Log(stanch_live::LogStream::File, _)) {
            return "the end, in what the app had written".to_owned();
        }
        match (&self.observation.test, self.operation.rule.is_empty()) {
            (_, false) => self.label(),
            (Some(test), true) => format!("test `{test}`"),
            (None, true) => "the start of the app".to_owned(),
        }
    }

    /// Whether the answer is what an error made of it: refused with an error, by an error handler or after a failed
    /// call to DynamoDB.
    pub(crate) fn is_error(&self) -> bool {
        let failed = |call: &stanch_dynamodb::Call| {
            matches!(call.outcome, stanch_dynamodb::Outcome::Failed(_) | stanch_dynamodb::Outcome::Injected(_))
        };
        self.observation.exchange.outcome.as_ref().is_ok_and(|response| response.status >= 400)
            && (self.handler_line().is_some() || self.observation.calls.iter().any(failed))
    }

    /// `GET /users/<id>`.
    pub(crate) fn label(&self) -> String {
        format!("`{} {}`", self.operation.method, self.operation.rule)
    }

    /// A proven defect with places, line, evidence and reproduction filled in, the words left to the check.
    pub(crate) fn defect(&self, rule: &'static stanch_findings::Rule) -> Defect {
        let mut others: BTreeSet<Place> = self
            .sign
            .attributes
            .iter()
            .filter(|(_, class)| **class == CanaryClass::Secret)
            .map(|((table, name), _)| Place::Attribute { table: table.clone(), name: name.clone() })
            .collect();
        if let Way::Log(stream, _) = self.sign.way {
            let stream = format!("{stream:?}").to_lowercase();
            others.insert(Place::Log { stream, source: None });
        }
        let mut defect = match self.flow() {
            Some(flow) if self.answers(Kind::Planted) && !self.is_error() => {
                Defect::of_flow(rule, &FlowView { facts: self.facts, flow })
            }
            _ => Defect::bare(rule, self.line()),
        };
        defect.confidence = Confidence::Proven;
        // Only the endpoint that was seen to leak is proven; the others of the line come from the audit's own sight.
        defect.others = others;
        defect.evidence = vec![self.sign.evidence.clone()];
        if !self.operation.rule.is_empty() {
            defect.endpoints = [(self.operation.rule.clone(), self.operation.method)].into();
            defect.reproduce = Some(self.operation.curl(self.address));
        }
        defect
    }

    /// The line that let the value out, where no flow of the audit tells it: the one that wrote the log line, the one
    /// at which the error handler or the view returned, else the view's `def` line.
    fn line(&self) -> Option<SourcePlace> {
        if let Some(line) = &self.sign.source {
            return Some(self.statement(line));
        }
        if !self.sign.way.is_answer() {
            return self.operation.view.clone();
        }
        let line = if self.is_error() { self.handler_line() } else { None };
        line.or_else(|| self.view_line()).cloned().or_else(|| self.operation.view.clone())
    }

    /// The call that a line belongs to, as the audit places it: an interpreter names any of its lines.
    fn statement(&self, line: &SourcePlace) -> SourcePlace {
        let sinks = self.facts.flows.iter().map(|flow| &flow.sink.place);
        let calls = self.facts.table_calls.iter().map(|call| &call.place);
        sinks.chain(calls).find(|place| covers(place, line)).unwrap_or(line).clone()
    }

    fn returned(&self, of_handler: bool) -> impl Iterator<Item = &SourcePlace> {
        self.observation.events.iter().filter_map(move |event| match event {
            Event::Returned { handler, source, .. } if *handler == of_handler => Some(source),
            _ => None,
        })
    }

    fn handler_line(&self) -> Option<&SourcePlace> {
        self.returned(true).last()
    }

    /// Where the view returned; what is wrapped around it returns later, and is asked where the view itself was not
    /// reached.
    fn view_line(&self) -> Option<&SourcePlace> {
        self.returned(false).next()
    }

    /// The line at which the audit sees a page token leave in an answer of this view, if it is one.
    pub(crate) fn page_token_line(&self) -> Option<SourcePlace> {
        let view = self.operation.view.as_ref()?;
        let mut sinks = self.facts.flows.iter().filter(|flow| {
            let mut routes = flow.routes.iter().filter_map(|index| self.facts.routes.get(*index));
            flow.source.kind == stanch_source::SourceKind::PageToken
                && matches!(flow.sink.kind, SinkKind::Response(_))
                && routes.any(|route| same(&route.view, view))
        });
        let first = sinks.next()?.sink.place.clone();
        sinks.all(|flow| flow.sink.place == first).then_some(first)
    }

    /// The audit's flow by which the value went out: it ends in an answer of this view, at the line where the view
    /// returned, starts at a line that called DynamoDB during the probe, and carries an attribute that came out. None
    /// if more than one line is possible.
    pub(crate) fn flow(&self) -> Option<&Flow> {
        let view = self.operation.view.as_ref()?;
        let is_way = |part: ResponsePart| match &self.sign.way {
            Way::Header(name) if name == "set-cookie" => part == ResponsePart::Cookie,
            Way::Header(name) if name == "location" => part == ResponsePart::Redirect,
            Way::Header(_) => part == ResponsePart::Header,
            _ => part == ResponsePart::Body,
        };
        let of_view = |flow: &&Flow| {
            matches!(flow.sink.kind, SinkKind::Response(part) if is_way(part))
                && flow
                    .routes
                    .iter()
                    .filter_map(|index| self.facts.routes.get(*index))
                    .any(|route| same(&route.view, view))
        };
        let carries = |flow: &&Flow| {
            let table = flow.source.table.and_then(|table| self.facts.tables.get(table));
            let table = table.map(|table| runtime_name(&table.name));
            self.sign.attributes.iter().any(|((from, name), class)| {
                *class != CanaryClass::Ordinary
                    && table.as_ref().is_none_or(|table| table == from)
                    && flow.attributes.contains(top_level(name))
            })
        };
        let lines: Vec<&SourcePlace> = self.sdk_lines().collect();
        let called = |flow: &&Flow| lines.iter().any(|line| covers(&flow.source.place, line));
        let returned = |flow: &&Flow| self.returned(false).any(|line| covers(&flow.sink.place, line));
        let candidates: Vec<&Flow> = self.facts.flows.iter().filter(of_view).filter(carries).collect();
        let candidates = narrowed(narrowed(candidates, returned), called);
        let first = candidates.first()?;
        let one_line = candidates.iter().all(|flow| {
            (&flow.sink.place.path, flow.sink.place.line) == (&first.sink.place.path, first.sink.place.line)
        });
        one_line.then_some(*first)
    }

    /// The app's own lines that called an AWS service during the probe.
    fn sdk_lines(&self) -> impl Iterator<Item = &SourcePlace> {
        self.observation.events.iter().filter_map(|event| match event {
            Event::SdkCall { source, .. } => source.as_ref(),
            _ => None,
        })
    }
}

/// Those that fit, or all where none does.
fn narrowed(flows: Vec<&Flow>, fits: impl Fn(&&Flow) -> bool) -> Vec<&Flow> {
    let fitting: Vec<&Flow> = flows.iter().copied().filter(|flow| fits(flow)).collect();
    if fitting.is_empty() { flows } else { fitting }
}

/// Whether the line is one of the place's.
fn covers(place: &SourcePlace, line: &SourcePlace) -> bool {
    place.path == line.path && (place.line..=place.end_line).contains(&line.line)
}

/// The attribute of the item that a nested one belongs to: `profile` of `profile.keys[0]`.
fn top_level(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or(name)
}

/// Whether both are the same function: the interpreter names the line of the first decorator before Python 3.8 and
/// the `def` line since, the audit the `def` line.
fn same(a: &SourcePlace, b: &SourcePlace) -> bool {
    a.path == b.path && a.line == b.line
}

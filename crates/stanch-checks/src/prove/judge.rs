//! From what came out to defects: asks each check, and joins what it says with the line that the audit knows.

use std::collections::BTreeSet;

use stanch_api::SourcePlace;
use stanch_findings::{Confidence, Place};
use stanch_live::Event;
use stanch_live::canary::CanaryClass;
use stanch_source::{Flow, SinkKind, SourceFacts};

use super::drive::Observation;
use super::escape::{Escape, Way};
use super::operation::Operation;
use super::start::runtime_name;
use crate::{Defect, FlowView, registry};

/// An escape with all that is known of the probe it happened in: what a check with the `run` oracle is asked about.
pub struct Sight<'s> {
    pub(crate) escape: &'s Escape,
    pub(crate) operation: &'s Operation,
    /// The probe: request, answer, events and calls.
    pub(crate) observation: &'s Observation,
    pub(crate) facts: &'s SourceFacts,
    /// Where the user's own app is taken to answer, for the command line that shows the leak again.
    pub(crate) address: &'s url::Url,
}

/// Defects that an escape proves.
pub(super) fn judge(sight: &Sight<'_>) -> Vec<Defect> {
    registry::CHECKS.iter().filter_map(|check| (check.run?)(sight)).collect()
}

impl Sight<'_> {
    /// Whether the way out is an answer to the client.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self.escape.way, Way::Body | Way::Header(_))
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
            .escape
            .attributes
            .iter()
            .filter(|(_, class)| **class == CanaryClass::Secret)
            .map(|((table, name), _)| Place::Attribute { table: table.clone(), name: name.clone() })
            .collect();
        if let Way::Log(stream) = self.escape.way {
            let stream = format!("{stream:?}").to_lowercase();
            others.insert(Place::Log { stream, source: None });
        }
        let mut defect = match self.flow() {
            Some(flow) if self.is_answer() && !self.is_error() => {
                Defect::of_flow(rule, &FlowView { facts: self.facts, flow })
            }
            _ => Defect::bare(rule, self.line()),
        };
        defect.confidence = Confidence::Proven;
        // Only the endpoint that was seen to leak is proven; the others of the line come from the audit's own sight.
        defect.endpoints = [(self.operation.rule.clone(), self.operation.method)].into();
        defect.others = others;
        defect.evidence = vec![self.escape.evidence.clone()];
        defect.reproduce = Some(self.operation.curl(self.address));
        defect
    }

    /// The line that let the value out, where no flow of the audit tells it: the one that wrote the log line, the one
    /// at which the error handler or the view returned, else the view's `def` line.
    fn line(&self) -> Option<SourcePlace> {
        if !self.is_answer() {
            return self.escape.source.clone().or_else(|| self.operation.view.clone());
        }
        let line = if self.is_error() { self.handler_line() } else { None };
        line.or_else(|| self.view_line()).cloned().or_else(|| self.operation.view.clone())
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

    /// The audit's flow by which the value went out: it ends in an answer of this view, at the line where the view
    /// returned, starts at a line that called DynamoDB during the probe, and carries an attribute that came out. None
    /// if more than one line is possible.
    fn flow(&self) -> Option<&Flow> {
        let view = self.operation.view.as_ref()?;
        let of_view = |flow: &&Flow| {
            matches!(flow.sink.kind, SinkKind::Response(_))
                && flow
                    .routes
                    .iter()
                    .filter_map(|index| self.facts.routes.get(*index))
                    .any(|route| same(&route.view, view))
        };
        let carries = |flow: &&Flow| {
            let table = flow.source.table.and_then(|table| self.facts.tables.get(table));
            let table = table.map(|table| runtime_name(&table.name));
            self.escape.attributes.iter().any(|((from, name), class)| {
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

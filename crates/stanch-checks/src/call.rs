use stanch_api::{AttributeClass, Route, Table};
use stanch_findings::{Confidence, FlowStep, Rule};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind, TableCall};

use crate::Defect;

/// A call of a DynamoDB operation with what its indexes stand for and the flows that end in it.
#[derive(Clone, Copy)]
pub(crate) struct CallView<'f> {
    pub(crate) facts: &'f SourceFacts,
    pub(crate) call: &'f TableCall,
}

impl<'f> CallView<'f> {
    /// Every call of the source.
    pub(crate) fn all(facts: &'f SourceFacts) -> impl Iterator<Item = Self> {
        facts.table_calls.iter().map(move |call| Self { facts, call })
    }

    pub(crate) fn table(&self) -> Option<&'f Table> {
        self.facts.tables.get(self.call.table?)
    }

    /// `table users`, or `the table` where its name is not known.
    pub(crate) fn table_name(&self) -> String {
        self.table().map_or_else(|| "the table".to_owned(), |table| format!("table `{}`", table.name))
    }

    /// Names of the table's key attributes.
    pub(crate) fn key(&self) -> Vec<&'f str> {
        let key = self.table().and_then(|table| table.key.as_ref());
        key.into_iter().flat_map(|key| [Some(key.partition.as_str()), key.sort.as_deref()]).flatten().collect()
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = (usize, &'f Route)> {
        self.call.routes.iter().filter_map(|index| Some((*index, self.facts.routes.get(*index)?)))
    }

    /// Flows that end in this call.
    pub(crate) fn flows(&self) -> impl Iterator<Item = &'f Flow> + use<'f> {
        // Flows are in the order of the places where they end.
        let (place, flows) = (&self.call.place, &self.facts.flows);
        let from = flows.partition_point(|flow| flow.sink.place < *place);
        flows[from..].iter().take_while(move |flow| flow.sink.place == *place)
    }

    /// The flow of request input into the key of the call, if there is one.
    pub(crate) fn client_key(&self) -> Option<&'f Flow> {
        self.flows().find(|flow| flow.sink.kind == SinkKind::Key && is_request(flow))
    }

    /// Whether something of what the call reads reaches a client, a log, another service or a model.
    pub(crate) fn leaves(&self) -> bool {
        let out = |kind: &SinkKind| {
            matches!(kind, SinkKind::Response(_) | SinkKind::Log | SinkKind::OutgoingBody | SinkKind::Prompt)
        };
        self.facts.flows.iter().any(|flow| out(&flow.sink.kind) && flow.source.place == self.call.place)
    }

    /// Names of the table's attributes of that class.
    pub(crate) fn attributes(&self, class: AttributeClass) -> Vec<&'f str> {
        let attributes = self.table().into_iter().flat_map(|table| &table.attributes);
        attributes.filter(|(_, attribute)| attribute.class == class).map(|(name, _)| name.as_str()).collect()
    }

    /// A defect of the call, its endpoints and the way of the key filled in.
    pub(crate) fn defect(&self, rule: &'static Rule, flow: Option<&Flow>) -> Defect {
        let mut defect = Defect::bare(rule, Some(self.call.place.clone()));
        defect.endpoints = self
            .routes()
            .flat_map(|(_, route)| route.methods.iter().map(|method| (route.rule.clone(), *method)))
            .collect();
        defect.confidence = if defect.endpoints.is_empty() { Confidence::Suspected } else { Confidence::Likely };
        let steps = flow.into_iter().flat_map(|flow| &flow.steps);
        defect.flow = steps.map(|(place, note)| FlowStep { place: place.clone(), note: note.clone() }).collect();
        defect
    }
}

/// Whether a flow begins with what a client sends.
pub(crate) fn is_request(flow: &Flow) -> bool {
    matches!(flow.source.kind, SourceKind::Request { .. })
}

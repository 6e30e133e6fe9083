use stanch_api::{Route, Table};
use stanch_findings::Rule;
use stanch_source::{Flow, SourceFacts};

use crate::Defect;

/// A check: what it is called, and how each of its oracles tells that it is broken.
pub struct Check {
    /// Name, severity, category, standards, oracles and page.
    pub rule: Rule,
    /// Rules that say less of the same line or endpoint, and are left out where this one speaks.
    pub supersedes: &'static [&'static str],
    /// How it is seen in source.
    pub source: SourceOracle,
}

/// How a check reads facts.
pub enum SourceOracle {
    /// It does not.
    None,
    /// It looks at one flow at a time.
    Flow(fn(&FlowView<'_>) -> Option<Defect>),
    /// It looks at all facts.
    Facts(fn(&SourceFacts) -> Vec<Defect>),
}

/// One flow with what its indexes stand for.
#[derive(Clone, Copy)]
pub struct FlowView<'f> {
    /// All facts.
    pub facts: &'f SourceFacts,
    /// The flow.
    pub flow: &'f Flow,
}

impl<'f> FlowView<'f> {
    /// The table that the value comes from, where it is known.
    #[must_use]
    pub fn table(&self) -> Option<&'f Table> {
        self.facts.tables.get(self.flow.source.table?)
    }

    /// Routes by which the sink is reached.
    pub fn routes(&self) -> impl Iterator<Item = &'f Route> {
        self.flow.routes.iter().filter_map(|index| self.facts.routes.get(*index))
    }
}

use stanch_api::{Route, Table};
use stanch_findings::{Rule, Severity};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::Defect;
use crate::audit::FileKeys;

/// A check: what it is called, and how each of its oracles tells that it is broken.
pub struct Check {
    /// Name, severity, category, standards, oracles and page.
    pub rule: Rule,
    /// Rules that say less of the same line or endpoint, and are left out where this one speaks.
    pub supersedes: &'static [&'static str],
    /// How it is seen in source.
    pub source: SourceOracle,
    /// How it is seen when canaries come out of the running app; none without the `run` oracle.
    #[cfg(feature = "live")]
    pub run: Option<fn(&crate::prove::Sight<'_>) -> Option<Defect>>,
}

/// How a check reads facts.
pub enum SourceOracle {
    /// It does not.
    None,
    /// It is nothing but a flow from one kind of value to one kind of way out.
    Flows(FlowRule),
    /// It looks at one flow at a time.
    Flow(fn(&FlowView<'_>) -> Option<Defect>),
    /// It looks at all facts.
    Facts(fn(&SourceFacts) -> Vec<Defect>),
    /// It looks at the keys that lie in one file of the project, whatever the file's kind.
    Files(fn(&FileKeys) -> Vec<Defect>),
}

/// A check that is nothing but a flow.
#[derive(Clone, Copy)]
pub struct FlowRule {
    /// Values it is about.
    pub from: fn(&SourceKind) -> bool,
    /// Ways out it is about.
    pub to: fn(&SinkKind) -> bool,
    /// What a guard on the way means.
    pub guards: Guarding,
    /// What happens and what an attacker does with it; `{source}`, `{sink}` and `{table}` stand for the app's own words.
    pub message: &'static str,
    /// What to do, with the same placeholders.
    pub remediation: &'static str,
}

/// What a guard on the way of a flow means to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarding {
    /// Nothing: no comparison makes an exception's text fit for a client.
    Ignored,
    /// It makes the defect less severe by one step.
    Lowers,
    /// It is the cure.
    Silences,
}

impl FlowRule {
    /// The defect that the flow is, none if it is none.
    pub(crate) fn judge(&self, rule: &'static Rule, view: &FlowView<'_>) -> Option<Defect> {
        let flow = view.flow;
        if !(self.from)(&flow.source.kind) || !(self.to)(&flow.sink.kind) {
            return None;
        }
        let guarded = flow.guards.iter().any(|guard| cures(&flow.sink.kind, &guard.kind));
        // A number is no text that could say anything else.
        let number = self.guards == Guarding::Lowers && flow.guards.iter().any(|guard| guard.kind == "conversion");
        if guarded && (self.guards == Guarding::Silences || number) {
            return None;
        }
        let mut defect = Defect::of_flow(rule, view);
        if guarded && self.guards == Guarding::Lowers {
            defect.severity =
                Severity::ALL.into_iter().rev().find(|step| *step < rule.severity).unwrap_or(Severity::Info);
        }
        defect.message = Self::fill(self.message, view);
        defect.remediation = Self::fill(self.remediation, view);
        Some(defect)
    }

    fn fill(text: &str, view: &FlowView<'_>) -> String {
        // Of what is written, the table is the call's.
        let written = || {
            let call = view.facts.table_calls.iter().find(|call| call.place == view.flow.sink.place)?;
            view.facts.tables.get(call.table?)
        };
        let table = view.table().or_else(written);
        let table = table.map_or_else(|| "a table".to_owned(), |table| format!("table `{}`", table.name));
        text.replace("{source}", &format!("`{}`", view.flow.source.label))
            .replace("{sink}", &format!("`{}`", view.flow.sink.label))
            .replace("{table}", &table)
    }
}

/// Whether what stands on the way takes the harm out of what leaves there. That a value is a text, or a short one, makes
/// it no better as part of an expression or an address; one field of a body that is looked at makes the rest no better.
fn cures(sink: &SinkKind, guard: &str) -> bool {
    match sink {
        SinkKind::Write => guard == "schema",
        _ => matches!(guard, "alphabet" | "conversion" | "equality" | "fullmatch" | "membership"),
    }
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

//! A whole item is logged.

#[cfg(feature = "live")]
mod run;

use std::collections::{BTreeMap, BTreeSet};

use stanch_api::{AttributeClass, SourcePlace};
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::{CallView, is_request};
use crate::exposure::{Exposure, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "item-in-log",
        title: "A whole DynamoDB item is written to a log",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["10.3.1"],
            soc2: &["CC6.1", "CC7.2"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &["key-in-log"],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

/// Looks at all flows, since an item that is written is told by the request it came with where that is logged too.
fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let logged = || facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Log);
    let requests: BTreeSet<_> = logged()
        .filter(|flow| matches!(flow.source.kind, SourceKind::Request { name: None, .. }))
        .map(|flow| &flow.sink.place)
        .collect();
    let written = to_be_written(facts, &requests);
    logged()
        .filter_map(|flow| {
            let view = FlowView { facts, flow };
            match flow.source.kind {
                SourceKind::Item | SourceKind::StreamImage => item(&view),
                SourceKind::WrittenItem if !requests.contains(&flow.sink.place) => item(&view),
                SourceKind::SdkResponse => raw_answer(&view),
                _ => None,
            }
        })
        .chain(written)
        .collect()
}

/// Items that are logged before they are written: a line of the log takes all that one write takes from the request.
fn to_be_written(facts: &SourceFacts, requests: &BTreeSet<&SourcePlace>) -> Vec<Defect> {
    let mut found = Vec::new();
    let logged: Vec<&Flow> =
        facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Log && is_request(flow)).collect();
    for view in CallView::all(facts).filter(|view| view.call.operation == "put_item") {
        let mut given: BTreeMap<&SourcePlace, &str> = BTreeMap::new();
        for flow in view.flows().filter(|flow| is_request(flow)) {
            if let SinkKind::Attribute(name) = &flow.sink.kind {
                given.insert(&flow.source.place, name);
            }
        }
        let mut lines: BTreeMap<&SourcePlace, (&Flow, BTreeSet<&SourcePlace>)> = BTreeMap::new();
        for flow in logged.iter().copied() {
            if given.contains_key(&flow.source.place) && !requests.contains(&flow.sink.place) {
                lines.entry(&flow.sink.place).or_insert((flow, BTreeSet::new())).1.insert(&flow.source.place);
            }
        }
        // Two fields may be what somebody wanted in the log; all that the item has are the item.
        let whole = lines.into_values().filter(|(_, places)| places.len() >= 3 && places.len() == given.len());
        for (flow, _) in whole {
            let private: Vec<&str> = view.attributes(AttributeClass::Private);
            let private: Vec<&str> = private.into_iter().filter(|name| given.values().any(|own| own == name)).collect();
            if private.is_empty() {
                continue;
            }
            let mut defect = Defect::of_flow(&CHECK.rule, &FlowView { facts, flow });
            defect.severity = Severity::Medium;
            defect.message = format!(
                "`{}` writes the item into the log that `{}` then puts into {}: {} stand in it.",
                flow.sink.label,
                view.call.operation,
                view.table_name(),
                quoted(&private),
            );
            defect.remediation = "Log which item it was and no more: its key.".to_owned();
            found.push(defect);
        }
    }
    found
}

fn item(view: &FlowView<'_>) -> Option<Defect> {
    let exposure = Exposure::of(view);
    // Fields that were picked by name are what somebody wanted in the log; a key among them is `key-in-log`. An item
    // that was just written is whole, though its attributes are known.
    let written = view.flow.source.kind == SourceKind::WrittenItem && exposure.secret.is_empty();
    let whole = exposure.open || written && !exposure.private.is_empty();
    if !whole {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    let (severity, what) = if !exposure.secret.is_empty() {
        (
            Severity::High,
            format!(
                "{} {} in it, and whoever reads the log can use what is there",
                quoted(&exposure.secret),
                if exposure.secret.len() == 1 { "stands" } else { "stand" }
            ),
        )
    } else if !exposure.private.is_empty() {
        (Severity::Medium, format!("{} stand in it", quoted(&exposure.private)))
    } else if !exposure.ordinary.is_empty() {
        (
            Severity::Info,
            format!(
                "nothing private is known in it ({}), and what is added later is logged too",
                quoted(&exposure.ordinary)
            ),
        )
    } else {
        (Severity::Low, "what it holds is not known from the source".to_owned())
    };
    defect.severity = severity;
    defect.message = format!(
        "`{}` writes whole items of {} that `{}` yields into the log: {what}.",
        view.flow.sink.label,
        exposure.table_name(),
        view.flow.source.label,
    );
    let key = exposure.table.and_then(|table| table.key.as_ref()).map(|key| key.partition.as_str());
    defect.remediation = match key.filter(|key| !exposure.secret.contains(key)) {
        Some(key) => format!("Log which item it was and no more: its `{key}`."),
        None => "Log that it was read and how many there were, not the item.".to_owned(),
    };
    Some(defect)
}

/// The answer of the SDK as it came, without an item in it: a note.
fn raw_answer(view: &FlowView<'_>) -> Option<Defect> {
    let call = view.facts.table_calls.iter().find(|call| call.place == view.flow.source.place)?;
    let more = match call.operation.as_str() {
        "put_item" | "update_item" | "delete_item" => "once somebody asks for `ReturnValues`, the item",
        "batch_write_item" | "transact_write_items" => "where DynamoDB was busy, the items that were not written",
        _ => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = Severity::Info;
    defect.message = format!(
        "`{}` writes the answer of `{}` into the log as the SDK gave it: request ids and headers of AWS, and, {more}.",
        view.flow.sink.label, view.flow.source.label,
    );
    defect.remediation = "Log the status: `response['ResponseMetadata']['HTTPStatusCode']`.".to_owned();
    Some(defect)
}

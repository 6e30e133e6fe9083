//! Request input becomes a key without a look at its shape.

use stanch_api::{AttributeSet, ParameterLocation};
use stanch_findings::{Category, FlowStep, Oracle, Place, Rule, Severity, Standards};
use stanch_secrets::names::key_kind;
use stanch_source::{ExpressionKind, Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::{CallView, is_request};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unvalidated-key",
        title: "Request input becomes a key without a look at its shape",
        severity: Severity::Low,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-20", "CWE-1287"],
            pci_dss: &["6.2.4"],
            soc2: &["CC7.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut found: Vec<(&Flow, Defect)> = Vec::new();
    for view in CallView::all(facts) {
        let Some((flow, defect)) = key(&view) else { continue };
        // A value that is read once is looked at once: further calls with it are part of the story.
        match found.iter_mut().find(|(known, _)| known.source == flow.source) {
            Some((_, known)) => {
                let note = format!("used as a key by `{}` too", view.call.operation);
                known.flow.push(FlowStep { place: view.call.place.clone(), note });
                known.endpoints.extend(defect.endpoints);
            }
            None => found.push((flow, defect)),
        }
    }
    let names = facts.flows.iter().filter_map(|flow| name(&FlowView { facts, flow }));
    found.into_iter().map(|(_, defect)| defect).chain(names).collect()
}

/// Request input as the key of a call.
fn key<'f>(view: &CallView<'f>) -> Option<(&'f Flow, Defect)> {
    let names = view.key();
    let into_key = |flow: &&Flow| match &flow.sink.kind {
        SinkKind::Key => true,
        SinkKind::Attribute(name) => view.call.operation == "put_item" && names.contains(&name.as_str()),
        _ => false,
    };
    // What may be of any type comes first: it is the worse case.
    let mut flows: Vec<&'f Flow> = view.flows().filter(|flow| is_request(flow)).filter(into_key).collect();
    flows.retain(|flow| !is_guarded(flow) && is_raw(flow));
    flows.sort_by_key(|flow| !any_type(flow));
    let flow = *flows.first()?;
    let SourceKind::Request { name: sent, .. } = &flow.source.kind else { return None };
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    let attribute = attribute(flow, &names);
    let sent = sent.as_deref().map_or_else(|| format!("`{}`", flow.source.label), |name| format!("`{name}`"));
    if let (Some(table), Some(attribute)) = (view.table(), &attribute) {
        defect.others.insert(Place::Attribute { table: table.name.clone(), name: attribute.clone() });
    }
    let into = attribute.map_or_else(|| "the key".to_owned(), |name| format!("the key attribute `{name}`"));
    let what = if any_type(flow) {
        defect.severity = Severity::Low;
        "it may be `null`, a number, a list or a map as well as a text of any length: DynamoDB then answers with an error that tells types and names, and a type that \
         nobody expects can select what was not meant"
    } else {
        defect.severity = Severity::Info;
        "it is a text of any length and alphabet: an empty one or one past 2,048 bytes raises an error of the SDK, and what is stored under odd keys comes back in logs and pages"
    };
    defect.message = format!(
        "{sent} of the request becomes {into} of {} in `{}` without a look at its shape; {what}.",
        view.table_name(),
        view.call.operation,
    );
    let variable = sent.trim_matches('`').to_owned();
    let variable =
        if variable.chars().all(|c| c.is_alphanumeric() || c == '_') { variable } else { "value".to_owned() };
    defect.remediation = format!(
        "Refuse what is no key before the call: `if not isinstance({variable}, str) or not re.fullmatch(r\"[A-Za-z0-9_-]{{1,64}}\", {variable}): abort(400)`, with the alphabet and \
         length that your keys have."
    );
    Some((flow, defect))
}

/// Request input as the name of a table or an attribute.
fn name(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    let what = match &flow.sink.kind {
        SinkKind::Expression(ExpressionKind::TableName) => "the table",
        SinkKind::Expression(ExpressionKind::AttributeName) => "the attribute",
        _ => return None,
    };
    // Names of a whole body are `mass-assignment`.
    if !matches!(flow.source.kind, SourceKind::Request { name: Some(_), .. }) || is_guarded(flow) {
        return None;
    }
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.severity = Severity::Medium;
    defect.message = format!(
        "`{}` of the request names {what} that `{}` works on: a client can point it at whatever the app's role may reach.",
        flow.source.label, flow.sink.label
    );
    defect.remediation = format!(
        "Look the name up in a fixed dictionary of the names that a client may choose for {what}, and refuse all others."
    );
    Some(defect)
}

/// Whether anything looks at the shape of the value; line breaks are not what makes a key odd.
fn is_guarded(flow: &Flow) -> bool {
    flow.guards.iter().any(|guard| guard.kind != "one-line")
}

/// JSON gives values of any type; so does the request as a whole, read as JSON.
fn any_type(flow: &Flow) -> bool {
    matches!(flow.source.kind, SourceKind::Request { location: Some(ParameterLocation::Json) | None, .. })
}

/// Whether a parameter is no credential, which its look-up verifies.
fn is_raw(flow: &Flow) -> bool {
    let SourceKind::Request { location, name } = &flow.source.kind else { return false };
    !matches!(location, Some(ParameterLocation::Header | ParameterLocation::Cookie))
        && name.as_deref().is_none_or(|name| key_kind(name).is_none())
}

fn attribute(flow: &Flow, key: &[&str]) -> Option<String> {
    match (&flow.sink.kind, &flow.attributes) {
        (SinkKind::Attribute(name), _) => Some(name.clone()),
        (_, AttributeSet::Only(names)) if names.len() == 1 => names.iter().next().cloned(),
        _ => key.first().filter(|_| key.len() == 1).map(|name| (*name).to_owned()),
    }
}

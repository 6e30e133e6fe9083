//! A key travels in a URL.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use std::collections::BTreeSet;

use stanch_api::{AttributeClass, AttributeSet, Parameter, ParameterLocation, Route, SourcePlace};
use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind, words};
use stanch_source::{Flow, ResponsePart, SinkKind, SourceFacts, SourceKind};

use crate::call::CallView;
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "key-in-url",
        title: "A key travels in a URL",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-598"],
            pci_dss: &["8.3.2"],
            soc2: &["CC6.1", "CC6.7"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let redirects = facts.flows.iter().filter_map(|flow| redirect(&FlowView { facts, flow }));
    let twins = twins(facts);
    let parameters = facts.routes.iter().flat_map(|route| {
        let twins = &twins;
        route.parameters.iter().filter_map(move |parameter| taken(facts, route, parameter, twins))
    });
    let outgoing = facts.flows.iter().filter_map(|flow| outgoing(&FlowView { facts, flow }));
    redirects.chain(parameters).chain(outgoing).collect()
}

/// A route takes a key in its path or query string.
fn taken(facts: &SourceFacts, route: &Route, parameter: &Parameter, twins: &BTreeSet<Taken<'_>>) -> Option<Defect> {
    let part = match parameter.location {
        ParameterLocation::Path => "path",
        ParameterLocation::Query => "query string",
        _ => return None,
    };
    let place = read_at(facts, route, parameter).unwrap_or(&route.view);
    let twin = twins.iter().find(|(view, name, _)| *view == &route.view && *name == parameter.name);
    let kind = match (key_kind(&parameter.name), twin) {
        (Some(kind), _) => kind,
        (None, Some(_)) => KeyKind::ApiKey,
        (None, None) => return None,
    };
    let mut defect = Defect::bare(&CHECK.rule, Some(place.clone()));
    defect.confidence = Confidence::Likely;
    defect.endpoints = route.methods.iter().map(|method| (route.rule.clone(), *method)).collect();
    defect.severity = match kind {
        // Links that are mailed have to carry their token, which is good for one use.
        KeyKind::Token | KeyKind::Mfa | KeyKind::Pin if is_for_once(route, parameter) => Severity::Low,
        KeyKind::Password => Severity::High,
        _ => Severity::Medium,
    };
    let same = match twin {
        Some((_, _, attribute)) if key_kind(&parameter.name).is_none() => {
            format!(", which is the `{attribute}` that other routes take as the caller's credential,")
        }
        _ => String::new(),
    };
    let name = &parameter.name;
    defect.message = format!(
        "The route takes `{name}`{same} in its {part}: the access logs of app, proxy and load balancer, the browser's history and the next site's referrer keep it, and whoever reads one of \
         them has it."
    );
    defect.remediation = match kind {
        KeyKind::Password | KeyKind::Pin => format!("Take `{name}` in the body of a POST."),
        _ => format!(
            "Take `{name}` in a header: `request.headers.get(\"X-API-Key\")`; name the row by a public id where one has to be named."
        ),
    };
    Some(defect)
}

/// Where the route's code reads a parameter, as far as a flow of it is known.
fn read_at<'f>(facts: &'f SourceFacts, route: &Route, parameter: &Parameter) -> Option<&'f SourcePlace> {
    let index = facts.routes.iter().position(|other| std::ptr::eq(other, route))?;
    let mut places: Vec<&SourcePlace> = facts
        .flows
        .iter()
        .filter(|flow| flow.routes.contains(&index))
        .filter(|flow| match &flow.source.kind {
            SourceKind::Request { location, name } => {
                *location == Some(parameter.location) && name.as_deref() == Some(parameter.name.as_str())
            }
            _ => false,
        })
        .map(|flow| &flow.source.place)
        .collect();
    places.sort();
    places.first().copied()
}

/// A view, a parameter of it, and the attribute that it stands for.
type Taken<'f> = (&'f SourcePlace, &'f str, &'f str);

/// Parameters of path or query that look up the attribute by which other routes look up the caller's credential.
fn twins(facts: &SourceFacts) -> BTreeSet<Taken<'_>> {
    let single = |flow: &Flow| match &flow.attributes {
        AttributeSet::Only(names) if names.len() == 1 => names.iter().next().cloned(),
        _ => None,
    };
    let keys = || CallView::all(facts).flat_map(|view| view.flows().map(move |flow| (view.call.table, flow)));
    let credentials: BTreeSet<(usize, String)> = keys()
        .filter(|(_, flow)| flow.sink.kind == SinkKind::Key && is_credential(flow))
        .filter_map(|(table, flow)| Some((table?, single(flow)?)))
        // Where only the public half of a key is looked up, the attribute is not taken for a secret.
        .filter(|(table, name)| {
            let known = facts.tables.get(*table).and_then(|table| table.attributes.get(name));
            known.is_some_and(|attribute| attribute.class == AttributeClass::Secret)
        })
        .collect();
    let mut twins = BTreeSet::new();
    for (table, flow) in keys().filter(|(_, flow)| flow.sink.kind == SinkKind::Key) {
        let SourceKind::Request {
            location: Some(ParameterLocation::Path | ParameterLocation::Query),
            name: Some(name),
        } = &flow.source.kind
        else {
            continue;
        };
        let AttributeSet::Only(names) = &flow.attributes else { continue };
        let Some(attribute) = names.iter().next().filter(|_| names.len() == 1) else { continue };
        if table.is_some_and(|table| credentials.contains(&(table, attribute.clone()))) {
            let views = flow.routes.iter().filter_map(|index| facts.routes.get(*index));
            twins.extend(views.map(|route| (&route.view, name.as_str(), attribute.as_str())));
        }
    }
    twins
}

/// A header or cookie that holds a key.
fn is_credential(flow: &Flow) -> bool {
    match &flow.source.kind {
        SourceKind::Request {
            location: Some(ParameterLocation::Header | ParameterLocation::Cookie),
            name: Some(name),
        } => key_kind(name).is_some(),
        _ => false,
    }
}

fn is_for_once(route: &Route, parameter: &Parameter) -> bool {
    const ONCE: [&str; 11] = [
        "activate",
        "activation",
        "confirm",
        "confirmation",
        "invitation",
        "invite",
        "magic",
        "recover",
        "reset",
        "unsubscribe",
        "verify",
    ];
    [&route.rule, &parameter.name, &route.view_name]
        .into_iter()
        .any(|text| words(text).iter().any(|word| ONCE.contains(&word.as_str())))
}

/// A key goes into the address of a call to another service.
fn outgoing(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.sink.kind != SinkKind::OutgoingQuery {
        return None;
    }
    // Tokens of one's own use are what many services ask for in the address, and give no other way.
    let kept = |name: &str| {
        matches!(key_kind(name), Some(KeyKind::Password | KeyKind::Pin | KeyKind::ApiKey | KeyKind::Secret))
    };
    let what = match (&flow.source.kind, &flow.attributes) {
        (SourceKind::Request { name: Some(name), .. }, _) if kept(name) => format!("`{name}` of the request"),
        (SourceKind::Item | SourceKind::WrittenItem, AttributeSet::Only(names)) => {
            format!("`{}`", names.iter().find(|name| kept(name))?)
        }
        _ => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.message = format!(
        "`{}` puts {what} into the address of another service: the access logs of that service, and of every proxy on the way, keep it.",
        flow.sink.label
    );
    defect.remediation = "Send it in the body of a POST, or in a header: `requests.post(url, json={…})`.".to_owned();
    Some(defect)
}

/// A key goes into an address that the client is sent to.
fn redirect(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.sink.kind != SinkKind::Response(ResponsePart::Redirect) {
        return None;
    }
    let what = match (&flow.source.kind, &flow.attributes) {
        (SourceKind::Request { name: Some(name), .. }, _) if key_kind(name).is_some() => {
            format!("`{name}` of the request")
        }
        (SourceKind::GeneratedKey, _) => "a key that the app has made".to_owned(),
        (SourceKind::Item | SourceKind::WrittenItem, AttributeSet::Only(names)) => {
            format!("`{}`", names.iter().find(|name| key_kind(name).is_some())?)
        }
        _ => return None,
    };
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    defect.message = format!(
        "`{}` sends the client to an address with {what} in it: it stays in the browser's history, in the referrer and in the access logs of the next server.",
        flow.sink.label
    );
    defect.remediation =
        "Redirect to the bare address and keep who the caller is in a session cookie (`HttpOnly`, `Secure`)."
            .to_owned();
    Some(defect)
}

//! A write on a request's path that nothing stops from hitting the wrong item.

#[cfg(feature = "live")]
mod run;

use stanch_api::AttributeClass;
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{KeyKind, key_kind, words};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::call::{CallView, is_request};
use crate::exposure::quoted;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unconditional-write",
        title: "A request can overwrite or create an item it should not",
        severity: Severity::Low,
        category: Category::ObjectAuthorisation,
        standards: Standards {
            owasp_api: &["API1:2023", "API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-362", "CWE-639"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    CallView::all(facts)
        .filter(|view| !view.call.condition)
        .filter_map(|view| match view.call.operation.as_str() {
            "put_item" => put(&view),
            "update_item" => update(&view),
            "delete_item" => delete(&view),
            _ => None,
        })
        .collect()
}

/// An item whose key the client chooses takes the place of the one that has this key.
fn put(view: &CallView<'_>) -> Option<Defect> {
    let flow = chosen_key(view)?;
    let key = view.key();
    let named = key.first().copied().unwrap_or("id");
    let secret = powerful(view, &key);
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    defect.severity = if secret.is_empty() { Severity::Low } else { Severity::Medium };
    let what = match &secret[..] {
        [] => "what was stored under it is gone".to_owned(),
        names => {
            format!("what was stored under it is gone, and {} of whoever had it are the sender's now", quoted(names))
        }
    };
    let before = if reads_before(view) {
        " The read before it does not help: of two requests at the same time both find nothing."
    } else {
        ""
    };
    defect.message = format!(
        "`put_item` replaces the item that has the same key, and the client chooses `{named}`: a second request with a key that is taken overwrites it: {what}.{before}"
    );
    defect.remediation = format!(
        "Give `put_item` `ConditionExpression='attribute_not_exists(#k)', ExpressionAttributeNames={{'#k': '{named}'}}` and answer 409 to \
         `ConditionalCheckFailedException`; or let the server make the key (`uuid.uuid4()`)."
    );
    Some(defect)
}

/// `update_item` creates the item that is not there.
fn update(view: &CallView<'_>) -> Option<Defect> {
    // `ADD tries :one` and `if_not_exists` are there to make the item at first.
    if view.call.counts {
        return None;
    }
    let flow = view.client_key()?;
    let key = view.key();
    let named = key.first().copied().unwrap_or("id");
    let secret = powerful(view, &[]);
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    defect.severity = if secret.is_empty() { Severity::Low } else { Severity::Medium };
    let what =
        if secret.is_empty() { String::new() } else { format!(", with {} as the client sent it", quoted(&secret)) };
    defect.message = format!(
        "`update_item` creates the item that is not there: a key that a client made up becomes a new, half-filled item in {}{what}.",
        view.table_name()
    );
    defect.remediation = format!(
        "Give `update_item` `ConditionExpression='attribute_exists(#k)', ExpressionAttributeNames={{'#k': '{named}'}}`; where items have owners, \
         add that the owner is the caller."
    );
    Some(defect)
}

/// `delete_item` deletes whatever has the key, and says so of what was never there.
fn delete(view: &CallView<'_>) -> Option<Defect> {
    let flow = view.client_key()?;
    let key = view.key();
    let named = key.first().copied().unwrap_or("id");
    let mut defect = view.defect(&CHECK.rule, Some(flow));
    defect.message = format!(
        "`delete_item` deletes whatever in {} has the key that the client sent, and answers the same for an item that was never there.",
        view.table_name()
    );
    defect.remediation = format!(
        "Give `delete_item` a `ConditionExpression`: `attribute_exists(#k)` with `#k` for `{named}`, and where items have owners that the owner is the caller."
    );
    Some(defect)
}

/// The flow by which a client chooses the key of an item that is put. A key that the server makes is no overwrite.
fn chosen_key<'f>(view: &CallView<'f>) -> Option<&'f Flow> {
    let key = view.key();
    let into = |name: &str| {
        let name = name.to_owned();
        view.flows().filter(move |flow| flow.sink.kind == SinkKind::Attribute(name.clone()))
    };
    if let Some(flow) = key.iter().find_map(|name| into(name).find(|flow| is_request(flow))) {
        // A fresh sort or partition key makes the pair new.
        return (!key.iter().any(|name| only_made(into(name)))).then_some(flow);
    }
    let written = view.flows().find(|flow| flow.sink.kind == SinkKind::Write && is_request(flow))?;
    if key.is_empty() {
        let made = view.flows().any(|flow| flow.source.kind == SourceKind::GeneratedKey && is_identifier(flow));
        return (!made).then_some(written);
    }
    // The item is known as a whole only: it brings its key along, unless the call sets that itself.
    let brings = key.iter().any(|name| written.attributes.contains(name) && !view.call.attributes.contains(*name));
    let fresh = |flow: &Flow| flow.sink.kind == SinkKind::Write && flow.source.kind == SourceKind::GeneratedKey;
    let made = key.iter().any(|name| only_made(into(name))) || view.flows().any(fresh);
    (brings && !made && written.attributes.is_open()).then_some(written)
}

/// Whether all that is known to flow in is made by the server.
fn only_made<'f>(mut flows: impl Iterator<Item = &'f Flow>) -> bool {
    flows.next().is_some_and(|first| first.source.kind == SourceKind::GeneratedKey)
        && flows.all(|flow| flow.source.kind == SourceKind::GeneratedKey)
}

fn is_identifier(flow: &Flow) -> bool {
    let SinkKind::Attribute(name) = &flow.sink.kind else { return false };
    words(name).last().is_some_and(|word| matches!(word.as_str(), "id" | "key" | "pk" | "sk" | "uuid" | "uid"))
        && key_kind(name).is_none()
}

/// Attributes that give power over an account and that the client writes here: passwords, keys, roles, owners.
fn powerful<'f>(view: &CallView<'f>, but: &[&str]) -> Vec<&'f str> {
    let direct = view.flows().filter(|flow| is_request(flow)).filter_map(|flow| match &flow.sink.kind {
        SinkKind::Attribute(name) => Some(name.as_str()),
        _ => None,
    });
    let whole = view.flows().any(|flow| {
        flow.sink.kind == SinkKind::Write && matches!(flow.source.kind, SourceKind::Request { name: None, .. })
    });
    let table =
        if whole && view.call.operation == "put_item" { view.attributes(AttributeClass::Secret) } else { Vec::new() };
    let mut names: Vec<&str> = direct.chain(table).filter(|name| gives_power(name) && !but.contains(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn gives_power(name: &str) -> bool {
    const POWER: [&str; 10] =
        ["admin", "group", "groups", "owner", "permission", "permissions", "role", "roles", "scope", "scopes"];
    matches!(
        key_kind(name),
        Some(
            KeyKind::Password
                | KeyKind::PasswordHash
                | KeyKind::ApiKey
                | KeyKind::KeyHash
                | KeyKind::Token
                | KeyKind::Pin
                | KeyKind::Mfa
        )
    ) || words(name).iter().any(|word| POWER.contains(&word.as_str()))
}

/// Whether the same function reads the table before it writes.
fn reads_before(view: &CallView<'_>) -> bool {
    view.facts.table_calls.iter().any(|other| {
        matches!(other.operation.as_str(), "get_item" | "query" | "scan")
            && other.place.path == view.call.place.path
            && other.place.symbol == view.call.place.symbol
            && other.place.line < view.call.place.line
            && other.table == view.call.table
    })
}

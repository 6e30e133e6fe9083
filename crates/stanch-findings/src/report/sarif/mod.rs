//! SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it: fingerprints that hold no line and no confidence,
//! `security-severity` on the rule, code flows, fixes.

mod fix;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use stanch_api::SourcePlace;

use super::Shown;
use super::anchor::Anchor;
use crate::{Category, Finding, Place, Rule, Severity};

/// The document, indented, with a newline at its end.
///
/// # Errors
/// When a value cannot be serialised, which no value of a report causes.
pub fn render(shown: &Shown) -> Result<String, serde_json::Error> {
    let report = shown.report();
    let mut rules: Vec<&Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let results: Vec<Value> = report.findings.iter().map(|finding| result(shown, finding, &rules)).collect();
    let notifications: Vec<Value> = report
        .run
        .problems
        .iter()
        .map(|problem| {
            let parts = [problem.place.as_deref(), Some(&*problem.message), problem.help.as_deref()];
            json!({"level": "error", "message": {"text": parts.into_iter().flatten().collect::<Vec<_>>().join(": ")}})
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "stanch",
                "semanticVersion": report.run.version,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("stanch/{}/", report.run.command)},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.run.problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn descriptor(rule: &Rule) -> Value {
    let mut tags = vec!["security".to_owned(), rule.category.as_str().to_owned()];
    // GitHub links this form of a CWE tag.
    tags.extend(rule.standards.cwe.iter().map(|id| format!("external/cwe/{}", id.to_lowercase())));
    tags.extend(rule.standards.owasp_api.iter().chain(rule.standards.owasp_llm).map(|id| (*id).to_owned()));
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.title},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": tags,
            "precision": if rule.category == Category::DataExposure { "very-high" } else { "high" },
            "security-severity": score(rule.severity),
        },
    })
}

fn result(shown: &Shown, finding: &Finding, rules: &[&Rule]) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.rule.id),
        "level": level(finding.severity),
        "message": {"text": format!("{}\n{}", finding.message, finding.remediation)},
        "locations": [location(shown, finding)],
        "partialFingerprints": {
            "primaryLocationLineHash": finding.fingerprint,
            "stanch/v1": finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "category": finding.rule.category,
            "places": finding.places.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "evidence": finding.evidence,
            "reproduce": finding.reproduce,
        },
    });
    let mut add = |name: &str, value: Value| {
        if let Value::Object(result) = &mut result {
            result.insert(name.to_owned(), value);
        }
    };
    let related = related(shown, finding);
    if !related.is_empty() {
        add("relatedLocations", Value::Array(related));
    }
    if !finding.flow.is_empty() {
        let steps: Vec<Value> = (1..)
            .zip(&finding.flow)
            .map(|(order, step): (u32, _)| {
                let mut location = at(shown, &step.place);
                location.insert("message".to_owned(), json!({"text": step.note}));
                json!({"location": location, "executionOrder": order})
            })
            .collect();
        add("codeFlows", json!([{"threadFlows": [{"locations": steps}]}]));
    }
    let can_be_applied = !shown.masked_fixes.contains(&finding.fingerprint);
    if let Some(fix) = finding.fix.as_ref().filter(|_| can_be_applied).and_then(|fix| fix::fix(shown, fix)) {
        add("fixes", json!([fix]));
    }
    if let Some(why) = &finding.suppressed {
        let kind = if why.by == "ignore-comment" { "inSource" } else { "external" };
        let reason = why.reason.as_deref().unwrap_or(&why.by);
        add("suppressions", json!([{"kind": kind, "justification": reason}]));
    }
    result
}

/// The line of the finding; for one that is known from the outside only, its route, since GitHub refuses a document
/// with a result that is nowhere.
fn location(shown: &Shown, finding: &Finding) -> Value {
    let mut location = match (finding.source(), Anchor::of(finding)) {
        (Some(source), _) => at(shown, source),
        (None, Some(Anchor { path, line, .. })) => at(shown, &SourcePlace::line(path, line)),
        (None, None) => {
            let path = finding.places.iter().find_map(|place| match place {
                Place::Endpoint { route, .. } => Some(route.trim_start_matches('/')),
                Place::History { path, .. } => Some(path.as_str()),
                _ => None,
            });
            let path = path.filter(|path| !path.is_empty()).unwrap_or("api");
            Map::from_iter([("physicalLocation".to_owned(), json!({"artifactLocation": {"uri": uri(path)}}))])
        }
    };
    let names = finding.places.iter().filter(|place| file_of(place).is_none()).take(50);
    let names = names.map(|place| json!({"fullyQualifiedName": place.to_string(), "kind": "resource"}));
    let logical = location.entry("logicalLocations").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(logical) = logical {
        logical.extend(names);
    }
    Value::Object(location)
}

/// The place in a file, if it has one.
fn file_of(place: &Place) -> Option<SourcePlace> {
    match place {
        Place::Source(source) | Place::Log { source: Some(source), .. } => Some(source.clone()),
        Place::Resource { path, line, .. } => Some(SourcePlace::line(path, *line)),
        Place::Endpoint { .. } | Place::Log { source: None, .. } | Place::Attribute { .. } | Place::History { .. } => {
            None
        }
    }
}

/// Places in files beside the finding's own.
fn related(shown: &Shown, finding: &Finding) -> Vec<Value> {
    let others = finding.places.iter().filter(|place| place.source().is_none() || place.source() != finding.source());
    // More locations than this are refused by GitHub.
    let others = others.filter_map(|place| Some((place, file_of(place)?))).take(99);
    (1..)
        .zip(others)
        .map(|(id, (place, file)): (u32, _)| {
            let mut location = at(shown, &file);
            location.insert("id".to_owned(), id.into());
            location.insert("message".to_owned(), json!({"text": place.to_string()}));
            Value::Object(location)
        })
        .collect()
}

fn at(shown: &Shown, place: &SourcePlace) -> Map<String, Value> {
    let mut region = Map::new();
    region.insert("startLine".to_owned(), place.line.max(1).into());
    region.insert("startColumn".to_owned(), place.column.max(1).into());
    if (place.end_line, place.end_column) > (place.line, place.column) {
        region.insert("endLine".to_owned(), place.end_line.into());
        region.insert("endColumn".to_owned(), place.end_column.max(1).into());
    }
    if let Some(line) = shown.excerpts.line(&place.path, place.line) {
        region.insert("snippet".to_owned(), json!({"text": line.text}));
    }
    let file = artifact(shown, &place.path);
    let mut location = Map::new();
    location.insert("physicalLocation".to_owned(), json!({"artifactLocation": file, "region": region}));
    if let Some(symbol) = &place.symbol {
        location.insert("logicalLocations".to_owned(), json!([{"fullyQualifiedName": symbol, "kind": "function"}]));
    }
    location
}

fn artifact(shown: &Shown, path: &str) -> Value {
    json!({"uri": uri(&shown.in_repository(path)), "uriBaseId": "%SRCROOT%"})
}

/// A relative URI: each character that RFC 3986 gives no meaning in a path is encoded.
fn uri(path: &str) -> String {
    const KEPT: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b'\\')
        .add(b']')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}')
        .add(b':');
    utf8_percent_encode(path, KEPT).to_string()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in the range that GitHub shows under the same word: critical over 9.0, high from 7.0, medium from 4.0.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

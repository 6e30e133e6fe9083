use std::collections::BTreeMap;

use crate::Defect;

/// Joins defects that one line of the API must have made: the same log line or the same error page at many operations is
/// one logger or one error handler, and one finding with many endpoints.
pub(super) fn merge(defects: Vec<Defect>) -> Vec<Defect> {
    let mut kept: Vec<Defect> = Vec::new();
    let mut known: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for defect in defects {
        let Some(mark) = mark(&defect) else {
            kept.push(defect);
            continue;
        };
        match known.get(&(defect.rule.id, mark.clone())) {
            None => {
                known.insert((defect.rule.id, mark), kept.len());
                kept.push(defect);
            }
            Some(index) => {
                let first = &mut kept[*index];
                first.severity = first.severity.max(defect.severity);
                first.confidence = first.confidence.max(defect.confidence);
                first.endpoints.extend(defect.endpoints);
                // One excerpt says it; the endpoints say where else.
            }
        }
    }
    for index in known.into_values() {
        let others = kept[index].endpoints.len().saturating_sub(1);
        if others > 0 {
            let what = if others == 1 {
                "One other operation does".to_owned()
            } else {
                format!("{others} other operations do")
            };
            kept[index].message.push_str(&format!(" {what} the same."));
        }
    }
    kept
}

/// What the defects of one line have in common; none for rules of which each operation has its own.
fn mark(defect: &Defect) -> Option<String> {
    let text = defect.evidence.first().map_or("", |evidence| evidence.text.as_str());
    match defect.rule.id {
        // One logger, whatever asks for it.
        "key-in-log" => defect.identity.clone(),
        // One secret signs all tokens.
        "jwt-weakness" => text.starts_with("made with").then(|| text.to_owned()),
        // A parameter that one decorator reads for all of its views. A placeholder is each route's own.
        "key-in-url" => defect.message.contains("in its query string").then(|| text.to_owned()),
        // One setting of the app or of the server in front of it.
        "debug-mode" | "permissive-cors" | "missing-security-headers" | "weak-cookie" | "no-tls" => Some(String::new()),
        // One setting or one handler shows them all, whatever went wrong.
        "traceback-in-response" => Some(String::new()),
        "error-in-response" => Some(text.chars().filter(|c| !c.is_ascii_digit()).take(80).collect()),
        _ => None,
    }
}

use std::collections::BTreeSet;

use serde_json::Value;
use stanch_findings::{Evidence, Severity};
use stanch_secrets::names::is_private;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// Names of an object beyond which they are data (a map from ids to records) and no properties.
const MOST: usize = 60;

/// The description names the properties of the answer, and the answer has others.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    if view.operation.answer_properties.is_empty() {
        return Vec::new();
    }
    let answered = view.of(&Purpose::Honest).filter(|trial| trial.succeeded());
    answered.filter_map(|trial| in_trial(view, trial)).take(1).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let mut more = BTreeSet::new();
    walk(&trial.json()?, &view.operation.answer_properties, 0, &mut more);
    if more.is_empty() {
        return None;
    }
    let private: Vec<&String> = more.iter().filter(|name| is_private(name)).collect();
    let listed = |names: &[&String]| {
        let named: Vec<String> = names.iter().take(6).map(|name| format!("`{name}`")).collect();
        named.join(", ")
    };
    let mut defect = view.defect(&CHECK.rule);
    let all: Vec<&String> = more.iter().collect();
    defect.message = if private.is_empty() {
        format!("{} answers with {}, which its description does not name.", view.label(), listed(&all))
    } else {
        defect.severity = Severity::Low;
        format!(
            "{} answers with {}, which is personal or internal and which its description does not name: more leaves than \
             anybody agreed to.",
            view.label(),
            listed(&private)
        )
    };
    defect.remediation =
        "Build the answer from the described fields, or describe what else it is to hold; a schema that \
                          is applied on the way out keeps both alike."
            .to_owned();
    let text = format!("properties {}", listed(&all));
    defect.evidence = vec![Evidence { what: "response body".to_owned(), text }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// Plain names that the description does not have, of objects that it speaks of: at least half of their names are in
/// it. Others are free maps, or something else altogether.
fn walk(value: &Value, described: &[String], depth: usize, more: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if depth < 8 && fields.len() <= MOST => {
            let (known, unknown): (Vec<&String>, Vec<&String>) =
                fields.keys().partition(|name| described.contains(name));
            let plain = |name: &str| {
                name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'))
            };
            if known.len() >= unknown.len() && more.len() < 1_000 {
                more.extend(unknown.into_iter().filter(|name| plain(name)).cloned());
            }
            fields.values().for_each(|value| walk(value, described, depth + 1, more));
        }
        Value::Array(list) => list.iter().take(20).for_each(|value| walk(value, described, depth + 1, more)),
        _ => {}
    }
}

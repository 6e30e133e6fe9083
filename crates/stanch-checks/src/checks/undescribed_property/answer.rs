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
    let mut names = BTreeSet::new();
    walk(&trial.json()?, 0, &mut names);
    let described = |name: &String| view.operation.answer_properties.contains(name);
    let (known, more): (Vec<String>, Vec<String>) = names.into_iter().partition(described);
    // A description of something else altogether says nothing of single properties.
    if more.is_empty() || known.len() < more.len() {
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

/// Plain names of the properties of a document.
fn walk(value: &Value, depth: usize, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if depth < 8 && fields.len() <= MOST => {
            for (name, value) in fields {
                let plain = name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'));
                if plain && names.len() < 1_000 {
                    names.insert(name.clone());
                }
                walk(value, depth + 1, names);
            }
        }
        Value::Array(list) => list.iter().take(20).for_each(|value| walk(value, depth + 1, names)),
        _ => {}
    }
}

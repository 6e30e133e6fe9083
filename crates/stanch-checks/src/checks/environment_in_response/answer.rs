use serde_json::Value;
use stanch_findings::Evidence;
use stanch_secrets::names::key_kind;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// Variables that every process or every AWS client has; enough of them together are an environment.
const VARIABLES: [&str; 18] = [
    "PATH",
    "HOME",
    "PWD",
    "SHLVL",
    "LANG",
    "HOSTNAME",
    "USER",
    "SHELL",
    "TERM",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_EXECUTION_ENV",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

/// An answer holds the environment of the process.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().find_map(|trial| in_trial(view, trial)).into_iter().collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let found = match trial.json() {
        Some(document) => in_json(&document, 0),
        None => in_text(&String::from_utf8_lossy(&answer.body)),
    };
    if found.is_empty() {
        return None;
    }
    let document = trial.json();
    let keys: Vec<&str> = document.iter().flat_map(|document| keys_beside(document, 0)).collect();
    let keys = match &keys[..] {
        [] => "Keys, tokens and passwords of the app and of its cloud account stand there.".to_owned(),
        keys => format!("Keys stand among them: {}.", keys.join(", ")),
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!(
        "{} answers {} with variables of the process's environment ({}). {keys}",
        view.label(),
        answer.status,
        found.join(", "),
    );
    defect.remediation = "Take the route out, or answer with the few settings that a reader needs, by name.".to_owned();
    defect.evidence =
        vec![Evidence { what: "response body".to_owned(), text: format!("values of {}", found.join(", ")) }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// The variables in the first object that holds enough of them.
fn in_json(value: &Value, depth: usize) -> Vec<&'static str> {
    let inner: Vec<&Value> = match value {
        Value::Object(fields) => {
            let here = VARIABLES.into_iter().filter(|name| fields.get(*name).is_some_and(filled));
            let here: Vec<&'static str> = here.collect();
            if is_enough(&here) {
                return here;
            }
            fields.values().collect()
        }
        Value::Array(list) => list.iter().take(100).collect(),
        _ => Vec::new(),
    };
    let deeper = inner.into_iter().filter(|_| depth < 6);
    deeper.map(|value| in_json(value, depth + 1)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// Names of variables that mean a key, in the object that holds the environment.
fn keys_beside(value: &Value, depth: usize) -> Vec<&str> {
    const NAMED: usize = 6;
    let Value::Object(fields) = value else { return Vec::new() };
    let here: Vec<&str> = VARIABLES.into_iter().filter(|name| fields.get(*name).is_some_and(filled)).collect();
    if is_enough(&here) {
        let names = fields.iter().filter(|(name, value)| key_kind(name).is_some() && filled(value));
        // The working directory is no password.
        let names = names.filter(|(name, _)| !["PWD", "OLDPWD"].contains(&name.as_str()));
        let plain = |name: &&str| name.len() <= 40 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        return names.map(|(name, _)| name.as_str()).filter(plain).take(NAMED).collect();
    }
    let deeper = fields.values().filter(|_| depth < 6).map(|value| keys_beside(value, depth + 1));
    deeper.into_iter().find(|names| !names.is_empty()).unwrap_or_default()
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && !text.contains("***") && !text.contains("redacted"))
}

/// `NAME=value` lines, as `/proc/self/environ`, `env` and a printed dictionary write them.
fn in_text(text: &str) -> Vec<&'static str> {
    let written = |name: &&str| {
        let line = format!("{name}=");
        let starts = text.starts_with(&line) || ['\n', '\0', '>'].iter().any(|c| text.contains(&format!("{c}{line}")));
        starts || text.contains(&format!("'{name}': '")) || text.contains(&format!("&#39;{name}&#39;: &#39;"))
    };
    let found: Vec<&'static str> = VARIABLES.into_iter().filter(written).collect();
    if is_enough(&found) { found } else { Vec::new() }
}

/// Three of any process, or both halves of an AWS key.
fn is_enough(found: &[&str]) -> bool {
    found.len() >= 3 || found.contains(&"AWS_SECRET_ACCESS_KEY") && found.contains(&"AWS_ACCESS_KEY_ID")
}

use serde_json::Value;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::model_text;
use crate::scan::view::{OperationView, Trial};

/// Marks by which prompt formats part instructions from talk (ChatML, Llama 2, Llama 3).
const MARKS: [&str; 3] = ["<|im_start|>system", "<<SYS>>", "<|start_header_id|>system"];
/// Names of fields that hold instructions.
const FIELDS: [&str; 5] =
    ["systemprompt", "systemmessage", "systeminstruction", "systeminstructions", "prompttemplate"];

/// An answer holds instructions that the request did not.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let found = view.trials.iter().find_map(|trial| Some((trial, in_trial(trial)?)));
    let Some((trial, what)) = found else { return Vec::new() };
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!("{} answers with {what}: the instructions of its language model.", view.label());
    defect.remediation =
        "Answer with the reply alone; keep the conversation and its instructions on the server, and keep \
                          keys and rules that matter out of instructions."
            .to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

fn in_trial(trial: &Trial) -> Option<String> {
    let sent = String::from_utf8_lossy(&trial.request.body);
    let documents = trial.documents();
    let written: String = documents.iter().map(model_text).collect();
    if let Some(mark) = MARKS.iter().find(|mark| written.contains(**mark)) {
        return Some(format!("`{mark}` in what the model wrote"));
    }
    documents.iter().find_map(|document| in_json(document, &sent, 0))
}

fn in_json(value: &Value, sent: &str, depth: usize) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let system =
                fields.get("role").and_then(Value::as_str).is_some_and(|role| role == "system" || role == "developer");
            if system && fields.get("content").is_some_and(|text| is_new(text, sent)) {
                return Some("a message of the role `system`".to_owned());
            }
            let folded =
                |name: &str| -> String { name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect() };
            let field = fields.iter().find(|(name, text)| FIELDS.contains(&&*folded(name)) && is_new(text, sent));
            match field {
                Some((name, _)) => Some(format!("the field `{name}`")),
                None => fields.values().filter(|_| depth < 20).find_map(|value| in_json(value, sent, depth + 1)),
            }
        }
        Value::Array(list) => {
            list.iter().take(1_000).filter(|_| depth < 20).find_map(|value| in_json(value, sent, depth + 1))
        }
        _ => None,
    }
}

/// A sentence that the request did not carry.
fn is_new(text: &Value, sent: &str) -> bool {
    text.as_str().is_some_and(|text| text.len() >= 15 && text.contains(' ') && !sent.contains(text))
}

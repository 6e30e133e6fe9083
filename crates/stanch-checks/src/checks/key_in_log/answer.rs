use stanch_findings::{Confidence, Evidence, Place};
use stanch_secrets::{KnownValues, redact};

use super::CHECK;
use crate::Defect;
use crate::scan::harvest::PLANTED_KEY;
use crate::scan::view::{OperationView, Trial};

/// A line that the log gained holds a key that we know.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.trials.iter().filter_map(|trial| in_trial(view, trial)).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    if trial.logged.is_empty() {
        return None;
    }
    let keys: Vec<(&str, &str)> = view
        .api
        .known
        .keys
        .iter()
        .map(|(whose, key)| (whose.as_str(), key.expose()))
        .chain([("the scan", PLANTED_KEY)])
        .collect();
    let found = KnownValues::new(keys.iter().map(|(_, key)| *key)).find(trial.logged.as_bytes());
    let (whose, key) = keys[found.first()?.value];
    let start = trial.logged[..found[0].range.start].rfind('\n').map_or(0, |at| at + 1);
    let line = trial.logged[start..].lines().next().unwrap_or_default();
    let mut masks = view.api.masks.borrow_mut();
    let mut text = line.to_owned();
    for (_, key) in &keys {
        text = text.replace(key, &masks.label("key", key));
    }
    // In an encoded form nothing was replaced: the line is not shown then.
    let shown = if line.contains(key) { redact::line(&text, &mut masks) } else { "(in an encoded form)".to_owned() };
    drop(masks);
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.others.insert(Place::Log { stream: "log file".to_owned(), source: None });
    defect.message = format!("{} makes the API write a key of {whose} to its log.", view.label());
    defect.remediation =
        "Log an id of the key or nothing of it; where addresses are logged, keep keys out of addresses.".to_owned();
    defect.evidence = vec![Evidence { what: "log file".to_owned(), text: shown.chars().take(200).collect() }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

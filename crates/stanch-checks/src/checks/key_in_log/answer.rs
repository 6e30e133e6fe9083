use serde_json::Value;
use stanch_findings::{Confidence, Evidence, Place};
use stanch_secrets::names::key_kind;
use stanch_secrets::{KnownValues, redact};

use super::CHECK;
use crate::Defect;
use crate::scan::harvest::PLANTED_KEY;
use crate::scan::view::{OperationView, Trial};

/// A line that the log gained holds a key that we know.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.trials.iter().filter_map(|trial| in_trial(view, trial)).collect()
}

/// Marks of keys that belong to one request alone.
const SENT: &str = "sent";
const GIVEN: &str = "given";
/// Characters of the shortest key of that kind: fewer may stand in a log by chance.
const SHORTEST: usize = 10;

/// What the request brought and what its answer handed out.
fn own(trial: &Trial) -> Vec<(&'static str, String)> {
    let body: Value = serde_json::from_slice(&trial.request.body).unwrap_or_default();
    let sent = body.as_object().into_iter().flatten().filter(|(name, _)| key_kind(name).is_some());
    let sent = sent.filter_map(|(_, value)| Some((SENT, value.as_str()?.to_owned())));
    let given = trial.sightings.iter().map(|sighting| (GIVEN, sighting.value.expose().to_owned()));
    sent.chain(given).filter(|(_, key)| key.len() >= SHORTEST).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    if trial.logged.is_empty() {
        return None;
    }
    let keys: Vec<(&str, String)> = view
        .api
        .known
        .keys
        .iter()
        .map(|(whose, key)| (whose.as_str(), key.expose()))
        .chain([("the scan", PLANTED_KEY)])
        .map(|(whose, key)| (whose, key.to_owned()))
        .chain(own(trial))
        .collect();
    let found = KnownValues::new(keys.iter().map(|(_, key)| key.as_str())).find(trial.logged.as_bytes());
    let (whose, key) = &keys[found.first()?.value];
    let start = trial.logged[..found[0].range.start].rfind('\n').map_or(0, |at| at + 1);
    let line = trial.logged[start..].lines().next().unwrap_or_default();
    let mut masks = view.api.masks.borrow_mut();
    let mut text = line.to_owned();
    for (_, key) in &keys {
        text = text.replace(key, &masks.label("key", key));
    }
    // In an encoded form nothing was replaced: the line is not shown then.
    let shown =
        if line.contains(key.as_str()) { redact::line(&text, &mut masks) } else { "(in an encoded form)".to_owned() };
    drop(masks);
    let whose = match *whose {
        SENT => "the password that the request brought".to_owned(),
        GIVEN => "a key that stood in the answer".to_owned(),
        whose => format!("a key of {whose}"),
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.others.insert(Place::Log { stream: "log file".to_owned(), source: None });
    defect.message = format!("{} makes the API write {whose} to its log.", view.label());
    defect.remediation =
        "Log an id of the key or nothing of it; where addresses are logged, keep keys out of addresses.".to_owned();
    defect.evidence = vec![Evidence { what: "log file".to_owned(), text: shown.chars().take(200).collect() }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

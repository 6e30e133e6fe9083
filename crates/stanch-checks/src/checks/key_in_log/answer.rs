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
    view.trials.iter().flat_map(|trial| in_trial(view, trial)).collect()
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

/// Lines of one trial that are looked at.
const LINES: usize = 200;

/// One defect for each statement that logs a key, told apart by the words right before the key.
fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Vec<Defect> {
    if trial.logged.is_empty() {
        return Vec::new();
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
    let known = KnownValues::new(keys.iter().map(|(_, key)| key.as_str()));
    let mut defects: Vec<Defect> = Vec::new();
    for line in trial.logged.lines().take(LINES) {
        let Some(hit) = known.find(line.as_bytes()).first().map(|hit| (hit.value, hit.range.start)) else { continue };
        let before = line.get(..hit.1).unwrap_or_default();
        let mark: String = before.chars().rev().filter(|c| !c.is_ascii_digit()).take(12).collect();
        if !defects.iter().any(|defect| defect.identity.as_ref() == Some(&mark)) {
            let (whose, key) = &keys[hit.0];
            // In an encoded form nothing would be replaced: the line is not shown then.
            let shown =
                if line.contains(key.as_str()) { shown(view, line, &keys) } else { "(in an encoded form)".into() };
            defects.push(Defect { identity: Some(mark), ..defect(view, trial, whose, shown) });
        }
    }
    defects
}

/// The line with every known key replaced by its label.
fn shown(view: &OperationView<'_>, line: &str, keys: &[(&str, String)]) -> String {
    let mut masks = view.api.masks.borrow_mut();
    let mut text = line.to_owned();
    for (_, key) in keys {
        if text.contains(key.as_str()) {
            text = text.replace(key.as_str(), &masks.label("key", key));
        }
    }
    redact::line(&text, &mut masks).chars().take(200).collect()
}

fn defect(view: &OperationView<'_>, trial: &Trial, whose: &str, shown: String) -> Defect {
    let what = match whose {
        SENT => "the password that the request brought".to_owned(),
        GIVEN => "a key that stood in the answer".to_owned(),
        whose => format!("a key of {whose}"),
    };
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.others.insert(Place::Log { stream: "log file".to_owned(), source: None });
    defect.message = format!("{} makes the API write {what} to its log.", view.label());
    defect.remediation =
        "Log an id of the key or nothing of it; where addresses are logged, keep keys out of addresses.".to_owned();
    defect.evidence = vec![Evidence { what: "log file".to_owned(), text: shown }];
    defect.reproduce = Some(view.reproduce(trial));
    defect
}

use stanch_findings::Confidence;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// A wrong password for a known account is answered otherwise than an unknown account.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let known = view.of(&Purpose::WrongPassword).next();
    let unknown = view.of(&Purpose::UnknownAccount).next();
    let (Some(known), Some(unknown)) = (known, unknown) else { return Vec::new() };
    let (Some(first), Some(second)) = (essence(known), essence(unknown)) else { return Vec::new() };
    // A login that let somebody in is another matter. Too many requests and server errors speak of the request, not of
    // the account.
    let let_in = !known.sightings.is_empty() || !unknown.sightings.is_empty();
    if let_in || first == second || [first.0, second.0].iter().any(|status| *status == 429 || *status >= 500) {
        return Vec::new();
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    let how = if first.0 == second.0 { "another text" } else { "another status" };
    defect.message = format!(
        "{} answers a wrong password with {} and an account that does not exist with {}, {how}: whoever tries names learns \
         which exist.",
        view.label(),
        first.0,
        second.0,
    );
    defect.remediation =
        "Give one answer, with one status and one text, whether the account or the password is wrong, and hash \
                          the password in both cases so that the time is the same."
            .to_owned();
    for (trial, essence) in [(known, &first), (unknown, &second)] {
        defect.evidence.extend(view.quote(&essence.1, ""));
        defect.reproduce.get_or_insert_with(|| view.reproduce(trial));
    }
    vec![defect]
}

/// Status and text, without what the request itself put into it and without numbers, which change by themselves.
fn essence(trial: &Trial) -> Option<(u16, String)> {
    let answer = trial.answer()?;
    let mut text = String::from_utf8_lossy(&answer.body).into_owned();
    for value in sent(trial).iter().filter(|value| value.len() > 3) {
        text = text.replace(value, "(sent)");
    }
    text.retain(|c| !c.is_ascii_digit());
    Some((answer.status, text))
}

/// Values of the request: members of a JSON body, fields of a form, parameters of the query.
fn sent(trial: &Trial) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_slice(&trial.request.body).unwrap_or_default();
    if let Some(fields) = body.as_object() {
        return fields.values().filter_map(|value| value.as_str()).map(str::to_owned).collect();
    }
    let query = trial.request.target.split_once('?').map_or("", |(_, query)| query);
    let pairs = [query.as_bytes(), &trial.request.body].map(|text| url::form_urlencoded::parse(text));
    pairs.into_iter().flatten().map(|(_, value)| value.into_owned()).collect()
}

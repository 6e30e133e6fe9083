use stanch_api::Method;
use stanch_findings::{Confidence, Severity};
use stanch_secrets::names::KeyKind;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::{By, Part, Sighting};
use crate::scan::view::{OperationView, Purpose, Trial};

/// An answer holds a key that is not the caller's own.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    // What everybody is given says more than what the caller is given, and the first one is told.
    let (open, closed): (Vec<&Trial>, Vec<&Trial>) = view.own_trials().partition(|trial| view.is_open(trial));
    open.into_iter().chain(closed).filter_map(|trial| in_trial(view, trial)).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    // The page of Werkzeug's debugger, with the secret of its own console in it, is `debug-mode`.
    if String::from_utf8_lossy(&answer.body).contains("EVALEX = ") {
        return None;
    }
    let leaked: Vec<&Sighting> = trial
        .sightings
        .iter()
        .filter(|sighting| sighting.part != Part::ModelOutput)
        .filter(|sighting| sighting.by != By::Own && !sighting.in_page_token() && !is_handed_out(view, trial, sighting))
        .collect();
    let first = leaked.first()?;
    let mut defect = view.defect(&CHECK.rule);
    let known = leaked.iter().find_map(|sighting| match &sighting.by {
        By::Known(whose) => Some(whose.as_str()),
        _ => None,
    });
    if known.is_some() {
        defect.confidence = Confidence::Proven;
    } else if leaked.iter().all(|sighting| matches!(sighting.by, By::Name(KeyKind::Pin | KeyKind::Mfa))) {
        defect.severity = Severity::High;
    }
    let what: Vec<String> = distinct_places(&leaked);
    let whose = known.map_or_else(String::new, |whose| format!(" One of them is known: it belongs to {whose}."));
    let asker = match &trial.purpose {
        Purpose::Anonymous => "a caller without credentials".to_owned(),
        Purpose::AsOther(index) => format!("`{}`", view.api.identities[*index].name),
        _ if view.api.identities[0].headers.is_empty() => "a caller without credentials".to_owned(),
        _ => "the caller".to_owned(),
    };
    defect.message = format!(
        "{} answers {} with {} to {asker}.{whose} Whoever gets this answer can act with the key.",
        view.label(),
        answer.status,
        what.join(", "),
    );
    defect.remediation = match &first.part {
        Part::Header(name) => format!("Do not send the header `{name}`."),
        Part::Body | Part::ModelOutput => {
            "Build the answer from the fields the client needs: in Flask a dictionary of named fields or a schema, \
                       on DynamoDB a ProjectionExpression without the key, which keeps it from being read at all."
                .to_owned()
        }
    };
    defect.evidence = view.evidence(&leaked);
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// Whether the key was made for the caller who gets it: an answer to a login, or to the request that created it. A
/// password or a hash is never made for its reader.
fn is_handed_out(view: &OperationView<'_>, trial: &Trial, sighting: &Sighting) -> bool {
    let fresh = match &sighting.by {
        By::Name(kind) => {
            matches!(kind, KeyKind::Token | KeyKind::Session | KeyKind::ApiKey | KeyKind::Secret | KeyKind::Mfa)
        }
        By::Format => sighting.kind.contains("jwt"),
        By::Own | By::Known(_) => false,
    };
    let path = view.operation.path.to_ascii_lowercase();
    let entrance = ["login", "signin", "sign-in", "token", "auth", "session", "register", "signup", "sign-up", "oauth"]
        .iter()
        .any(|word| path.contains(word));
    let creates = trial.request.method == Method::Post;
    let proves_itself = trial.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        || !trial.request.body.is_empty();
    let field = sighting.part == Part::Body && !sighting.path.is_empty();
    fresh && field && !sighting.in_list && (creates || entrance && proves_itself)
}

/// `users[].password`, each place once.
fn distinct_places(leaked: &[&Sighting]) -> Vec<String> {
    const NAMED: usize = 4;
    let mut places: Vec<String> = Vec::new();
    for sighting in leaked {
        let place = match (&sighting.part, sighting.path.as_str()) {
            (Part::Header(name), _) => format!("a key in the header `{name}`"),
            (Part::Body | Part::ModelOutput, "") => format!("a key ({}) in its text", sighting.kind),
            (Part::Body | Part::ModelOutput, path) => format!("`{path}` ({})", sighting.kind),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.len() > NAMED {
        let more = places.len() - NAMED;
        places.truncate(NAMED);
        places.push(format!("{more} more"));
    }
    places
}

use stanch_api::ParameterLocation;
use stanch_findings::{Evidence, Severity};
use stanch_live::driver::template_names;
use stanch_secrets::names::{KeyKind, key_kind};

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// The operation takes a key in its path or query.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    // A path that was made up by us, or is not there, takes nothing.
    if !view.operation.documented || view.trials.iter().filter_map(Trial::answer).any(|answer| answer.status == 405) {
        return Vec::new();
    }
    let in_path = template_names(&view.operation.path).into_iter().map(|name| ("path", name));
    let query = view.operation.parameters.iter().filter(|parameter| parameter.location == ParameterLocation::Query);
    let found = in_path
        .chain(query.map(|parameter| ("query string", parameter.name.as_str())))
        .find_map(|(part, name)| Some((part, name, key_kind(name)?)));
    let Some((part, name, kind)) = found else { return Vec::new() };
    let mut defect = view.defect(&CHECK.rule);
    if matches!(kind, KeyKind::Token | KeyKind::Session | KeyKind::Pin | KeyKind::Mfa) {
        defect.severity = Severity::Low;
    }
    defect.message = format!(
        "{} takes `{name}` in its {part}: access logs, proxies, histories and referrers keep it.",
        view.label()
    );
    defect.remediation = format!("Take `{name}` in a header such as `Authorization` or `X-Api-Key`, or in the body.");
    defect.evidence = vec![Evidence { what: format!("parameter of the {part}"), text: name.to_owned() }];
    defect.reproduce = view.trials.first().map(|trial| view.reproduce(trial));
    vec![defect]
}

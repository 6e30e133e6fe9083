use stanch_findings::{Confidence, Evidence};
use stanch_secrets::names::key_kind;

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// Names of cookies that carry a session, by framework habit.
const SESSIONS: [&str; 6] = ["session", "sessionid", "sid", "connect.sid", "remember_token", "auth"];

/// An answer sets a cookie with a session and without flags.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.trials.iter().find_map(|trial| in_trial(view, trial)).into_iter().collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let cookies = trial.answer()?.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let (name, missing) = cookies.filter_map(|(_, cookie)| weak(cookie, view.api.base.scheme() == "https")).next()?;
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    defect.message = format!("The cookie `{name}` carries a session and is set without {}.", missing.join(", "));
    defect.remediation = "Set them: in Flask `SESSION_COOKIE_HTTPONLY`, `SESSION_COOKIE_SECURE`, \
                          `SESSION_COOKIE_SAMESITE`, or the arguments of `set_cookie`."
        .to_owned();
    defect.evidence = vec![Evidence {
        what: "response header Set-Cookie".to_owned(),
        text: format!("{name} without {}", missing.join(", ")),
    }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// The name of a cookie that carries a session, and the flags that it lacks.
fn weak(cookie: &str, tls: bool) -> Option<(&str, Vec<&'static str>)> {
    let mut parts = cookie.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let flags: Vec<String> =
        parts.map(|part| part.split('=').next().unwrap_or_default().to_ascii_lowercase()).collect();
    let session = SESSIONS.contains(&&*name.to_ascii_lowercase()) || key_kind(name).is_some();
    let wanted = [("HttpOnly", true), ("SameSite", true), ("Secure", tls)];
    let lacks = |flag: &str| !flags.iter().any(|own| own.eq_ignore_ascii_case(flag));
    let missing: Vec<_> =
        wanted.into_iter().filter(|(flag, fits)| *fits && lacks(flag)).map(|(flag, _)| flag).collect();
    // A name is text of the server: one that is odd is not shown. A short value is no session.
    let plain = name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (session && plain && value.len() >= 8 && !missing.is_empty()).then_some((name, missing))
}

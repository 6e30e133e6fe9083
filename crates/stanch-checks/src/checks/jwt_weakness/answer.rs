use serde_json::Value;
use stanch_findings::{Confidence, Evidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::credible::key_in_field;
use crate::scan::jwt::Token;
use crate::scan::view::{OperationView, Purpose};

/// The caller's token, or one that this operation handed out, can be forged.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    if let Some(trial) = view.of(&Purpose::Forged).find(|trial| trial.succeeded()) {
        let mut defect = view.defect(&CHECK.rule);
        defect.confidence = Confidence::Proven;
        defect.message = format!(
            "{} refuses callers without a token and takes one with the algorithm `none` and no signature: whoever can write \
             JSON is whoever he likes.",
            view.label()
        );
        defect.remediation =
            "Name the one algorithm that is allowed when decoding: `jwt.decode(token, key, algorithms=[\"HS256\"])`."
                .to_owned();
        defect.reproduce = Some(view.reproduce(trial));
        defects.push(Defect { identity: Some("unsigned".to_owned()), ..defect });
    }
    if let Some(trial) = view.of(&Purpose::Confused).find(|trial| trial.succeeded()) {
        let mut defect = view.defect(&CHECK.rule);
        defect.confidence = Confidence::Proven;
        defect.message = format!(
            "{} takes a token that was signed with HS256 and the server's own public key as the secret: everybody has that \
             key, so whoever can write JSON is whoever he likes.",
            view.label()
        );
        defect.remediation =
            "Name the one algorithm that is allowed when decoding: `jwt.decode(token, key, algorithms=[\"RS256\"])`."
                .to_owned();
        defect.reproduce = Some(view.reproduce(trial));
        defects.push(Defect { identity: Some("confused".to_owned()), ..defect });
    }
    let Some(token) = token(view) else { return defects };
    let secrets = secret_claims(&token.claims);
    if !secrets.is_empty() {
        let mut defect = view.defect(&CHECK.rule);
        defect.severity = Severity::High;
        defect.message = format!(
            "The token that {} works with carries {} in its claims, which are signed but not hidden: whoever sees the token \
             reads them.",
            view.label(),
            secrets.join(", ")
        );
        defect.remediation = "Put the user's id into the token and look the rest up on the server.".to_owned();
        defect.evidence =
            vec![Evidence { what: "claims of the token".to_owned(), text: format!("claims {}", secrets.join(", ")) }];
        defects.push(Defect { identity: Some("claims".to_owned()), ..defect });
    }
    let mut defect = view.defect(&CHECK.rule);
    if let Some(secret) = token.common_secret() {
        let label = view.api.masks.borrow_mut().label("signing-secret", secret);
        defect.confidence = Confidence::Proven;
        defect.message = format!(
            "The token that {} works with is signed with a secret that stands in tutorials: whoever tries a short list can \
             write tokens for every account.",
            view.label()
        );
        defect.remediation =
            "Sign with 32 random bytes or more out of a secret store, and let the tokens in use expire.".to_owned();
        defect.evidence =
            vec![Evidence { what: "signature of the token".to_owned(), text: format!("made with {label}") }];
        defects.push(Defect { identity: Some("secret".to_owned()), ..defect });
    } else if token.claims.get("exp").is_none() {
        defect.severity = Severity::Low;
        defect.message =
            format!("The token that {} works with has no `exp` claim: once taken, it is good for ever.", view.label());
        defect.remediation =
            "Give tokens an `exp` of minutes and require it: `options={\"require\": [\"exp\"]}`.".to_owned();
        defects.push(Defect { identity: Some("expiry".to_owned()), ..defect });
    }
    defects
}

/// Names of claims whose values are keys, hashes or passwords.
fn secret_claims(claims: &Value) -> Vec<String> {
    // What OpenID Connect and OAuth put there is meant to be read: digests that bind a token to another one, a nonce.
    const MEANT: [&str; 7] = ["jti", "sid", "nonce", "at_hash", "c_hash", "s_hash", "session_state"];
    let fields = claims.as_object().into_iter().flatten();
    let names = fields.filter(|(name, value)| {
        !MEANT.contains(&name.as_str()) && value.as_str().is_some_and(|text| key_in_field(name, text).is_some())
    });
    names.map(|(name, _)| format!("`{name}`")).take(5).collect()
}

/// The token that a login handed to an account of the scan's own, else the caller's at the first operation that needs it.
fn token(view: &OperationView<'_>) -> Option<Token> {
    let handed = view
        .of(&Purpose::Setup)
        .flat_map(|trial| &trial.sightings)
        .find_map(|sighting| Token::read(sighting.value.expose()));
    let guarded = view.api.guarded.as_deref() == Some(&view.operation.label());
    let own = &view.api.identities[0];
    handed.or_else(|| {
        // The scan's own account was judged where it logged in.
        let caller = guarded && !view.api.registered;
        own.credentials.iter().filter(|_| caller).find_map(|key| Token::read(key.expose()))
    })
}

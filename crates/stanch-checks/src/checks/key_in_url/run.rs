//! A key stood in an address: of a request that the app answered, or of a redirect.

use stanch_api::ParameterLocation;
use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

/// Words of routes whose address is sent to somebody by mail and works once.
const ONE_TIME: [&str; 12] = [
    "activate",
    "activation",
    "confirm",
    "confirmation",
    "download",
    "invitation",
    "invite",
    "reset",
    "share",
    "unsubscribe",
    "verification",
    "verify",
];

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    match (&sight.sign.way, sight.sign.kind) {
        (Way::Header(name), Kind::Sent | Kind::Planted) if name == "location" => redirect(sight),
        (Way::AccessLog, Kind::Sent) => accepted(sight),
        _ => None,
    }
}

/// The app sends the client to an address with a key in it.
fn redirect(sight: &Sight<'_>) -> Option<Defect> {
    let sign = sight.sign;
    let what = match sign.kind {
        Kind::Planted if sign.has(CanaryClass::Secret) => {
            format!("the value planted in {}", sign.named(CanaryClass::Secret))
        }
        // The address that was asked for, sent back with a slash or in another scheme.
        Kind::Sent if sight.sent_in_url().is_empty() => format!("the caller's {}", sign.key_names()),
        _ => return None,
    };
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "{} redirects to an address that holds {what}: the browser's history, access logs and the next page's referrer keep it.",
        sight.label(),
    );
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

/// The app takes a key in the address of a request.
fn accepted(sight: &Sight<'_>) -> Option<Defect> {
    let one_time =
        stanch_secrets::names::words(sight.operation.rule()).iter().any(|word| ONE_TIME.contains(&word.as_str()));
    if !sight.succeeded() || one_time {
        return None;
    }
    let key = sight.sent_in_url().into_iter().next()?;
    let mut defect = sight.defect(&CHECK.rule);
    let way = if key.location == ParameterLocation::Path { "path" } else { "query" };
    if way == "query" {
        // Where the key is asked for is one place, whichever route it serves.
        defect.source = sight.asked_at(ParameterLocation::Query, &key.name)?.cloned().or(defect.source);
    }
    defect.message = format!(
        "{} takes `{}` in the {way} of the address, and the server's access log holds it. Addresses are kept by logs, \
         proxies, histories and referrers.",
        sight.label(),
        key.name,
    );
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

const REMEDY: &str = "Take the key in a header (`Authorization`, `X-API-Key`) or in the body, and name things in addresses by an id \
                      that opens nothing.";

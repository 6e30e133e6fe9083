//! A secret canary came out in an answer.

use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.answers(Kind::Derived) {
        return Some(derived(sight));
    }
    let is_elsewhere = match &sight.sign.way {
        // A page token is a defect of its own, and so is an address.
        Way::PageToken => true,
        Way::Header(name) => name == "location",
        _ => false,
    };
    if !sight.answers(Kind::Planted) || is_elsewhere || sight.is_error() || sight.is_handed_out() {
        return None;
    }
    let secrets = sight.sign.named(CanaryClass::Secret);
    if secrets.is_empty() {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    let way = match &sight.sign.way {
        Way::Header(name) if name == "set-cookie" => "a cookie of the answer".to_owned(),
        Way::Header(name) => format!("the header `{name}` of the answer"),
        _ => "the answer".to_owned(),
    };
    defect.message = format!(
        "The value planted in {secrets} came out in {way} to {}. Whoever may call the route can take it and act with it.",
        sight.label(),
    );
    defect.remediation = format!("Leave {secrets} out of the answer: build it from the fields the client needs.");
    Some(defect)
}

/// A digest or cipher of a secret, which no decoder reads.
fn derived(sight: &Sight<'_>) -> Defect {
    let mut defect = sight.defect(&CHECK.rule);
    defect.severity = stanch_findings::Severity::High;
    defect.message = format!(
        "{} in the answer to {} is made from {}: the same request gets another value when nothing but these secrets is \
         another. A digest can be guessed at leisure once it is out.",
        sight.sign.key_names(),
        sight.label(),
        sight.sign.named(CanaryClass::Secret),
    );
    defect.remediation = "Leave out of the answer what is made from a secret.".to_owned();
    defect
}

//! A key came out in the mark where the next page starts.

use stanch_live::canary::CanaryClass;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let sign = sight.sign;
    if sign.way != Way::PageToken {
        return None;
    }
    let what = match sign.kind {
        Kind::Planted if sign.has(CanaryClass::Secret) => {
            format!("the value planted in {}", sign.named(CanaryClass::Secret))
        }
        Kind::Sent => format!("the caller's own {}", sign.key_names()),
        _ => return None,
    };
    let mut defect = sight.defect(&CHECK.rule);
    defect.source = sight.page_token_line().or(defect.source);
    defect.message = format!(
        "The page token that {} gives holds {what}: it is DynamoDB's key of the last row, at most encoded. Tokens go into \
         addresses, which logs, histories and referrers keep.",
        sight.label(),
    );
    defect.remediation =
        "Give out an id of the last row, signed, and build DynamoDB's ExclusiveStartKey on the server from it and the \
         caller's identity."
            .to_owned();
    Some(defect)
}

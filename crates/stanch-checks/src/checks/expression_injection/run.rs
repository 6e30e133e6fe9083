//! A text of the request became syntax of an expression, with an effect.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Injected {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "What {} is sent as {} becomes part of a DynamoDB expression: with syntax in it the call did what the honest request \
         cannot. {}.",
        sight.label(),
        sight.sign.key_names(),
        sight.sign.evidence.text,
    );
    defect.remediation =
        "Keep the expression a literal and pass the input through ExpressionAttributeValues (values) or an \
                          allow-list and ExpressionAttributeNames (names)."
            .to_owned();
    Some(defect)
}

//! A text of the request became syntax of a PartiQL statement, with an effect.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::InjectedStatement {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "What {} is sent as {} becomes part of a PartiQL statement: with a quote and a condition in it the statement gave \
         what the honest request cannot reach. {}.",
        sight.label(),
        sight.sign.key_names(),
        sight.sign.evidence.text,
    );
    defect.remediation = "Keep the statement a literal with `?` in it and pass the input in `Parameters`.".to_owned();
    Some(defect)
}

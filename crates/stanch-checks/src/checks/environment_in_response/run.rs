//! Values of the environment came out in an answer.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.answers(Kind::Planted) || !sight.shows_environment() {
        return None;
    }
    // What a client had the app ask for is another rule's.
    if sight.sign.is_metadata() && sight.together.iter().any(|sign| sign.kind == Kind::Reached) {
        return None;
    }
    let names: Vec<&str> = sight.sign.variables.iter().map(String::as_str).collect();
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "The values given to the app in {} came out in the answer to {}. In a container or a Lambda function that is where \
         the role's keys, database passwords and signing secrets stand.",
        crate::exposure::quoted(&names),
        sight.label(),
    );
    defect.remediation = "Send the few values that the client needs by name, and none that is a secret.".to_owned();
    Some(defect)
}

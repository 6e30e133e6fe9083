//! Values of the environment came out in a log line.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if !sight.logs(Kind::Planted) || !sight.shows_environment() || sight.is_of_sdk() {
        return None;
    }
    let names: Vec<&str> = sight.sign.variables.iter().map(String::as_str).collect();
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "The values given to the app in {} came out in a log line (seen at {}), where keys outlive their rotation and \
         everybody who reads logs can take them.",
        crate::exposure::quoted(&names),
        sight.during(),
    );
    defect.remediation = "Log the names of what is set, never the values.".to_owned();
    Some(defect)
}

//! A text that the client sent stands as a line of its own.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Forged {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "A line break in what {} is sent reaches the log as it is, and so does an escape character: what the client wrote \
         after it stands as a log line of its own.",
        sight.label(),
    );
    defect.remediation =
        "Log texts of the request with `%r`, or through a formatter that escapes control characters (JSON).".to_owned();
    Some(defect)
}

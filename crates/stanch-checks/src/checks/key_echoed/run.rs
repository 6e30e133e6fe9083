//! A key that the request was sent with came back in the answer.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::{Kind, Way};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let is_text =
        matches!(&sight.sign.way, Way::Body) || matches!(&sight.sign.way, Way::Header(name) if name.starts_with("x-"));
    // A traceback, an error or a redirect that quotes the request is a defect of its own.
    let quoted = sight.together.iter().any(|sign| {
        matches!(sign.kind, Kind::Traceback | Kind::SdkError | Kind::Debugger)
            || sign.kind == Kind::Sent && sign.way == Way::Header("location".to_owned())
    });
    if !sight.answers(Kind::Sent) || !is_text || quoted {
        return None;
    }
    // The item that the key belongs to goes out with it: that is seen by its other values.
    if sight.together.iter().any(|sign| sign.kind == Kind::Planted && sign.way == sight.sign.way)
        && sight.reads_secrets()
    {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.message = format!(
        "{} answers with the very value of {} that the request was sent with. Caches, logs of bodies and scripts in the page \
         can read it there.",
        sight.label(),
        sight.sign.key_names(),
    );
    defect.remediation =
        "Leave the key out of bodies, messages and headers; name it by an id or its last characters where a \
                          reader has to tell keys apart."
            .to_owned();
    Some(defect)
}

//! Somebody else got what is the owner's.

use crate::Defect;
use crate::prove::{Caller, Sight};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let mut defect = sight.given_to(Caller::Stranger, super::source)?;
    defect.message = format!(
        "Asked by somebody else, with credentials of their own, {} gave values planted in the owner's items. {}",
        sight.label(),
        defect.message
    );
    Some(defect)
}

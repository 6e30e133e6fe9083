//! Nobody got what is the owner's.

use crate::Defect;
use crate::prove::{Caller, Sight};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let mut defect = sight.given_to(Caller::Nobody, super::judge)?;
    defect.message = format!(
        "Asked without any credential, {} gave values planted in somebody's items. {}",
        sight.label(),
        defect.message
    );
    Some(defect)
}

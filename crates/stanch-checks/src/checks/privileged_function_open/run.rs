//! Somebody who is no administrator got what the audit takes to be for administrators.

use crate::Defect;
use crate::prove::{Caller, Sight};

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    let nobody = sight.given_to(Caller::Nobody, super::route::judge).map(|defect| ("without any credential", defect));
    let (how, mut defect) = nobody.or_else(|| {
        let stranger = sight.given_to(Caller::Stranger, super::route::judge);
        stranger.map(|defect| ("with the credentials of an account like any other", defect))
    })?;
    defect.message = format!("Asked {how}, {} gave values planted in others' items. {}", sight.label(), defect.message);
    Some(defect)
}

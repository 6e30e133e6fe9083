//! One folder a check, sorted.

pub(crate) mod item_in_response;
pub(crate) mod key_in_response;

//! What is a key? Names that mean one, formats of the vendors, known values in every encoding, and the only door by
//! which a key may be shown: masking.

mod known;
mod mask;
pub mod names;
mod patterns;
mod secret;

pub use known::{Form, KnownHit, KnownValues};
pub use mask::Masks;
pub use patterns::{Detector, Match};
pub use secret::Secret;

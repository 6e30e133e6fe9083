//! What is a key? Names that mean one, formats of the vendors, known values in every encoding, and the only door by
//! which a key may be shown: masking.

pub mod assign;
pub mod files;
mod known;
mod mask;
pub mod names;
mod patterns;
pub mod redact;
mod secret;
pub mod value;

pub use known::{Form, KnownHit, KnownValues};
pub use mask::Masks;
pub use patterns::{
    Confidence, Detector, LeftOut, Match, Provider, RulesError, StreamScanner, aws_account_id, providers,
};
pub use secret::Secret;

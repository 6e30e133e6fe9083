use std::fmt;

use crate::{Digest, Secret, Value};

/// A private attribute: readable in the code, but not serialisable and not shown by `Debug`.
///
/// To send one to a client the code has to [`reveal`](Self::reveal) it, which is one word to look for in a review.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for deciding on it, or for showing it to somebody who may see it.
    #[must_use]
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, by value.
    #[must_use]
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private([masked])")
    }
}

/// What a field under `#[private]` may be: a [`Private`] value, nothing else.
#[diagnostic::on_unimplemented(
    message = "a private attribute is wrapped: `Private<{Self}>`",
    label = "this type can be serialised and shown"
)]
pub trait PrivateField: sealed::Private {
    /// The wrapped type.
    type Inner: Value;
}

impl<T: Value> PrivateField for Private<T> {
    type Inner = T;
}

/// What a field under `#[key]` may be: a [`Secret`] or a [`Digest`].
#[diagnostic::on_unimplemented(
    message = "a key attribute is a `Secret` or a `Digest`, not `{Self}`",
    label = "this type can be serialised and shown"
)]
pub trait KeyField: sealed::Key {}

impl KeyField for Secret {}
impl KeyField for Digest {}
impl<T: KeyField> KeyField for Option<T> {}

mod sealed {
    use crate::{Digest, Secret};

    pub trait Private {}
    impl<T> Private for super::Private<T> {}

    pub trait Key {}
    impl Key for Secret {}
    impl Key for Digest {}
    impl<T: Key> Key for Option<T> {}
}

/// Compiles for the types that `#[key]` takes.
pub const fn assert_key<T: KeyField>() {}

/// Compiles for the types that `#[private]` takes.
pub const fn assert_private<T: PrivateField>() {}

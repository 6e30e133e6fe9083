use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Malformed, PARTITION, SORT, Value};

/// A kind of item. Implemented by [`derive@crate::Item`] alone.
///
/// ```
/// use stanch_table::{Digest, Item, Private};
///
/// stanch_table::identifier! { pub struct UserId: 1..=64 of UrlSafe; }
///
/// #[derive(Item)]
/// #[item(partition = "USER#{user: UserId}", sort = "LOGIN")]
/// pub struct Login {
///     #[public]
///     pub name: String,
///     #[private]
///     pub failures: Private<u64>,
///     #[key]
///     pub session: Digest,
/// }
/// ```
///
/// generates `LoginPublic { name }`, which a read brings unless the whole is asked for; `Login::key(&user)`; the typed
/// names `Login::NAME`, `Login::FAILURES`, `Login::SESSION`; and a `Debug` that shows `name` only.
pub trait Item: View<Self> {
    /// The view of the public attributes, made by the derive macro.
    type Public: View<Self>;

    /// Adds every attribute to a stored item.
    #[doc(hidden)]
    fn write(&self, stored: &mut Stored);
}

/// A set of attributes of items `I` that can be read together.
pub trait View<I>: Sized {
    /// Their names, which become the projection.
    const ATTRIBUTES: &'static [&'static str];

    /// Reads them from a stored item.
    ///
    /// # Errors
    /// When an attribute is missing or not of its declared type.
    #[doc(hidden)]
    fn read(stored: &Stored) -> Result<Self, Malformed>;
}

/// An item in the SDK's form. It stays inside this crate and the code that the derive macro writes.
#[derive(Default)]
pub struct Stored(pub(crate) HashMap<String, AttributeValue>);

impl Stored {
    /// Reads one attribute.
    ///
    /// # Errors
    /// When it is missing or not of its declared type.
    pub fn take<T: Value>(&self, name: &'static str) -> Result<T, Malformed> {
        T::from_stored(self.0.get(name)).map_err(|_| Malformed { attribute: name })
    }

    /// Writes one attribute.
    pub fn put(&mut self, name: &'static str, value: &impl Value) {
        if let Some(value) = value.to_stored() {
            self.0.insert(name.to_owned(), value);
        }
    }
}

/// The key of one item, composed from parsed parts.
pub struct ItemKey<I> {
    partition: String,
    sort: String,
    of: PhantomData<fn() -> I>,
}

impl<I> ItemKey<I> {
    /// Called by the derive macro.
    #[doc(hidden)]
    #[must_use]
    pub const fn composed(partition: String, sort: String) -> Self {
        Self { partition, sort, of: PhantomData }
    }

    /// The key as the SDK takes it.
    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PARTITION.to_owned(), AttributeValue::S(self.partition.clone())),
            (SORT.to_owned(), AttributeValue::S(self.sort.clone())),
        ])
    }
}

impl<I> Clone for ItemKey<I> {
    fn clone(&self) -> Self {
        Self::composed(self.partition.clone(), self.sort.clone())
    }
}

/// Shows nothing of the key: a part of it may be a digest.
impl<I> fmt::Debug for ItemKey<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ItemKey([masked])")
    }
}

/// All items of one kind under one partition key.
pub struct Partition<I> {
    pub(crate) partition: String,
    pub(crate) sort_prefix: &'static str,
    of: PhantomData<fn() -> I>,
}

impl<I> Partition<I> {
    /// Called by the derive macro.
    #[doc(hidden)]
    #[must_use]
    pub const fn composed(partition: String, sort_prefix: &'static str) -> Self {
        Self { partition, sort_prefix, of: PhantomData }
    }
}

impl<I> fmt::Debug for Partition<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Partition([masked])")
    }
}

use std::marker::PhantomData;

use crate::{Condition, Private, Value, condition};

/// The name of a declared attribute of items `I`, with its class `C` and its type `T`.
///
/// One exists for every field under [`derive@crate::Item`], as a constant of the struct. Expressions are built from
/// these, so a name from a client never reaches one.
pub struct Attribute<I, C, T> {
    name: &'static str,
    of: PhantomData<Of<I, C, T>>,
}

/// A function that is never called, so that the name is `Send`, `Sync` and `Copy` whatever the types are.
type Of<I, C, T> = fn() -> (I, C, T);

impl<I, C, T> Clone for Attribute<I, C, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, C, T> Copy for Attribute<I, C, T> {}

/// Class of the attributes that clients may see.
pub enum PublicClass {}

/// Class of the attributes that the service keeps for itself.
pub enum PrivateClass {}

/// Class of the attributes that are keys.
pub enum KeyClass {}

/// How the value of an attribute of a class comes back from a write.
pub trait AttributeClass {
    /// The form it comes back in.
    type Returned<T: Value>: Value;
}

impl AttributeClass for PublicClass {
    type Returned<T: Value> = T;
}

impl AttributeClass for PrivateClass {
    type Returned<T: Value> = Private<T>;
}

impl<I, C, T: Value> Attribute<I, C, T> {
    /// Called by the derive macro.
    #[doc(hidden)]
    #[must_use]
    pub const fn declared(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// The attribute's name in the table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Holds where the stored value equals this one.
    #[must_use]
    pub fn equals(self, value: &T) -> Condition<I> {
        condition::compare(self.name, "=", value)
    }

    /// Holds where the stored value is less than this one.
    #[must_use]
    pub fn less_than(self, value: &T) -> Condition<I> {
        condition::compare(self.name, "<", value)
    }

    /// Holds where the item has the attribute.
    #[must_use]
    pub fn is_present(self) -> Condition<I> {
        condition::function("attribute_exists", self.name)
    }

    /// Holds where the item lacks the attribute.
    #[must_use]
    pub fn is_absent(self) -> Condition<I> {
        condition::function("attribute_not_exists", self.name)
    }
}

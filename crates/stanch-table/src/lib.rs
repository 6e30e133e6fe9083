//! Access to DynamoDB in which leaking a key does not compile.
//!
//! An item is declared once, with [`derive@Item`]: how its key is composed and whether each attribute is public,
//! private or key. What follows from it:
//!
//! - A read brings the public attributes; the whole item has to be asked for, and it has no `Serialize`.
//! - A key comes back as a [`Secret`] or a [`Digest`], neither of which can be serialised or shows a character of it.
//! - Expressions are built from declared attributes and values, each behind a placeholder; there is no way in for text.
//! - Input of a client becomes part of a key only as an [`identifier!`]: parsed, of bounded length, from an alphabet.
//! - A write has a condition, or the code says why it has none; the whole old or new item is never returned.
//! - A page token is sealed, bound to the caller and the route, and expires.
//! - An [`Error`] has an outside, which may be sent to a client, and an inside, which names no value either.
//!
//! The same code runs on Amazon DynamoDB and on an emulator: see [`Connection`].

mod attribute;
mod condition;
mod connection;
mod digest;
mod document;
mod error;
mod identifier;
mod item;
mod page;
mod private;
mod read;
mod seal;
mod table;
mod transact;
mod value;
mod write;

// A page of documentation whose examples are the tests of what must not compile.
#[cfg(doctest)]
pub mod refused;

pub use attribute::{Attribute, AttributeClass, KeyClass, PrivateClass, PublicClass};
pub use condition::Condition;
pub use connection::{Connection, Limits};
pub use digest::{Digest, IssuedKey, Pepper, PepperError, PresentedKey};
pub use document::Document;
pub use error::{Error, Inside, Kind};
pub use identifier::{Alphabet, KeyPart, NotParsed};
pub use item::{Item, ItemKey, Partition, View};
pub use page::{Page, PageSize};
pub use private::{Private, PrivateField};
pub use seal::{Binding, Sealer};
pub use stanch_secrets::Secret;
pub use stanch_table_derive::Item;
pub use table::{PARTITION, SORT, Table};
pub use transact::Transaction;
pub use value::{Malformed, Value};
pub use write::{Conditioned, Delete, Put, ReturnsNothing, ReturnsUpdated, Unconditioned, Update, Updated};

/// What expanded macros name. No part of the interface.
#[doc(hidden)]
pub mod derived {
    pub use crate::identifier::parse;
    pub use crate::item::Stored;
    pub use crate::private::{assert_key, assert_private};
    pub use crate::value::Unreadable;
    pub use aws_sdk_dynamodb::types::AttributeValue;
    pub use serde;
    #[cfg(feature = "openapi")]
    pub use utoipa;

    /// Stands where a value is not shown.
    pub const MASK: std::fmt::Arguments<'static> = format_args!("[masked]");
}

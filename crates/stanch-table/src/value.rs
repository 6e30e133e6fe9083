use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Digest, Document, Private, Secret};

/// A type that an attribute of an item can hold.
pub trait Value: Sized {
    /// The stored form; none leaves the attribute out of the item.
    fn to_stored(&self) -> Option<AttributeValue>;

    /// Reads the stored form; none where the item lacks the attribute.
    ///
    /// # Errors
    /// [`Unreadable`] when the stored form is of another type or out of bounds.
    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable>;
}

/// The stored form of a value is not one of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// An attribute of a stored item is missing or of another type than declared. Says which, never what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored attribute `{attribute}` is missing or not of its declared type")]
pub struct Malformed {
    /// Name of the attribute.
    pub attribute: &'static str,
}

impl<T: Value> Value for Option<T> {
    fn to_stored(&self) -> Option<AttributeValue> {
        self.as_ref().and_then(T::to_stored)
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        stored.is_some().then(|| T::from_stored(stored)).transpose()
    }
}

impl Value for String {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(AttributeValue::S(self.clone()))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            Some(AttributeValue::S(text)) => Ok(text.clone()),
            _ => Err(Unreadable),
        }
    }
}

impl Value for bool {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(AttributeValue::Bool(*self))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            Some(AttributeValue::Bool(value)) => Ok(*value),
            _ => Err(Unreadable),
        }
    }
}

impl Value for u64 {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(AttributeValue::N(self.to_string()))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            Some(AttributeValue::N(number)) => number.parse().map_err(|_| Unreadable),
            _ => Err(Unreadable),
        }
    }
}

/// A set of words. DynamoDB has no empty set, so an empty one is stored as no attribute.
impl Value for BTreeSet<String> {
    fn to_stored(&self) -> Option<AttributeValue> {
        (!self.is_empty()).then(|| AttributeValue::Ss(self.iter().cloned().collect()))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            None => Ok(Self::new()),
            Some(AttributeValue::Ss(words)) => Ok(words.iter().cloned().collect()),
            Some(_) => Err(Unreadable),
        }
    }
}

impl Value for Secret {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(AttributeValue::S(self.expose().to_owned()))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        String::from_stored(stored).map(Self::new)
    }
}

impl Value for Digest {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(AttributeValue::B(Blob::new(self.as_bytes())))
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            Some(AttributeValue::B(bytes)) => Self::from_bytes(bytes.as_ref()).ok_or(Unreadable),
            _ => Err(Unreadable),
        }
    }
}

impl<T: Value> Value for Private<T> {
    fn to_stored(&self) -> Option<AttributeValue> {
        self.reveal().to_stored()
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        T::from_stored(stored).map(Self::new)
    }
}

/// A missing map counts as an empty one.
impl Value for Document {
    fn to_stored(&self) -> Option<AttributeValue> {
        Some(self.to_attribute())
    }

    fn from_stored(stored: Option<&AttributeValue>) -> Result<Self, Unreadable> {
        match stored {
            Some(AttributeValue::M(map)) => Self::from_attribute(map),
            None => Ok(Self::default()),
            Some(_) => Err(Unreadable),
        }
    }
}

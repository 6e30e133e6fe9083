//! What a key may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Read the owner's profile and settings.
    #[serde(rename = "user:read")]
    UserRead,
    /// List the owner's records.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Update the owner's records.
    #[serde(rename = "records:write")]
    RecordsWrite,
    /// Issue, rotate and revoke the owner's keys.
    #[serde(rename = "keys:write")]
    KeysWrite,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::UserRead, Self::RecordsRead, Self::RecordsWrite, Self::KeysWrite];

    const fn as_str(self) -> &'static str {
        match self {
            Self::UserRead => "user:read",
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::KeysWrite => "keys:write",
        }
    }
}

/// A set of scopes. A list that names one twice is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Vec<Scope>")]
#[schema(value_type = BTreeSet<Scope>, min_items = 1)]
pub struct Scopes(BTreeSet<Scope>);

impl TryFrom<Vec<Scope>> for Scopes {
    type Error = &'static str;

    fn try_from(scopes: Vec<Scope>) -> Result<Self, Self::Error> {
        let set: BTreeSet<_> = scopes.iter().copied().collect();
        if set.len() == scopes.len() { Ok(Self(set)) } else { Err("a scope is named twice") }
    }
}

impl Scopes {
    /// These scopes.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().collect())
    }

    /// Reads the stored words. One that this program does not know grants nothing.
    #[must_use]
    pub fn from_stored(words: &BTreeSet<String>) -> Self {
        Self::of(Scope::ALL.into_iter().filter(|scope| words.contains(scope.as_str())))
    }

    /// The words to store.
    #[must_use]
    pub fn to_stored(&self) -> BTreeSet<String> {
        self.0.iter().map(|scope| scope.as_str().to_owned()).collect()
    }

    /// Whether this scope is among them.
    #[must_use]
    pub fn hold(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether all of them are among the others'.
    #[must_use]
    pub fn are_within(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }
}

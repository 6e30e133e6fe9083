use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Which attributes of an item a value still carries.
///
/// Sets form the lattice that the flow engine joins over: [`AttributeSet::union`] is the join (a value that came
/// along two ways carries what either way let through).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeSet {
    /// Only these.
    Only(BTreeSet<String>),
    /// Every attribute that the table has, but these.
    AllBut(BTreeSet<String>),
}

impl AttributeSet {
    /// Every attribute.
    #[must_use]
    pub const fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    /// No attribute.
    #[must_use]
    pub const fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Only the given attributes.
    pub fn only<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// Whether attributes that nobody named can be among them, that is, whether a whole item is still at hand.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::AllBut(_))
    }

    /// Whether every attribute is in the set.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self, Self::AllBut(but) if but.is_empty())
    }

    /// Whether the attribute is in the set.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(name),
            Self::AllBut(names) => !names.contains(name),
        }
    }

    /// What either set carries.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a.union(b).cloned().collect()),
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a.intersection(b).cloned().collect()),
            (Self::AllBut(but), Self::Only(only)) | (Self::Only(only), Self::AllBut(but)) => {
                Self::AllBut(but.difference(only).cloned().collect())
            }
        }
    }

    /// What both sets carry: a projection applied to a value.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).cloned().collect()),
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a.union(b).cloned().collect()),
            (Self::AllBut(but), Self::Only(only)) | (Self::Only(only), Self::AllBut(but)) => {
                Self::Only(only.difference(but).cloned().collect())
            }
        }
    }

    /// The set after `pop` or `del` of one attribute.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut set = self.clone();
        match &mut set {
            Self::Only(names) => {
                names.remove(name);
            }
            Self::AllBut(names) => {
                names.insert(name.to_owned());
            }
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::AttributeSet;

    #[test]
    fn projection_then_pop_then_join_keeps_what_either_way_lets_through() {
        let projected = AttributeSet::all().intersection(&AttributeSet::only(["id", "name", "key"])).without("key");
        assert_eq!(projected, AttributeSet::only(["id", "name"]));
        let popped = AttributeSet::all().without("key");
        assert!(!popped.contains("key") && popped.contains("name"));
        assert!(projected.union(&popped).is_open());
        assert!(!projected.union(&popped).contains("key"));
        assert!(popped.union(&AttributeSet::only(["key"])).contains("key"));
    }
}

//! Names of vendors that hand out keys.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lists::Fnv;

/// How surely a word names a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    /// It means nothing else.
    Clear,
    /// It is a common word too (`box`, `front`, `segment`), or stands beside commits and ids more often than keys.
    Ambiguous,
}

/// The words of `vendors.txt`: above the empty line those that mean nothing else.
static VENDORS: LazyLock<HashMap<&'static str, Vendor, Fnv>> = LazyLock::new(|| {
    let (clear, ambiguous) = include_str!("vendors.txt").split_once("\n\n").unwrap_or_default();
    let all = |words: &'static str, vendor| words.split_ascii_whitespace().map(move |word| (word, vendor));
    // A word in both lists means nothing else.
    all(ambiguous, Vendor::Ambiguous).chain(all(clear, Vendor::Clear)).collect()
});

/// Whether this lower-case word, written together, names a vendor.
pub(crate) fn vendor(word: &str) -> Option<Vendor> {
    VENDORS.get(word).copied()
}

//! Names of vendors that hand out keys.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// How surely a word names a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    /// It means nothing else.
    Clear,
    /// It is a common word too (`box`, `front`, `segment`), or stands beside commits and ids more often than keys.
    Ambiguous,
}

/// The words of `vendors.txt`: above the empty line those that mean nothing else.
static VENDORS: LazyLock<[BTreeSet<&'static str>; 2]> = LazyLock::new(|| {
    let (clear, ambiguous) = include_str!("vendors.txt").split_once("\n\n").unwrap_or_default();
    [clear, ambiguous].map(|words| words.split_ascii_whitespace().collect())
});

/// Whether this lower-case word, written together, names a vendor.
pub(crate) fn vendor(word: &str) -> Option<Vendor> {
    let [clear, ambiguous] = &*VENDORS;
    match () {
        () if clear.contains(word) => Some(Vendor::Clear),
        () if ambiguous.contains(word) => Some(Vendor::Ambiguous),
        () => None,
    }
}

//! What is said of one key that was seen in an answer.

use std::collections::BTreeSet;

use stanch_secrets::Secret;
use stanch_secrets::names::KeyKind;

use super::digests::KeyDigest;

/// One key seen in an answer.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    /// Header or body it stands in.
    pub(crate) part: Part,
    /// Where in it: `users[].password`; empty for plain text. Holds names only, no value.
    pub(crate) path: String,
    /// The word for its mask: `password`, `aws-access-key-id`.
    pub(crate) kind: String,
    /// The key.
    pub(crate) value: Secret,
    /// Why it is taken for one.
    pub(crate) by: By,
    /// Whether it is one of a list, so that more than the caller's own is given.
    pub(crate) in_list: bool,
}

/// The part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A header of that name.
    Header(String),
    /// The body.
    Body,
    /// Text that a language model wrote, by the shape of the answer.
    ModelOutput,
}

/// Why something is taken for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The name of its field.
    Name(KeyKind),
    /// A vendor's format.
    Format,
    /// It is the key that this request was sent with.
    Own,
    /// It is a key that must not be seen: of another identity, or named by `--known-keys`. Whose.
    Known(String),
}

/// Keys that are known beforehand.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys {
    /// Whose, and the key.
    pub(crate) keys: Vec<(String, Secret)>,
    /// Digests of keys that nobody here knows.
    pub(crate) digests: BTreeSet<KeyDigest>,
}

/// Stands in a path for a value that was JSON in base64.
pub(super) const PACKED: &str = "(base64)";

impl Sighting {
    /// Whether it stands in a page token: the packed key of the last row.
    pub(crate) fn in_page_token(&self) -> bool {
        let field = self.path.split(PACKED).next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        let named = ["next", "last", "cursor", "continuation", "start", "page", "token", "after"];
        let lower = field.to_ascii_lowercase();
        self.path.contains(PACKED) && named.iter().any(|word| lower.contains(word))
            || ["lastevaluatedkey", "last_evaluated_key", "exclusivestartkey"]
                .iter()
                .any(|word| self.path.to_ascii_lowercase().contains(word))
    }
}

//! Fingerprints: the same defect has the same one in every run and after unrelated edits.
//!
//! A fingerprint is made of the rule and either the source place (file, enclosing function, the text of the line
//! with white space folded, and which of several equal ones it is) or, where no source is known, method and route.
//! It holds no line number, commit or time.

use sha2::{Digest, Sha256};

/// Fingerprint of a defect with a source place. `occurrence` counts equal lines of one function from 0.
#[must_use]
pub fn of_source(rule: &str, path: &str, symbol: Option<&str>, line_text: &str, occurrence: usize) -> String {
    let folded = line_text.split_whitespace().collect::<Vec<_>>().join(" ");
    digest(&["source", rule, path, symbol.unwrap_or(""), &folded, &occurrence.to_string()])
}

/// Fingerprint of a defect that is known from the outside only.
#[must_use]
pub fn of_endpoint(rule: &str, method: &str, route: &str) -> String {
    digest(&["endpoint", rule, method, route])
}

/// First 16 hex digits of SHA-256 over the parts, each with its length in front so that no two lists run together.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

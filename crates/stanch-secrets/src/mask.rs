use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Labels for keys: the kind and a number in order of appearance, `[password #1]`.
///
/// The same value gets the same label for as long as one `Masks` lives, so a reader can follow one key through a
/// report without seeing any of it. Values are remembered by digest only.
#[derive(Debug, Default)]
pub struct Masks {
    labels: BTreeMap<[u8; 32], String>,
    counts: BTreeMap<String, u32>,
}

impl Masks {
    /// No label given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The label of this value. `kind` is a kebab-case word such as `password` or `aws-secret`; the kind that a value
    /// was first seen with stays.
    pub fn label(&mut self, kind: &str, value: &str) -> String {
        let digest: [u8; 32] = Sha256::digest(value.as_bytes()).into();
        if let Some(label) = self.labels.get(&digest) {
            return label.clone();
        }
        let count = self.counts.entry(kind.to_owned()).or_insert(0);
        *count += 1;
        let label = format!("[{kind} #{count}]");
        self.labels.insert(digest, label.clone());
        label
    }
}

#[cfg(test)]
mod tests {
    use super::Masks;

    #[test]
    fn a_value_keeps_its_label_and_shows_no_character() {
        let mut masks = Masks::new();
        assert_eq!(masks.label("password", "hunter2"), "[password #1]");
        assert_eq!(masks.label("password", "other"), "[password #2]");
        assert_eq!(masks.label("api-key", "hunter2"), "[password #1]");
    }
}

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Labels for keys: the kind and a number in order of appearance, `[password #1]`.
///
/// The same value gets the same label for as long as one `Masks` lives, so a reader can follow one key through a
/// report without seeing any of it. Values are remembered by digest only, and no more than 131,072 of them: in an endless
/// stream memory stays bounded, and a value that came later gets a new number each time.
#[derive(Debug, Default)]
pub struct Masks {
    labels: BTreeMap<[u8; 32], Box<str>>,
    counts: BTreeMap<String, u32>,
}

/// Values that are remembered.
const REMEMBERED: usize = 1 << 17;

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
            return label.to_string();
        }
        let count = self.counts.entry(kind.to_owned()).or_insert(0);
        *count += 1;
        let label = format!("[{kind} #{count}]");
        if self.labels.len() < REMEMBERED {
            self.labels.insert(digest, label.clone().into());
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::{Masks, REMEMBERED};

    #[test]
    fn a_value_keeps_its_label_and_shows_no_character() {
        let mut masks = Masks::new();
        assert_eq!(masks.label("password", "hunter2"), "[password #1]");
        assert_eq!(masks.label("password", "other"), "[password #2]");
        assert_eq!(masks.label("api-key", "hunter2"), "[password #1]");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut masks = Masks::new();
        for number in 0..REMEMBERED + 10 {
            masks.label("token", &number.to_string());
        }
        assert_eq!(masks.labels.len(), REMEMBERED);
        assert_eq!(masks.label("token", "0"), "[token #1]");
    }
}

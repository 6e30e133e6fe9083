use regex_automata::meta::Regex;

/// One key found in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Pattern id, a kebab-case word: `aws-access-key-id`.
    pub kind: &'static str,
    /// Byte range of the key itself, without the name or quotes around it.
    pub range: std::ops::Range<usize>,
}

/// Finds keys of known vendor formats.
#[derive(Debug)]
pub struct Detector {
    regex: Option<Regex>,
}

const PATTERNS: [(&str, &str); 5] = [
    ("aws-access-key-id", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("github-token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    ("stripe-key", r"\b[sr]k_live_[A-Za-z0-9]{24,99}\b"),
    ("slack-token", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    ("jwt", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
];

impl Detector {
    /// The patterns that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let patterns: Vec<&str> = PATTERNS.iter().map(|(_, pattern)| *pattern).collect();
        Self { regex: Regex::new_many(&patterns).ok() }
    }

    /// The built-in patterns, prepared once for the whole process.
    pub fn shared() -> &'static Self {
        static SHARED: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(Detector::builtin);
        &SHARED
    }

    /// Every key in the text, in order, none overlapping another.
    pub fn find<'h>(&'h self, text: &'h [u8]) -> impl Iterator<Item = Match> + 'h {
        self.regex.iter().flat_map(move |regex| {
            regex
                .find_iter(text)
                .map(|found| Match { kind: PATTERNS[found.pattern().as_usize()].0, range: found.range() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Detector;

    #[test]
    fn the_key_alone_is_found() {
        let text = format!("id={}{}, name=x", "AKIA", "ABCDEFGHIJ234567");
        let found: Vec<_> = Detector::builtin().find(text.as_bytes()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, "aws-access-key-id");
        assert_eq!(found[0].range, 3..23);
    }
}

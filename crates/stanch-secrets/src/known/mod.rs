//! Finding given values, raw and in every encoding they usually leave in.

mod forms;

use std::collections::BTreeMap;

pub use forms::Form;

/// One known value found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHit {
    /// Index of the value, in the order given to [`KnownValues::new`].
    pub value: usize,
    /// How it was written.
    pub form: Form,
    /// Byte range in the text.
    pub range: std::ops::Range<usize>,
}

/// Bytes of each pattern that are looked up at every position of a text; also the length of the shortest value.
const WINDOW: usize = 6;
/// Bits of the filter that keeps most positions of a text away from the table: 32 KiB.
const FILTER_BITS: usize = 1 << 18;

/// Finds given values in text, raw and in their encoded forms, in one pass.
///
/// Each form of each value is entered under its rarest six bytes, so thousands of values with one common beginning
/// cost no more than thousands of unlike ones. Preparing takes time and memory in proportion to the values.
#[derive(Debug)]
pub struct KnownValues {
    patterns: Vec<Pattern>,
    /// Indexes into `patterns`, sorted by window.
    by_window: Vec<(u64, u32)>,
    filter: Vec<u64>,
    longest: usize,
}

#[derive(Debug)]
struct Pattern {
    value: usize,
    form: Form,
    text: Box<[u8]>,
    /// Where its window stands in `text`.
    at: usize,
}

impl KnownValues {
    /// Prepares the search. Values shorter than 6 bytes are left out: by themselves they prove nothing.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut texts: BTreeMap<Box<[u8]>, (usize, Form)> = BTreeMap::new();
        for (index, value) in values.into_iter().enumerate().filter(|(_, value)| value.len() >= WINDOW) {
            for (form, text) in forms::forms(value) {
                // The same text can be two forms (hex of digits, say); the one that was made first names it.
                if text.len() >= WINDOW {
                    texts.entry(text.into_bytes().into()).or_insert((index, form));
                }
            }
        }
        if texts.is_empty() {
            return Self { patterns: Vec::new(), by_window: Vec::new(), filter: Vec::new(), longest: 0 };
        }
        let mut seen: Vec<u64> = texts.keys().flat_map(|text| text.windows(WINDOW).map(key)).collect();
        seen.sort_unstable();
        let count = |wanted: u64| {
            seen.partition_point(|known| *known <= wanted) - seen.partition_point(|known| *known < wanted)
        };
        let mut patterns = Vec::with_capacity(texts.len());
        let mut by_window = Vec::with_capacity(texts.len());
        let mut filter = vec![0_u64; FILTER_BITS / 64];
        for (text, (value, form)) in texts {
            let rarest = text.windows(WINDOW).enumerate().min_by_key(|(at, window)| (count(key(window)), *at));
            let Some((at, window)) = rarest else { continue };
            let bit = slot(key(window));
            filter[bit / 64] |= 1 << (bit % 64);
            by_window.push((key(window), u32::try_from(patterns.len()).unwrap_or(u32::MAX)));
            patterns.push(Pattern { value, form, text, at });
        }
        by_window.sort_unstable();
        let longest = patterns.iter().map(|pattern| pattern.text.len()).max().unwrap_or(0);
        Self { patterns, by_window, filter, longest }
    }

    /// Every hit, overlapping ones included, in order of their ends.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<KnownHit> {
        let mut hits = Vec::new();
        if self.patterns.is_empty() {
            return hits;
        }
        for (at, window) in text.windows(WINDOW).enumerate() {
            let window = key(window);
            let bit = slot(window);
            if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            let first = self.by_window.partition_point(|(other, _)| *other < window);
            for (_, index) in self.by_window[first..].iter().take_while(|(other, _)| *other == window) {
                let pattern = &self.patterns[*index as usize];
                let Some(start) = at.checked_sub(pattern.at) else { continue };
                if text[start..].starts_with(&pattern.text) {
                    let range = start..start + pattern.text.len();
                    hits.push(KnownHit { value: pattern.value, form: pattern.form, range });
                }
            }
        }
        hits.sort_by_key(|hit| (hit.range.end, hit.range.start, hit.value));
        hits
    }

    /// Length in bytes of the longest text that can be found: how much of a stream has to be held back.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether there is nothing to be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

fn key(window: &[u8]) -> u64 {
    window.iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// Place in the filter: multiplicative hashing, whose high bits depend on all six bytes.
fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 46) as usize
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::{Form, KnownValues};

    const VALUE: &str = "cn\"k3y&valuë/09 'z";

    fn form_of(text: &str) -> Option<Form> {
        let known = KnownValues::new(["other-value", VALUE]);
        let hits = known.find(format!("before {text} after").as_bytes());
        assert!(hits.iter().all(|hit| hit.value == 1), "{text}");
        hits.first().map(|hit| hit.form)
    }

    #[test]
    fn every_form_is_found_wherever_it_stands() {
        for pad in ["", "x", "xy", "xyz"] {
            let text = format!("{pad}{VALUE}tail");
            assert_eq!(form_of(&STANDARD.encode(&text)), Some(Form::Base64), "{pad}");
            assert_eq!(form_of(&URL_SAFE.encode(&text)), Some(Form::Base64), "{pad}");
        }
        assert_eq!(form_of(VALUE), Some(Form::Raw));
        assert_eq!(form_of(&VALUE.chars().rev().collect::<String>()), Some(Form::Reversed));
        for html in ["cn&#34;k3y&amp;valuë/09 &#39;z", "cn&quot;k3y&amp;valuë/09 &#x27;z", "cn\"k3y&amp;valuë/09 'z"]
        {
            assert_eq!(form_of(html), Some(Form::HtmlEscaped), "{html}");
        }
        for json in [
            r#"cn\"k3y&valuë/09 'z"#,
            r#"cn\"k3y&valu\u00eb/09 'z"#,
            r#"cn\"k3y&valu\u00EB\/09 'z"#,
            r"cn\u0022k3y\u0026valu\u00eb/09 \u0027z",
            r#"cn\"k3y\u0026valuë/09 \u0027z"#,
        ] {
            assert_eq!(form_of(json), Some(Form::JsonEscaped), "{json}");
        }
        for url in [
            "cn%22k3y%26valu%C3%AB%2F09%20%27z",
            "cn%22k3y%26valu%c3%ab%2f09+%27z",
            "cn%22k3y&valu%C3%AB/09%20'z",
            "cn%22k3y%26valu%C3%AB/09%20%27z",
            "cn%22k3y%26valu%C3%AB%2F09+%27z",
        ] {
            assert_eq!(form_of(url), Some(Form::UrlEncoded), "{url}");
        }
        assert_eq!(form_of(r#"cn"k3y&valuë/09 \'z"#), Some(Form::PythonRepr));
        let hex: String = VALUE.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(form_of(&hex), Some(Form::Hex));
        assert_eq!(form_of(&hex.to_lowercase()), Some(Form::Hex));
        assert_eq!(form_of("nothing here"), None);
    }

    #[test]
    fn short_values_and_the_empty_set_find_nothing() {
        assert!(KnownValues::new(["", "12345"]).find(b"12345 12345").is_empty());
        assert!(KnownValues::new([]).find(b"x").is_empty());
    }

    #[test]
    fn thousands_of_values_with_one_beginning_are_told_apart() {
        let values: Vec<String> = (0..3000).map(|n| format!("canary-of-the-table-{n:05}-{n:05}")).collect();
        let known = KnownValues::new(values.iter().map(String::as_str));
        let text = values.iter().rev().map(|value| format!("{value}\n")).collect::<String>();
        let hits = known.find(text.as_bytes());
        assert_eq!(hits.iter().map(|hit| hit.value).collect::<Vec<_>>(), (0..3000).rev().collect::<Vec<_>>());
    }

    #[test]
    fn overlapping_values_are_all_found() {
        let known = KnownValues::new(["abcdefgh", "cdefghij", "abcdefghij"]);
        let found: Vec<usize> = known.find(b"xabcdefghijx").iter().map(|hit| hit.value).collect();
        assert_eq!(found, [0, 2, 1]);
    }
}

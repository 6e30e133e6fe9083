use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// How a known value was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the encoding it names")]
pub enum Form {
    Raw,
    JsonEscaped,
    Base64,
    UrlEncoded,
    HtmlEscaped,
    Hex,
}

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

/// Finds given values in text, raw and in their encoded forms, in one pass.
#[derive(Debug)]
pub struct KnownValues {
    automaton: Option<AhoCorasick>,
    patterns: Vec<(usize, Form)>,
}

impl KnownValues {
    /// Prepares the search. Values shorter than 6 bytes are left out: by themselves they prove nothing.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut patterns = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for (index, value) in values.into_iter().enumerate().filter(|(_, value)| value.len() >= 6) {
            for (form, text) in forms(value) {
                if !texts.contains(&text) {
                    texts.push(text);
                    patterns.push((index, form));
                }
            }
        }
        Self { automaton: AhoCorasick::new(&texts).ok(), patterns }
    }

    /// Every hit, overlapping ones included, in order of their ends.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<KnownHit> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        automaton
            .find_overlapping_iter(text)
            .map(|found| {
                let (value, form) = self.patterns[found.pattern().as_usize()];
                KnownHit { value, form, range: found.range() }
            })
            .collect()
    }
}

/// The value in every form, without the ends of a base64 text that depend on what stands beside it.
fn forms(value: &str) -> Vec<(Form, String)> {
    let mut forms = vec![(Form::Raw, value.to_owned())];
    if let Ok(json) = serde_json::to_string(value) {
        forms.push((Form::JsonEscaped, json[1..json.len() - 1].to_owned()));
    }
    for offset in 0..3 {
        // Base64 of the value at each of the three alignments inside a longer text.
        let mut bytes = vec![0; offset];
        bytes.extend_from_slice(value.as_bytes());
        let start = (offset * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        if end > start + 7 {
            forms.push((Form::Base64, STANDARD_NO_PAD.encode(&bytes)[start..end].to_owned()));
            forms.push((Form::Base64, URL_SAFE_NO_PAD.encode(&bytes)[start..end].to_owned()));
        }
    }
    forms.push((Form::UrlEncoded, utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()));
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.push((Form::HtmlEscaped, html.replace('"', "&#34;").replace('\'', "&#39;")));
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.push((Form::Hex, hex.to_uppercase()));
    forms.push((Form::Hex, hex));
    forms
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{Form, KnownValues};

    #[test]
    fn every_form_is_found_wherever_it_stands() {
        let value = "cn\"k3y&valuë-09";
        let known = KnownValues::new([value]);
        for pad in ["", "x", "xy", "xyz"] {
            let text = base64::engine::general_purpose::STANDARD.encode(format!("{pad}{value}tail"));
            assert_eq!(known.find(text.as_bytes())[0].form, Form::Base64, "{pad}");
        }
        assert_eq!(known.find(b"a cn&#34;k3y&amp;valu\xc3\xab-09 b")[0].form, Form::HtmlEscaped);
        assert!(known.find(b"nothing here").is_empty());
    }
}

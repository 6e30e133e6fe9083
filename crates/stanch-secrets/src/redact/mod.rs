//! Keeping keys out of text that is on its way out.

mod pem;
mod spans;
mod stream;

use std::collections::BTreeMap;

use crate::names::UserNames;
use crate::{Detector, KnownValues, Masks, Secret};
pub use spans::{Span, spans};
pub use stream::{Redactor, stream};

/// What is taken for a key.
#[derive(Debug)]
pub struct RedactOptions<'o> {
    /// Vendor formats; none leaves them out.
    pub detector: Option<&'o Detector>,
    /// The user's names of keys.
    pub names: UserNames,
    /// Whether values given to names of keys are masked.
    pub by_name: bool,
    /// Known values, in every encoding.
    known: KnownValues,
}

impl Default for RedactOptions<'_> {
    fn default() -> Self {
        Self {
            detector: Some(Detector::shared()),
            names: UserNames::default(),
            by_name: true,
            known: KnownValues::new([]),
        }
    }
}

impl RedactOptions<'_> {
    /// Masks these values too, whatever stands around them. A value of several lines is found by its lines.
    #[must_use]
    pub fn with_known_keys(mut self, keys: &[Secret]) -> Self {
        let lines = keys.iter().flat_map(|key| key.expose().lines().filter(|line| line.len() >= 16));
        self.known = KnownValues::new(keys.iter().map(Secret::expose).chain(lines));
        self
    }
}

/// What a redaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactSummary {
    /// Bytes read.
    pub bytes: u64,
    /// Keys masked, by kind.
    pub masked: BTreeMap<String, u64>,
}

/// The text with each key in it replaced by its label: keys of vendor formats, and values given to names that mean a
/// key. For snippets of source and excerpts of evidence; placeholders, references and code stay readable.
pub fn line(text: &str, masks: &mut Masks) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans(text.as_bytes(), &RedactOptions::default()) {
        let (Some(before), Some(value)) = (text.get(from..span.range.start), text.get(span.range.clone())) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&span.label(masks, value));
        from = span.range.end;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::Masks;

    #[test]
    fn a_line_shows_no_key_and_stays_readable() {
        for (text, expected) in [
            (
                "iam = client('iam', aws_secret_access_key=\"nNyLjZ5QUUigq5VT9D7N\")",
                "iam = client('iam', aws_secret_access_key=\"[secret #1]\")",
            ),
            ("password = request.args.get('password')", "password = request.args.get('password')"),
            ("return jsonify(token=user['token'])", "return jsonify(token=user['token'])"),
            ("{\"user\": \"bo\", \"password\": \"hunter2\"}", "{\"user\": \"bo\", \"password\": \"[password #1]\"}"),
            ("{\"pin\": 4711, \"n\": 1}", "{\"pin\": \"[pin #1]\", \"n\": 1}"),
            (
                "{\"api_keys\": [\"a1b2c3\", \"d4e5f6\"], \"n\": [\"x\"]}",
                "{\"api_keys\": [\"[api-key #1]\", \"[api-key #2]\"], \"n\": [\"x\"]}",
            ),
            ("GET /profile?api_key=abc123def&x=1", "GET /profile?api_key=[api-key #1]&x=1"),
            ("Authorization: Bearer abc123def", "Authorization: Bearer [token #1]"),
            ("SECRET_KEY = 'ADMAIN'", "SECRET_KEY = '[secret #1]'"),
            ("api_key = os.environ['API_KEY']", "api_key = os.environ['API_KEY']"),
            ("# use your-api-key here: api_key = 'your-api-key'", "# use your-api-key here: api_key = 'your-api-key'"),
            ("password: str", "password: str"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(line(text, &mut Masks::new()), expected);
        }
    }
}

//! The one door by which text of the user's reaches a report: every key in it is replaced by its label.

use std::ops::Range;

use stanch_secrets::{Detector, Masks, names};

/// Masks text and remembers the labels it gave, so that one key has one label through a whole report.
pub(super) struct Masking {
    detector: Detector,
    masks: Masks,
}

/// A key in a text: where, and the word for its label.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) kind: String,
}

impl Masking {
    pub(super) fn new() -> Self {
        Self { detector: Detector::builtin(), masks: Masks::new() }
    }

    /// The label of the key.
    pub(super) fn label(&mut self, found: &Found, text: &str) -> String {
        self.masks.label(&found.kind, &text[found.range.clone()])
    }

    /// Prose of a report (a message, a path): keys are known by their format and by their randomness.
    pub(super) fn prose(&mut self, text: &str) -> String {
        let mut found = self.by_format(text);
        found.extend(random_words(text));
        self.replace(text, &in_order(found))
    }

    /// An excerpt of a body, a header or a log line: as prose, and by the names that values stand under.
    pub(super) fn excerpt(&mut self, text: &str) -> String {
        let found = self.find(text, true);
        self.replace(text, &found)
    }

    /// Every key in source text, in order, none overlapping another. `bare` also takes values without quotes, as
    /// `.env` and YAML files have them.
    pub(super) fn find(&self, text: &str, bare: bool) -> Vec<Found> {
        let mut found = self.by_format(text);
        found.extend(random_words(text));
        found.extend(private_keys(text));
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            found.extend(by_name(line, bare).map(|(range, kind)| Found { range: shift(&range, start), kind }));
            start += line.len();
        }
        in_order(found)
    }

    fn by_format(&self, text: &str) -> Vec<Found> {
        self.detector
            .find(text.as_bytes())
            .filter(|hit| text.get(hit.range.clone()).is_some())
            .map(|hit| Found { range: hit.range, kind: hit.kind.to_owned() })
            .collect()
    }

    fn replace(&mut self, text: &str, found: &[Found]) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for key in found {
            masked.push_str(&text[end..key.range.start]);
            masked.push_str(&self.label(key, text));
            end = key.range.end;
        }
        masked.push_str(&text[end..]);
        masked
    }
}

/// Sorted by start; of overlapping keys they become one that covers both, under the first one's name.
fn in_order(mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|key| !key.range.is_empty());
    found.sort_by_key(|key| key.range.start);
    let mut merged: Vec<Found> = Vec::with_capacity(found.len());
    for key in found {
        match merged.last_mut() {
            Some(last) if key.range.start < last.range.end => last.range.end = last.range.end.max(key.range.end),
            _ => merged.push(key),
        }
    }
    merged
}

fn shift(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Values of a line that stand under a name that means a key: `API_KEY = "…"`, `"api_key": {"S": "…"}`,
/// `get("API_KEY", "…")`, and without quotes `API_KEY=…`.
fn by_name(line: &str, bare: bool) -> impl Iterator<Item = (Range<usize>, String)> {
    let literals = literals(line);
    let mut found = Vec::new();
    for (index, literal) in literals.iter().enumerate() {
        let before = line[..literal.start - 1].trim_end_matches(['f', 'b', 'r', 'u', 'F', 'B', 'R', 'U']).trim_end();
        let previous = index.checked_sub(1).map(|at| &line[literals[at].clone()]);
        let name = if before.ends_with(',') { previous } else { name_before(before) };
        let name = match name {
            // DynamoDB's type letter stands between the attribute's name and its value.
            Some("S" | "N" | "B" | "Value" | "value") => index.checked_sub(2).map(|at| &line[literals[at].clone()]),
            other => other,
        };
        let is_key_of_a_pair = !before.ends_with('=') && line[literal.end + 1..].trim_start().starts_with(':');
        if let Some(kind) = name.and_then(names::key_kind)
            && !is_key_of_a_pair
            && !is_label(&line[literal.clone()])
        {
            found.push((literal.clone(), kind.as_str().to_owned()));
        }
    }
    if bare && let Some(at) = line.find(['=', ':']) {
        let value = line[at + 1..].trim();
        let start = at + 1 + line[at + 1..].len() - line[at + 1..].trim_start().len();
        let quoted = value.starts_with(['"', '\'', '{', '[', '$', '=']);
        if !value.is_empty()
            && !quoted
            && let Some(kind) = name_before(&line[..=at]).and_then(names::key_kind)
        {
            found.push((start..start + value.len(), kind.as_str().to_owned()));
        }
    }
    found.into_iter()
}

/// Whether a value is a label already.
fn is_label(value: &str) -> bool {
    value.starts_with('[') && value.ends_with(']') && value.contains(" #")
}

/// The name that a value is given to by `=`, `:`, `==` or `!=` at the end of this text.
fn name_before(before: &str) -> Option<&str> {
    let before = before.strip_suffix(['=', ':'])?.trim_end_matches(['=', '!']).trim_end();
    let before = before.trim_end_matches(['"', '\'', ']']);
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, character)| character.is_alphanumeric() || matches!(character, '_' | '-'))
        .last()?
        .0;
    Some(&before[start..])
}

/// Ranges of the contents of the string literals that begin in a line.
fn literals(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        if quote != b'"' && quote != b'\'' {
            at += 1;
            continue;
        }
        let start = at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != quote && bytes[end] != b'\n' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(bytes.len());
        if line.is_char_boundary(end) && end < bytes.len() {
            found.push(start..end);
        }
        at = end + 1;
    }
    found
}

/// Words that look drawn at random: long, of mixed letters and digits. They are masked without anything naming them,
/// since a key in a comment beside a finding is a key all the same.
fn random_words(text: &str) -> Vec<Found> {
    let is_part =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '_' | '-' | '=');
    let mut found = Vec::new();
    let mut rest = 0;
    for word in text.split(|character: char| !is_part(character)) {
        let start = rest;
        rest += word.len() + text[rest + word.len()..].chars().next().map_or(0, char::len_utf8);
        let inner = word.trim_matches(['=', '-', '/']);
        if is_random(inner) {
            let offset = start + word.find(inner).unwrap_or(0);
            found.push(Found { range: offset..offset + inner.len(), kind: "secret".to_owned() });
        }
    }
    found
}

fn is_random(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.as_bytes().iter().filter(|byte| is(byte)).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let separators = word.len() - digits - upper - lower;
    let mixed = digits >= 2 && upper >= 2 && lower >= 2 && word.len() >= 20;
    let hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) && digits >= 6;
    let dense = word.len() >= 24 && digits >= 5 && upper + lower >= 5;
    (mixed || hex || dense) && separators * 6 <= word.len()
}

/// Bodies of PEM private keys, line by line, so that the lines around them keep their places.
fn private_keys(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.contains("-----END") {
            inside = false;
        }
        if inside {
            let body = line.trim();
            let offset = start + line.find(body).unwrap_or(0);
            found.push(Found { range: offset..offset + body.len(), kind: "private-key".to_owned() });
        }
        if line.contains("-----BEGIN") && line.contains("PRIVATE KEY") && !line.contains("-----END") {
            inside = true;
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Masking;

    fn masked(line: &str) -> String {
        Masking::new().excerpt(line)
    }

    #[test]
    fn a_value_under_a_key_name_is_masked_and_nothing_else() {
        assert_eq!(masked(r#"API_KEY = "hunter2""#), r#"API_KEY = "[api-key #1]""#);
        assert_eq!(
            masked(r#"{"api_key": {"S": "hunter2"}, "name": "x"}"#),
            r#"{"api_key": {"S": "[api-key #1]"}, "name": "x"}"#
        );
        assert_eq!(masked(r#"os.environ.get("API_KEY", "hunter2")"#), r#"os.environ.get("API_KEY", "[api-key #1]")"#);
        assert_eq!(masked(r#"if api_key == 'hunter2':"#), r#"if api_key == '[api-key #1]':"#);
        assert_eq!(masked("DB_PASSWORD=hunter2"), "DB_PASSWORD=[password #1]");
        for unchanged in [
            r#"key = os.environ["API_KEY"]"#,
            r#"TABLE = "users""#,
            r#"{"password": "[password #1]"}"#,
            r#"f("a", 'b')"#,
        ] {
            assert_eq!(masked(unchanged), unchanged);
        }
    }

    #[test]
    fn a_random_word_is_masked_wherever_it_stands() {
        let key = ["wJ4rXUtn", "FEMI7K7MDENG", "bPxRfiCY3kEYs"].concat();
        assert_eq!(masked(&format!("# old one: {key}, gone")), "# old one: [secret #1], gone");
        assert_eq!(
            masked("def get_user_profile_with_settings_2(user_id):"),
            "def get_user_profile_with_settings_2(user_id):"
        );
    }

    #[test]
    fn hostile_text_is_no_trouble() {
        for text in ["'\\", "\"\\é", "=é", "\u{0}'\"", "api_key='", "-----BEGIN PRIVATE KEY-----\n\n"] {
            masked(text);
        }
    }
}

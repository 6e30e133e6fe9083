//! The one door by which text of the user's reaches a report: every key in it is replaced by its label.

use std::ops::Range;
use std::sync::LazyLock;

use stanch_secrets::redact::RedactOptions;
use stanch_secrets::{Detector, Masks, names, redact};

/// Vendor formats and names; what the user's settings add to names is for findings, not for what may be shown.
static OPTIONS: LazyLock<RedactOptions<'static>> = LazyLock::new(RedactOptions::default);

/// Masks text and remembers the labels it gave, so that one key has one label through a whole report.
pub(super) struct Masking {
    masks: Masks,
}

/// A key in a text: where, and the word for its label.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) kind: String,
}

impl Masking {
    pub(super) fn new() -> Self {
        Self { masks: Masks::new() }
    }

    /// The label of the key.
    pub(super) fn label(&mut self, found: &Found, text: &str) -> String {
        self.masks.label(&found.kind, &text[found.range.clone()])
    }

    /// Prose of a report (a message, a path): keys are known by their format and by their randomness, and in what
    /// stands between backticks, which quotes the user's code, also by the names they are given to.
    pub(super) fn prose(&mut self, text: &str) -> String {
        let detected = Detector::shared().find(text.as_bytes());
        let detected = detected.filter(|hit| text.get(hit.range.clone()).is_some());
        let mut found: Vec<Found> = detected.map(|hit| Found { range: hit.range, kind: hit.kind.into() }).collect();
        found.extend(random_words(text));
        let mut start = 0;
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 1 {
                let inside = self.find(part).into_iter();
                found.extend(inside.map(|key| Found { range: key.range.start + start..key.range.end + start, ..key }));
            }
            start += part.len() + 1;
        }
        self.replace(text, &in_order(found))
    }

    /// A path of a file, directory by directory: what looks drawn at random is so within one name, not across several
    /// (`LAB02/04-Album-XRAY/deploy`).
    pub(super) fn path(&mut self, path: &str) -> String {
        path.split('/').map(|name| self.prose(name)).collect::<Vec<_>>().join("/")
    }

    /// An excerpt of a body, a header or a log line: as prose, and by the names that values stand under.
    pub(super) fn excerpt(&mut self, text: &str) -> String {
        let found = self.find(text);
        self.replace(text, &found)
    }

    /// Every key in source text, in order, none overlapping another.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let spans =
            redact::spans(text.as_bytes(), &OPTIONS).into_iter().filter(|span| text.get(span.range.clone()).is_some());
        let spans = spans.filter(|span| !is_label(&text[span.range.clone()]) && !is_placeholder(text, &span.range));
        let mut found: Vec<Found> =
            spans.map(|span| Found { range: span.range, kind: span.kind.into_owned() }).collect();
        found.extend(random_words(text));
        found.extend(typed(text));
        found.extend(private_keys(text));
        in_order(found)
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

/// Whether a value is a label already.
fn is_label(value: &str) -> bool {
    value.starts_with('[') && value.ends_with(']') && value.contains(" #")
}

/// Whether it is the placeholder of a DynamoDB expression, which stands for a value and is none: `:key` in
/// `"api_key = :key"`. A word alone, with no quote of its own.
fn is_placeholder(text: &str, range: &Range<usize>) -> bool {
    let word = text[range.clone()].strip_prefix([':', '#']);
    word.is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        && !text[..range.start].ends_with(['"', '\''])
}

/// Values in DynamoDB's typed form under a name that means a key: `"api_key": {"S": "…"}`.
fn typed(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (open, _) in text.match_indices('{') {
        let is_name = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
        let name = text[..open].trim_end().strip_suffix(':').map(|name| name.trim_end().trim_end_matches(['"', '\'']));
        let name = name.and_then(|name| name.rsplit(|character| !is_name(character)).next());
        let Some(kind) = name.and_then(names::key_kind) else { continue };
        let Some(letter) = literal(text, open + 1) else { continue };
        let after = &text[letter.end + 1..];
        let Some(after) = after.trim_start().strip_prefix(':') else { continue };
        if matches!(&text[letter], "S" | "N" | "B")
            && let Some(value) = literal(text, text.len() - after.len())
        {
            found.push(Found { range: value, kind: kind.as_str().to_owned() });
        }
    }
    found
}

/// The contents of the string literal that stands next in the text.
fn literal(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].len() - text[from..].trim_start().len();
    let quote = text[start..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let length = text[start + 1..].find(quote)?;
    Some(start + 1..start + 1 + length)
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
        // The path of an address is many words: `http://127.0.0.1:5000/users/v1/ada7/password`; so is that of a file.
        let after = &text[start + word.len()..];
        if word.contains('/') && (in_address(&text[..start]) || is_file_ending(after)) {
            let mut at = start;
            for part in word.split('/') {
                if is_random(part) {
                    found.push(Found { range: at..at + part.len(), kind: "secret".to_owned() });
                }
                at += part.len() + 1;
            }
            continue;
        }
        let inner = word.trim_matches(['=', '-', '/']);
        if is_random(inner) {
            let offset = start + word.find(inner).unwrap_or(0);
            found.push(Found { range: offset..offset + inner.len(), kind: "secret".to_owned() });
        }
    }
    found
}

/// Whether a text goes on with the ending of a file's name: `.py`, `.ini`.
fn is_file_ending(after: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "cfg", "env", "html", "ini", "ipynb", "js", "json", "md", "py", "sh", "tf", "toml", "ts", "txt", "yaml", "yml",
    ];
    let ending = after.strip_prefix('.').unwrap_or_default();
    let ending = &ending[..ending.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(ending.len())];
    ENDINGS.contains(&ending)
}

/// Whether the text ends within the host or the path of an address.
fn in_address(before: &str) -> bool {
    let token = before.rsplit([' ', '"', '\'', '(', '<', '\n']).next().unwrap_or_default();
    token.split_once("://").is_some_and(|(_, rest)| !rest.contains(['?', '#']))
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
            r#"KeyConditionExpression="api_key = :key","#,
            r#"{"password": "[password #1]"}"#,
            r#"f("a", 'b')"#,
        ] {
            assert_eq!(masked(unchanged), unchanged);
        }
    }

    #[test]
    fn a_path_is_read_name_by_name() {
        let path = "LAB02/04-CloudAlbum-XRAY/deploy/app.ini";
        assert_eq!(Masking::new().path(path), path);
        assert_eq!(Masking::new().prose(&format!("it stands in `{path}`")), format!("it stands in `{path}`"));
        let key = concat!("wq9Yx2VtLk0Zr7NbE5s", "Jh3Gd8PcT1mQfA6uRiX7");
        assert_eq!(Masking::new().path(&format!("keys/{key}.txt")), "keys/[secret #1].txt");
    }

    #[test]
    fn prose_is_read_as_code_between_backticks_only() {
        let mut masking = Masking::new();
        let prose = masking.prose("the password: whoever calls `login(password=\"hunter2\")` knows it");
        assert_eq!(prose, "the password: whoever calls `login(password=\"[password #1]\")` knows it");
    }

    #[test]
    fn the_words_of_an_address_are_looked_at_one_by_one() {
        let address = "curl http://127.0.0.1:5000/users/v1/ada7/password2";
        assert_eq!(masked(address), address);
        let key = ["wJ4rXUtn", "FEMI7K7MDENG", "bPxRfiCY3kEYs"].concat();
        assert_eq!(
            masked(&format!("http://127.0.0.1:5000/hooks/{key}/x")),
            "http://127.0.0.1:5000/hooks/[secret #1]/x"
        );
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

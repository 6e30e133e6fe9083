//! What a text looks like, taken by itself.

use crate::value::{entropy, is_row, is_wordy};

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words, a path, a date, a number: no key.
    Other,
    /// An id or a key.
    Uuid,
    /// A row of the alphabet or of digits, as samples are: a key only where a vendor and a word for key say so.
    Row,
    /// Digits and letters as only a generator writes them.
    Random,
}

impl Shape {
    pub(super) fn of(value: &str) -> Self {
        let bytes = value.as_bytes();
        let has = |class: fn(&u8) -> bool| bytes.iter().any(class);
        if bytes.len() == 36
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => *byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
        {
            return Self::Uuid;
        }
        let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let marks = bytes.len() - letters - digits;
        let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
        let path =
            value.starts_with('/') || value.starts_with("./") || bytes.iter().filter(|byte| **byte == b'.').count() > 3;
        if letters < 3 && !(digits > 24 && letters == 0 && marks == 0) || path || marks * 4 > bytes.len() {
            return Self::Other;
        }
        let file = [
            ".js", ".json", ".py", ".html", ".xml", ".yml", ".yaml", ".md", ".txt", ".ts", ".css", ".png", ".zip",
            ".gz", ".whl", ".svg", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".ttf", ".map", ".mjs",
            ".cjs", ".scss", ".less", ".wasm", ".mp4", ".pdf", ".csv", ".toml", ".lock", ".tgz", ".jar", ".go", ".rs",
            ".rb", ".java", ".php", ".sh", ".cfg", ".ini", ".conf", ".log", ".bak", ".db", ".sqlite", ".exe", ".dll",
        ];
        let constant = bytes.iter().filter(|byte| **byte == b'_').count() > 1
            && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
        if file.iter().any(|end| value.ends_with(end)) || has_date(bytes) || constant {
            return Self::Other;
        }
        if is_row(bytes) {
            return Self::Row;
        }
        // Long texts without digits are names in camel case more often than keys.
        if letters < 3
            || !(digits > 0 || mixed)
            || entropy(bytes) < 2.8
            || is_wordy(value)
            || (digits < 2 && bytes.len() < 20)
        {
            return Self::Other;
        }
        // A word with a number behind it changes between letters and digits once; a key does at every second byte.
        let changes = bytes
            .windows(2)
            .filter(|pair| class(pair[0]) != class(pair[1]) && class(pair[0]).max(class(pair[1])) < 3)
            .count();
        if changes * 10 < bytes.len() { Self::Other } else { Self::Random }
    }
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

/// `2024-01-31`, as version names and times hold it.
fn has_date(value: &[u8]) -> bool {
    value.windows(10).any(|part| {
        part.iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() })
    })
}

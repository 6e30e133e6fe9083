//! Whether a value given to a key's name in a file is a key left there.

use std::ops::Range;

use super::FileKind;
use crate::Confidence;
use crate::assign::{Assignment, Operator};
use crate::names::{KeyKind, key_kind, words};
use crate::value::{Verdict, is_random, is_wordy};

/// Where in which file.
pub(super) struct Place {
    pub(super) file: FileKind,
    pub(super) commented: bool,
    /// In a docstring.
    pub(super) prose: bool,
}

/// How sure it is that the value is a key left in the file; none if it is none.
pub(super) fn confidence(
    text: &[u8],
    found: &Assignment,
    name: &str,
    value: &str,
    verdict: Verdict,
    place: &Place,
) -> Option<Confidence> {
    if !found.quoted && !place.file.takes_bare() && found.operator != Operator::Element {
        return None;
    }
    if found.template && value.contains('{') || value.contains("%s") || value.contains("{}") {
        return None;
    }
    if is_elsewhere(value)
        || in_arn(text, found.name.start)
        || speaks_of_a_name(name, value)
            && (!is_flask_secret(name) || value.starts_with("AWS") || value.starts_with("aws_"))
    {
        return None;
    }
    if found.operator == Operator::Comma && !takes_setting(text, found.name.start) {
        return None;
    }
    // Session data, cards and one-time codes in files are samples; digests are judged by their format.
    if matches!(found.kind, KeyKind::Session | KeyKind::Card | KeyKind::KeyHash | KeyKind::PasswordHash) {
        return None;
    }
    let doubtful = place.commented
        || place.prose
        || matches!(place.file, FileKind::Template | FileKind::Test | FileKind::Prose | FileKind::Generated);
    match verdict {
        Verdict::Strong if matches!(place.file, FileKind::Generated) => None,
        Verdict::Strong if matches!(found.kind, KeyKind::Pin | KeyKind::Mfa) => None,
        Verdict::Strong if matches!(place.file, FileKind::Test | FileKind::Prose) => Some(Confidence::Low),
        Verdict::Strong if doubtful => Some(Confidence::Medium),
        Verdict::Strong => Some(if found.quoted && value.len() >= 16 { Confidence::High } else { Confidence::Medium }),
        Verdict::Nothing if !doubtful && is_flask_secret(name) && is_default_word(value) => Some(Confidence::Medium),
        // No real AWS key is guessable: such a pair opens a local emulator.
        Verdict::Weak if !doubtful && is_credible(found, name, value) => {
            let words = words(name);
            let aws = words.iter().any(|word| word == "aws");
            Some(if aws && words.iter().any(|word| word == "access") { Confidence::Low } else { Confidence::Medium })
        }
        _ => None,
    }
}

/// Whether a guessable value is a key at all: its kind, its shape, and the way it is given.
fn is_credible(found: &Assignment, name: &str, value: &str) -> bool {
    if value.contains(char::is_whitespace) || value.len() > 200 {
        return false;
    }
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let given = matches!(found.operator, Operator::Equals | Operator::Colon | Operator::Comma);
    match found.kind {
        KeyKind::Password => {
            // `password: "Mot"` of a label begins like a word of prose; a password of a person has more to it.
            let label = value.len() > 2
                && value.as_bytes()[0].is_ascii_uppercase()
                && value[1..].bytes().all(|byte| byte.is_ascii_lowercase() || byte >= 0x80);
            given && !label || digit && value.len() >= 6
        }
        KeyKind::Secret | KeyKind::ApiKey | KeyKind::PrivateKey => {
            let plural = words(name).last().is_some_and(|last| last.ends_with('s') && last != "credentials");
            given && !plural && value.len() >= 3 && (value.is_ascii() || digit)
        }
        KeyKind::Token => given && digit && value.len() >= 8,
        _ => false,
    }
}

/// Names whose value signs sessions or tokens: even `secret` is a key there.
fn is_flask_secret(name: &str) -> bool {
    let joined = words(name).concat();
    joined.ends_with("secretkey") && !joined.contains("access") || joined.ends_with("jwtsecret")
}

fn is_default_word(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "secret" | "password" | "passwd" | "token")
}

/// A link, a path, a header's or a type's name: where the key is, not the key.
fn is_elsewhere(value: &str) -> bool {
    value.starts_with("http://")
        || value.starts_with("https://")
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with("~/")
        || value.starts_with("X-")
        || value.starts_with("x-")
        || value.starts_with("AWS::")
        || (value.starts_with('/') && (is_wordy(value) || value.matches('/').count() > 1 && !is_random(value)))
        || value.starts_with('.')
        // An expression over characters, a module.
        || value.starts_with('[') && ["a-z", "A-Z", "0-9"].iter().any(|range| value.contains(range))
        || value.matches('.').count() > 1 && is_wordy(value) && value.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_')
        })
        || value.starts_with('-') && !value.starts_with("-----")
        || [".pem", ".key", ".json", ".yml", ".yaml", ".txt", ".html", ".py", ".crt", ".env"]
            .iter()
            .any(|end| value.ends_with(end))
}

/// Whether the name is a part of an Amazon resource name: `arn:aws:secretsmanager:…:secret:name`.
fn in_arn(text: &[u8], name: usize) -> bool {
    let before = &text[name.saturating_sub(80)..name];
    let word = before.iter().rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''));
    before[word.map_or(0, |at| at + 1)..].starts_with(b"arn:")
}

/// `token = "access_token"`, `PASSWORD = 'password'`, `api_key: 'apiKey'`: the value is again a name of that kind of
/// key, or made of the name's own words, and not a guessable key such as `dev-secret-key`.
fn speaks_of_a_name(name: &str, value: &str) -> bool {
    // `PASSWORD_ENV = 'KRB5_PASSWORD'`: the name of a variable.
    let variable = value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if variable && key_kind(value).is_some() && !value.starts_with("MY") {
        return true;
    }
    if value.bytes().any(|byte| byte.is_ascii_digit() || !(byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))) {
        return false;
    }
    let own = words(name);
    let of_value = words(value);
    let made_of = of_value.iter().all(|word| {
        own.contains(word) || matches!(word.as_str(), "x" | "header" | "key" | "user" | "field" | "auth" | "error")
    });
    made_of
        || (!value.contains('-')
            && key_kind(value).is_some()
            && key_kind(value) == key_kind(name)
            && !value.to_ascii_lowercase().contains("my"))
}

/// Whether the call that this argument belongs to reads a setting, with the second argument as its default, or sets one.
fn takes_setting(text: &[u8], name: usize) -> bool {
    let before = &text[name.saturating_sub(48)..name];
    let Some(open) = memchr::memrchr(b'(', before) else { return false };
    let callee = before[..open].trim_ascii_end();
    [
        "environ.get",
        "getenv",
        "environ.setdefault",
        "env",
        "config",
        "env.str",
        "env.get",
        "config.get",
        "config.setdefault",
        "env_var",
        "Env.get",
        "getProperty",
        "setProperty",
        "putenv",
        "setenv",
        "setHeader",
        "addHeader",
        "add_header",
        "set_header",
        "setRequestHeader",
        "Header.Set",
        "Header.Add",
        "headers.set",
        "headers.append",
        "localStorage.setItem",
        "sessionStorage.setItem",
    ]
    .iter()
    .any(|end| callee.ends_with(end.as_bytes()))
}

/// Texts in triple quotes that are given to no name: documentation.
pub(super) fn docstrings(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr2(b'"', b'\'', &text[at..]).map(|offset| at + offset) {
        let quote = text[open];
        if !text[open..].starts_with(&[quote; 3]) {
            // A common literal is skipped to its end, at most to the end of its line.
            let rest = &text[open + 1..];
            let end = rest.iter().position(|byte| *byte == quote || *byte == b'\n').unwrap_or(rest.len());
            at = (open + end + 2).min(text.len());
            continue;
        }
        let end = memchr::memmem::find(&text[open + 3..], &[quote; 3]).map_or(text.len(), |length| open + length + 6);
        let before = text[..open].trim_ascii_end();
        if !before.ends_with(b"=") && !before.ends_with(b"(") && !before.ends_with(b",") {
            ranges.push(open..end);
        }
        at = end;
    }
    ranges
}

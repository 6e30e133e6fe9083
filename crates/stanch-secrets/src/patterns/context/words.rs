//! What the words before a text say of it.

use std::rc::Rc;

use super::shape::Shape;
use super::{Confidence, REACH, WORDS};
use crate::names::{Vendor, has_benign_key, known_words, vendor};

/// The words before a key, nearest first, and what stands between the nearest and the key.
pub(super) struct Before {
    pub(super) words: Vec<Rc<str>>,
    /// Whether an operator (`=`, `:`, `,`, `>`, a bracket) stands there, or the last word is written in capitals.
    joined: bool,
    /// Whether the key is an argument of a call.
    called: bool,
    /// Whether nothing but a blank or quotes stands there.
    adjacent: bool,
}

impl Before {
    /// What kind of key the nearest word for key means, for its label.
    pub(super) fn kind(&self) -> &'static str {
        let kind = |word: &Rc<str>| match &**word {
            word if word.ends_with("token") || matches!(word, "bearer" | "pat") => Some("token"),
            word if word.ends_with("secret") || word.ends_with("secrets") || word == "private" => Some("secret"),
            "password" | "passwd" | "pwd" | "pass" => Some("password"),
            _ => None,
        };
        self.words.iter().take(4).find_map(kind).unwrap_or("api-key")
    }
}

pub(super) fn before(text: &[u8], start: usize, from: Option<usize>) -> Option<Before> {
    let floor = start.saturating_sub(REACH).max(from.unwrap_or(0));
    let gap =
        text[floor..start].iter().rev().take_while(|byte| !(byte.is_ascii_alphanumeric() || **byte >= 0x80)).count();
    let between = &text[start - gap..start];
    let allowed = b" \t\r\n\"'`=:,>()[]{}\\|*_-$?&";
    if gap == 0
        || gap > 24
        || !between.iter().all(|byte| allowed.contains(byte) || *byte == b'.' && from.is_some())
        || between.starts_with(b"://")
        // The second half of a text that a mark divides.
        || matches!(between, [b'?' | b'&' | b'$' | b'*'])
        // The result of a call, and a line of base64 before this one.
        || between.contains(&b')')
        || text[floor..start - gap].iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count() > 48
    {
        return None;
    }
    let end = start - gap;
    let line = memchr::memrchr(b'\n', &text[floor..end]).map_or(floor, |at| floor + at + 1);
    let window = String::from_utf8_lossy(&text[line..end]);
    let tail = window.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    let capitals = tail.len() > 2 && tail.bytes().rev().take(3).all(|byte| byte.is_ascii_uppercase());
    let mut nearest: Vec<Rc<str>> = Vec::new();
    let mut spoken = false;
    for name in window.rsplit(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '-'))) {
        nearest.extend(known_words(name).iter().rev().cloned());
        if !spoken && let Some(first) = nearest.iter().find(|word| !FILLERS.contains(&&***word)) {
            if OTHERS.contains(&&**first) {
                return None;
            }
            spoken = true;
        }
        if nearest.len() > WORDS {
            break;
        }
    }
    // The word that is farthest off may be cut.
    if nearest.len() <= WORDS && line == floor && floor > 0 && from.is_none() {
        nearest.pop();
    }
    nearest.truncate(WORDS);
    let joined = capitals
        || from.is_some()
        || between.iter().any(|byte| matches!(byte, b'=' | b':' | b',' | b'>' | b'(' | b'|'));
    Some(Before { words: nearest, joined, called: between.contains(&b'('), adjacent: gap <= 4 })
}

/// How sure it is that these words announce a key; none if they do not.
pub(super) fn announced(before: &Before, shape: Shape, value: &str) -> Option<Confidence> {
    let words: Vec<&str> = before.words.iter().map(|word| &**word).skip_while(|word| FILLERS.contains(word)).collect();
    let nearest = words.first()?;
    // `OAuth('…')` is a function; what it is given first is anybody's guess.
    let called = before.called && nearest.ends_with("auth");
    let function = if called { words.iter().take_while(|word| word.ends_with("auth")).count() } else { 0 };
    let is_key = |at: usize, word: &str| is_key_word(word) && (at == 0 || word != "private");
    let key = words.iter().enumerate().take(4).skip(function).find(|(at, word)| is_key(*at, word)).map(|(at, _)| at);
    // What stands between the word for key and the key itself can turn it into something else: `key hash`.
    if key.is_some_and(|at| words[..at].iter().any(|word| OTHERS.contains(word))) {
        return None;
    }
    // Without a word for key only the nearest counts.
    let reach = if key.is_some() { words.len() } else { 1 };
    let named = (0..reach).find_map(|at| {
        (1..=3.min(words.len() - at)).find_map(|count| {
            let together: String = words[at..at + count].iter().rev().copied().collect();
            vendor(&together).or_else(|| suffixed(&together)).map(|vendor| (at, vendor))
        })
    });
    let strong = |word: &str| {
        matches!(word, "secret" | "token" | "apikey" | "password" | "pat")
            || word.ends_with("token")
            || word.ends_with("secret")
            || word.ends_with("apikey")
    };
    if words.iter().take(4).any(|word| matches!(*word, "public" | "publishable" | "pub" | "anon" | "site" | "vapid"))
        && !words.contains(&"private")
    {
        return None;
    }
    let sure = match (key, named) {
        (Some(_), Some((_, Vendor::Clear))) => true,
        (Some(key), Some((at, Vendor::Ambiguous))) if at <= key + 3 => {
            !has_benign_key(&words) && (before.joined || strong(words[key]) || key == 0 && at <= 2 && before.adjacent)
        }
        // `cloudsmith 3f8a…`, `owm = '3f8a…'`.
        (None, Some((0, Vendor::Clear))) => {
            // Bytes written as hex make an even number of digits.
            let halved = value.len() % 2 == 1 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
            !halved && before.adjacent && (shape != Shape::Uuid || before.joined)
        }
        (Some(0), None) if words.len() > 1 && !has_benign_key(&words) => {
            let owner = words[1].len() > 1 && !FUNCTION_WORDS.contains(&words[1]) && !is_number(words[1]);
            let name = strong(nearest) || is_key_word(words[1]) || *nearest == "key";
            // `LicenseKey q7Z…` of configuration files that know no operator.
            let spaced = before.adjacent && KEY_OWNERS.contains(&words[1]);
            owner && name && shape != Shape::Uuid && (before.joined || spaced && shape == Shape::Random)
        }
        _ => false,
    };
    sure.then_some(Confidence::Medium)
}

/// `vendorkey`, `vendortoken`, written together.
fn suffixed(word: &str) -> Option<Vendor> {
    ["key", "token", "secret", "apikey", "access", "private", "api"]
        .iter()
        .filter_map(|end| word.strip_suffix(end))
        .find_map(vendor)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_key_word(word: &str) -> bool {
    matches!(
        word,
        "key"
            | "keys"
            | "token"
            | "tokens"
            | "tok"
            | "tkn"
            | "secret"
            | "secrets"
            | "private"
            | "access"
            | "api"
            | "apikey"
            | "pat"
            | "password"
            | "passwd"
            | "pwd"
            | "pass"
            | "auth"
            | "credential"
            | "credentials"
            | "bearer"
            | "authorization"
    ) || (["key", "token", "secret"].iter().any(|end| word.ends_with(end))
        && !matches!(
            word,
            "monkey" | "turkey" | "hotkey" | "donkey" | "jockey" | "hockey" | "whiskey" | "pubkey" | "keykey"
        ))
}

/// Words that make the word `key` behind them the name of one.
const KEY_OWNERS: &[&str] = &["api", "license", "licence", "access", "secret", "auth", "account", "client"];

/// Words that only say which one, how, or where.
const FILLERS: &[&str] = &[
    "is",
    "are",
    "was",
    "value",
    "val",
    "str",
    "string",
    "text",
    "b",
    "r",
    "f",
    "u",
    "bearer",
    "basic",
    "default",
    "env",
    "test",
    "live",
    "prod",
    "production",
    "dev",
    "staging",
    "my",
    "your",
    "v1",
    "v2",
    "v3",
    "to",
    "as",
    "with",
    "1",
    "2",
    "new",
];

/// Words of things that look like keys and are none.
const OTHERS: &[&str] = &[
    "id",
    "ids",
    "sha",
    "sha1",
    "sha2",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "hash",
    "hashes",
    "checksum",
    "digest",
    "commit",
    "commits",
    "revision",
    "rev",
    "etag",
    "uuid",
    "guid",
    "fingerprint",
    "version",
    "ref",
    "integrity",
    "build",
    "image",
    "nonce",
    "signature",
    "blob",
    "tree",
    "object",
    "parent",
    "merge",
    "branch",
    "tag",
    "file",
    "path",
    "url",
    "uri",
    "href",
    "src",
    "name",
    "hostname",
    "host",
    "user",
    "username",
    "email",
    "model",
    "request",
    "trace",
    "span",
    "public",
    "pub",
    "cursor",
    "node",
    "date",
    "time",
    "at",
    "color",
    "colour",
    "class",
    "type",
    "from",
    "in",
    "of",
    "data",
    "salt",
    "seed",
    "iv",
    "arn",
    "region",
    "bucket",
    "table",
    "port",
    "snapshot",
    "deployment",
];

const FUNCTION_WORDS: &[&str] = &[
    "the", "a", "an", "this", "that", "of", "for", "in", "on", "and", "or", "no", "not", "any", "each", "every",
    "same", "other", "next", "last", "first", "by", "from", "at", "its", "his", "her", "their", "our", "one", "if",
    "def", "class", "return", "let", "const", "var", "import", "function", "type", "self", "get", "set", "key", "item",
    "value",
];

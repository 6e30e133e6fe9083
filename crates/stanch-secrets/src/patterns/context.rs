//! Keys of no format of their own, by what stands before them: a vendor's name, a word for key, then text that only a
//! generator writes (`scaleway SECRET 3f8a…`, `PAGERDUTY_KEY: "y_Xk…"`).

use std::ops::Range;

use super::{Confidence, Match};
use crate::names::{Vendor, has_benign_key, key_kind, vendor, words};
use crate::value::{Verdict, entropy, is_wordy, judge};

/// Shortest text that is looked at, in bytes. Every run of that length covers one byte of each step of the search.
const SHORTEST: usize = 16;
/// Longest text that is looked at; what is longer is data.
const LONGEST: usize = 2048;
/// Bytes before a text that may name it.
const REACH: usize = 96;
/// Words of these bytes that are looked at.
const WORDS: usize = 8;

/// Adds every such key.
pub(super) fn keys(text: &[u8], found: &mut Vec<Match>) {
    let mut at = SHORTEST - 1;
    let mut floor = 0;
    while at < text.len() {
        if !is_run(text[at]) {
            at += SHORTEST;
            continue;
        }
        let start = at - text[floor..at].iter().rev().take_while(|byte| is_run(**byte)).count();
        let end = at + text[at..].iter().take_while(|byte| is_run(**byte)).count();
        if (SHORTEST..=LONGEST).contains(&(end - start)) {
            look(text, start..end, found);
        }
        floor = end;
        at = end + SHORTEST;
    }
}

const RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'-' | b'_' | b'.');
        byte += 1;
    }
    table
};

const fn is_run(byte: u8) -> bool {
    RUN[byte as usize]
}

fn look(text: &[u8], run: Range<usize>, found: &mut Vec<Match>) {
    if !text[run.clone()].iter().any(u8::is_ascii_digit) && !is_all_letters(&text[run.clone()]) {
        return;
    }
    let Some(range) = whole(text, run.clone()) else { return };
    if announces(text, range.clone(), None, found) {
        return;
    }
    // `pdfshift-key-3f8a…`: the name is glued to the key by the last mark that stands before random text.
    let marks = text[run.clone()].iter().enumerate().rev().filter(|(_, byte)| matches!(byte, b'-' | b'_' | b'.'));
    for at in marks.map(|(at, _)| run.start + at + 1).take(6) {
        if at + SHORTEST <= range.end && announces(text, at..range.end, Some(run.start), found) {
            return;
        }
    }
}

/// Adds the key if it looks like one and what stands before it says so; the words begin at `from` if that is given.
fn announces(text: &[u8], range: Range<usize>, from: Option<usize>, found: &mut Vec<Match>) -> bool {
    let Ok(value) = std::str::from_utf8(&text[range.clone()]) else { return false };
    let shape = Shape::of(value);
    if shape == Shape::Other {
        return false;
    }
    let Some(before) = before(text, range.start, from) else { return false };
    let Some(confidence) = announced(&before, shape) else { return false };
    if !matches!(judge(value, true), Verdict::Weak | Verdict::Strong) {
        return false;
    }
    let kind = key_kind(&before.words.join("_")).map_or("api-key", |kind| kind.as_str());
    found.push(Match { kind, range, confidence });
    true
}

fn is_all_letters(run: &[u8]) -> bool {
    run.len() >= 20 && run.iter().all(u8::is_ascii_alphabetic)
}

/// The key with what is glued to its end: padding, further parts behind `:`, `~`, `%` and the like.
fn whole(text: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    let limit = text.len().min(run.start + LONGEST);
    let mut end = run.end;
    while end < limit && (is_run(text[end]) || matches!(text[end], b'=' | b':' | b'~' | b'%' | b'!' | b'@' | b'|')) {
        end += 1;
    }
    while end > run.start && matches!(text[end - 1], b'.' | b':' | b'!' | b'|' | b'@' | b'%' | b'~') {
        end -= 1;
    }
    // What ends with an operator is a name.
    let open = text[..end].iter().rev().take_while(|byte| **byte == b'=').count();
    (end - run.start >= SHORTEST && !(open == 1 && matches!(text.get(end), Some(b'"' | b'\'' | b'$' | b'{' | b'<'))))
        .then_some(run.start..end)
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
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
    fn of(value: &str) -> Self {
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
            ".gz", ".whl",
        ];
        if file.iter().any(|end| value.ends_with(end)) || has_date(bytes) {
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

/// Whether most bytes follow each other as in the alphabet, up or down.
fn is_row(value: &[u8]) -> bool {
    let steps = value.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    value.len() > SHORTEST && steps * 4 > value.len() * 3 && entropy(value) > 3.0
}

/// The words before a key, nearest last, and what stands between the nearest and the key.
struct Before {
    words: Vec<String>,
    /// Whether an operator (`=`, `:`, `,`, `>`, a bracket) stands there, or the last word is written in capitals.
    joined: bool,
    /// Whether nothing but a blank or quotes stands there.
    adjacent: bool,
}

fn before(text: &[u8], start: usize, from: Option<usize>) -> Option<Before> {
    let floor = start.saturating_sub(REACH).max(from.unwrap_or(0));
    let gap =
        text[floor..start].iter().rev().take_while(|byte| !(byte.is_ascii_alphanumeric() || **byte >= 0x80)).count();
    let between = &text[start - gap..start];
    let allowed = b" \t\r\n\"'`=:,>()[]{}\\|*_-$?&";
    if gap == 0
        || gap > 24
        || !between.iter().all(|byte| allowed.contains(byte) || *byte == b'.' && from.is_some())
        || between.starts_with(b"://")
    {
        return None;
    }
    let end = start - gap;
    let line = memchr::memrchr(b'\n', &text[floor..end]).map_or(floor, |at| floor + at + 1);
    let window = String::from_utf8_lossy(&text[line..end]);
    let tail = window.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    let capitals = tail.len() > 2 && tail.bytes().rev().take(3).all(|byte| byte.is_ascii_uppercase());
    let mut words: Vec<String> = window
        .split(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '-')))
        .flat_map(words)
        .collect();
    // The first word may be cut.
    let skip = words.len().saturating_sub(WORDS).max(usize::from(line == floor && floor > 0 && from.is_none()));
    words.drain(..skip.min(words.len()));
    let joined =
        capitals || from.is_some() || between.iter().any(|byte| matches!(byte, b'=' | b':' | b',' | b'>' | b'('));
    Some(Before { words, joined, adjacent: gap <= 4 })
}

/// How sure it is that these words announce a key; none if they do not.
fn announced(before: &Before, shape: Shape) -> Option<Confidence> {
    let words: Vec<&str> =
        before.words.iter().map(String::as_str).rev().skip_while(|word| FILLERS.contains(word)).collect();
    let nearest = words.first()?;
    if OTHERS.contains(nearest) {
        return None;
    }
    let key = words.iter().take(4).position(|word| is_key_word(word));
    // What stands between the word for key and the key itself can turn it into something else: `key hash`.
    if key.is_some_and(|at| words[..at].iter().any(|word| OTHERS.contains(word))) {
        return None;
    }
    let named = (0..words.len()).find_map(|at| {
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
    match (key, named) {
        _ if words.iter().take(4).any(|word| matches!(*word, "public" | "publishable" | "pub" | "anon" | "site")) => {
            None
        }
        (Some(_), Some((_, Vendor::Clear))) => Some(Confidence::Medium),
        _ if shape == Shape::Row => None,
        (Some(key), Some((at, Vendor::Ambiguous))) if at <= key + 3 => {
            let benign = has_benign_key(&words);
            (!benign && (before.joined || strong(words[key]) || key == 0 && at <= 2 && before.adjacent))
                .then_some(Confidence::Medium)
        }
        // `cloudsmith 3f8a…`, `owm = '3f8a…'`.
        (None, Some((0, Vendor::Clear))) if before.adjacent && (shape == Shape::Random || before.joined) => {
            Some(Confidence::Medium)
        }
        (Some(0), None) if words.len() > 1 && before.joined && !has_benign_key(&words) => {
            let owner = words[1].len() > 1 && !FUNCTION_WORDS.contains(&words[1]) && !is_number(words[1]);
            let sure = strong(nearest) || words.get(1).is_some_and(|word| is_key_word(word)) || *nearest == "key";
            (owner && sure && shape == Shape::Random).then_some(Confidence::Medium)
        }
        _ => None,
    }
}

/// `vendorkey`, `vendortoken`, written together.
fn suffixed(word: &str) -> Option<Vendor> {
    ["key", "token", "secret", "apikey", "access", "private", "api"]
        .iter()
        .filter_map(|end| word.strip_suffix(end))
        .find_map(|stem| vendor(stem).filter(|vendor| *vendor == Vendor::Clear))
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

#[cfg(test)]
mod tests {
    use super::keys;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        keys(text.as_bytes(), &mut found);
        found.into_iter().map(|hit| &text[hit.range]).collect()
    }

    const HEX: &str = "5f1c02d9a7be4368f0d2c4b6e8a19375";
    const MIXED: &str = "q7Zk22PxvT90bnQeRwLm4cXa";

    #[test]
    fn a_vendor_and_a_word_for_key_announce_one() {
        for text in [
            "scaleway SECRET {}",
            "scalewaySECRET {}",
            "SCALEWAY_KEY = '{}'",
            "the pdfshift api key is {}",
            "mailboxlayer-access-key: {}",
            "pagerduty {}",
            "quasar_key: \"{}\"",
            "myservice TOKEN {}",
            "{\"zenscrape\": \"{}\"}",
            "box access token = {}",
            "<add key=\"HolidayApi\" value=\"{}\"/>",
            "open weather map api_key\n{}",
            "pdfshift-key-{}",
            "fileio.TOKEN.{}",
            "datadog_secret_{}",
        ] {
            for value in [HEX, MIXED] {
                let text = text.replace("{}", value);
                assert_eq!(found(&text), [value], "{text}");
            }
        }
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            "sha256 {}",
            "commit {}",
            "scaleway image sha {}",
            "github {}",
            "https://github.com/a/b/commit/{}",
            "box {}",
            "cache_key = {}",
            "primary key {}",
            "public key: {}",
            "next_token: {}",
            "idempotency_key: {}",
            "the key {}",
            "key: {}",
            "a {}",
            "{}",
            "stripe publishable key {}",
            "build-{}",
            "github.com/a/b/{}",
            "node-v1-{}",
        ] {
            for value in [HEX, MIXED] {
                let text = text.replace("{}", value);
                assert_eq!(found(&text), [""; 0], "{text}");
            }
        }
        for text in [
            "scaleway SECRET get_secret_from_environment",
            "twilio_token = request.headers.authorization_token",
            "pdfshift_key: settings/pdfshift/key",
            "pagerduty key 2024-01-01T00:00:00",
            "route53 = 'route53-2013-04-01.min.json'",
            "scaleway key: HttpEndpointAccessKey",
            "twilio key = stringMin24Max512Pattern",
            "stripe token: \"custom-key-store-1630604382908\"",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn parts_behind_the_first_belong_to_it() {
        let text = format!("moosend_key = {HEX}.{MIXED}:{HEX}== and");
        assert_eq!(found(&text), [format!("{HEX}.{MIXED}:{HEX}==")]);
    }
}

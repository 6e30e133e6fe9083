//! Cutting a name into words.

use super::lists::Words;

/// Words that are written together often enough that a run of them is taken apart: `accesstoken`, `dbpassword`.
/// A word that is not wholly made of these stays one word, so `keyword` and `monkey` hide no `key`.
static PARTS: Words = Words::new(
    "\
    access account activation admin api app auth authorization aws backup bearer bot card cc cert client code \
    confirm confirmation consumer credential credentials credit csrf current customer cvv data database db debit \
    default device digest email encrypted encryption flask github google hash hashed id jwt key keys license \
    login mail master mfa my mysql name new num number oauth old openai otp partition pass passwd password \
    passwords primary private public push pw pwd recovery redis refresh reset root secret secrets security \
    sender server service session shared signing slack smtp ssh stripe telegram temp test token tokens totp user \
    username verification web webhook wifi x \
",
);

/// Words that stay whole although they could be taken apart or are taken apart by their casing.
const JOINED: &[(&str, &str, &str)] = &[
    ("pass", "word", "password"),
    ("pass", "words", "passwords"),
    ("pass", "phrase", "passphrase"),
    ("pass", "code", "passcode"),
    ("pass", "wd", "passwd"),
    ("o", "auth", "oauth"),
    ("o", "auth2", "oauth"),
    ("two", "factor", "twofactor"),
    ("2", "fa", "2fa"),
    ("one", "time", "onetime"),
    ("key", "pair", "keypair"),
    ("key", "word", "keyword"),
    ("key", "words", "keywords"),
    ("e", "mail", "email"),
];

/// The words of a name in lower case: `X-API-Key` and `XApiKey` are `x`, `api`, `key`. Digits at the end of a word are
/// a word of their own, but for algorithms and the like (`sha256`, `2fa`, `s3`).
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut raw: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        let previous = index.checked_sub(1).map(|at| characters[at]);
        let next = characters.get(index + 1);
        let hump = character.is_uppercase()
            && previous.is_some_and(|p| {
                p.is_lowercase() || p.is_ascii_digit() || (p.is_uppercase() && next.is_some_and(|n| n.is_lowercase()))
            });
        if (!character.is_alphanumeric() || hump) && !word.is_empty() {
            raw.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    if !word.is_empty() {
        raw.push(word);
    }
    let mut words: Vec<String> = Vec::with_capacity(raw.len());
    for word in raw {
        for part in parts(&word) {
            let joined = words.last().and_then(|last| {
                JOINED.iter().find(|(first, second, _)| last == first && part == *second).map(|(_, _, whole)| *whole)
            });
            match (joined, words.last_mut()) {
                (Some(whole), Some(last)) => whole.clone_into(last),
                _ => words.push(part.to_owned()),
            }
        }
    }
    words
}

/// A word taken apart: digits off its end, then known parts if it is wholly made of them, else an unknown front and
/// a known compound behind (`mqttpassword`).
fn parts(word: &str) -> Vec<&str> {
    const WITH_DIGITS: [&str; 12] =
        ["sha1", "sha256", "sha512", "md5", "s3", "ec2", "2fa", "argon2", "pbkdf2", "cvv2", "cvc2", "oauth2"];
    if word == "oauth2" {
        return vec!["oauth"];
    }
    if word.len() < 4 || WITH_DIGITS.contains(&word) || PARTS.contains(word) {
        return vec![word];
    }
    let stem = word.trim_end_matches(|character: char| character.is_ascii_digit());
    if stem.len() < word.len() && stem.len() > 1 {
        let mut out = parts(stem);
        out.push(&word[stem.len()..]);
        return out;
    }
    let mut out = Vec::new();
    if take_apart(word, &mut out) {
        return out;
    }
    for end in [
        "password",
        "apikey",
        "secretkey",
        "accesstoken",
        "authtoken",
        "privatekey",
        "accesskey",
        "passwd",
        "clientsecret",
    ] {
        if let Some(front) = word.strip_suffix(end).filter(|front| front.len() > 1) {
            let mut out = vec![front];
            out.extend(parts(end));
            return out;
        }
    }
    vec![word]
}

fn take_apart<'w>(word: &'w str, out: &mut Vec<&'w str>) -> bool {
    if word.is_empty() {
        return true;
    }
    // Longest first, so that `passwords` is not `pass` and a rest. At most six parts: more is no name.
    for length in (1..=word.len().min(13)).rev().filter(|length| word.is_char_boundary(*length)) {
        if out.len() < 6 && PARTS.contains(&word[..length]) {
            out.push(&word[..length]);
            if take_apart(&word[length..], out) {
                return true;
            }
            out.pop();
        }
    }
    false
}

//! Keys of which only a digest is known, so that a list of keys to look for is none of keys.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type KeyDigest = [u8; 32];

/// Words of one text that are looked at.
const WORDS: usize = 100_000;
/// Bytes of a word that can be a key.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=4096;

/// Reads `sha256:` and 64 hexadecimal digits; none for anything else.
#[must_use]
pub fn key_digest(text: &str) -> Option<KeyDigest> {
    let digits = text.strip_prefix("sha256:")?.trim();
    let mut digest = KeyDigest::default();
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (byte, place) in digest.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// The keys in a text that have one of the digests, as they are: the word that stands there, or what it encodes.
pub(super) fn find(text: &str, digests: &BTreeSet<KeyDigest>) -> Vec<String> {
    let mut found = Vec::new();
    if digests.is_empty() {
        return found;
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>(){}[],;&\\|".contains(c);
    for word in text.split(ends).filter(|word| LENGTHS.contains(&word.len())).take(WORDS) {
        // `key=…`, `Bearer:…`, `/users/…`, and the sign itself where it belongs to the key.
        let parts = word.split(['=', ':', '/', '?', '@']).filter(|part| part.len() < word.len());
        for part in parts.chain([word, word.trim_end_matches('=')]) {
            found.extend(forms(part).filter(|form| digests.contains(&<KeyDigest>::from(Sha256::digest(form)))));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What a word may stand for: itself, without percent-encoding, without base64.
fn forms(word: &str) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(word).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let decoded = decoded.filter(|decoded| decoded != word);
    let unpacked = [URL_SAFE_NO_PAD.decode(word), STANDARD_NO_PAD.decode(word)].into_iter().flatten();
    let unpacked = unpacked.filter_map(|bytes| String::from_utf8(bytes).ok());
    std::iter::once(word.to_owned())
        .chain(decoded)
        .chain(unpacked)
        .filter(|form| LENGTHS.contains(&form.len()))
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::{find, key_digest};

    #[test]
    fn a_key_is_known_by_its_digest_in_every_dress() {
        let key = "k3y-91ab22=77/fe01";
        let hex: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = key_digest(&format!("sha256:{hex}"));
        let digests = BTreeSet::from_iter(digest);
        assert_eq!(digests.len(), 1);
        let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let texts = [
            format!("{{\"key\":\"{key}\"}}"),
            format!("/open?key={encoded}&a=1"),
            format!("<a>{}</a>", STANDARD.encode(key)),
            format!("Authorization: Bearer {key}"),
        ];
        for text in texts {
            assert_eq!(find(&text, &digests), [key], "{text}");
        }
        assert!(find("k3y-91ab22 and others", &digests).is_empty());
        for wrong in ["", "sha256:", "sha256:zz", "md5:00", &format!("sha256:{}", "é".repeat(32)), &hex] {
            assert_eq!(key_digest(wrong), None, "{wrong}");
        }
    }
}

//! What a key says about itself: checksums, structure, the account it belongs to.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};

use super::Confidence;
use crate::value::is_wordy;

/// Accepts base64 with and without padding, and with stray bits at the end.
pub(super) const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
pub(super) const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);

/// A look at the key beyond its expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    None,
    /// GitHub's and npm's: the last six characters are the CRC-32 of what stands between prefix and them, in base 62.
    Crc32Base62,
    /// Header and payload are JSON objects in base64, the header names an algorithm.
    Jwt,
    /// Names an account in its first characters.
    AwsKeyId,
    /// Neither words nor a path: for formats whose body may have any length.
    Random,
    /// Capital and small letters and digits all occur, as they do in 40 random characters.
    Mixed,
}

impl Check {
    /// The confidence after the look; none if the structure shows that it is no key. Checksums only move it: of the
    /// keys that vendors publish as examples few carry a right one.
    pub(super) fn confidence(self, key: &str, stated: Confidence) -> Option<Confidence> {
        match self {
            Self::None | Self::AwsKeyId => Some(stated),
            Self::Crc32Base62 => {
                Some(match crc32_base62_holds(key) {
                    true => Confidence::High,
                    // `ghp_PersonalAccessToken0123…` of a manual.
                    false if is_wordy(key) => Confidence::Low,
                    false => stated.min(Confidence::Medium),
                })
            }
            Self::Jwt => is_jwt(key).then(|| if is_sample_jwt(key) { stated.min(Confidence::Medium) } else { stated }),
            Self::Random => (!is_wordy(key) && key.bytes().any(|byte| byte.is_ascii_digit())).then_some(stated),
            Self::Mixed => {
                let has = |class: fn(&u8) -> bool| key.as_bytes().iter().any(class);
                (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit))
                    .then_some(stated)
            }
        }
    }
}

/// Whether the last six characters of `prefix_body` are the CRC-32 of the body before them, base 62 with digits,
/// capitals and small letters (GitHub, "Behind GitHub's new authentication token formats", 2021).
fn crc32_base62_holds(key: &str) -> bool {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((_, body)) = key.rsplit_once('_') else { return false };
    let Some(split) = body.len().checked_sub(6) else { return false };
    let mut crc = flate2::Crc::new();
    crc.update(&body.as_bytes()[..split]);
    let mut rest = crc.sum() as usize;
    let mut expected = [b'0'; 6];
    for place in expected.iter_mut().rev() {
        *place = DIGITS[rest % 62];
        rest /= 62;
    }
    body.as_bytes()[split..] == expected
}

fn is_object(part: &str) -> bool {
    let bytes = URL_SAFE.decode(part).or_else(|_| STANDARD.decode(part));
    bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|value| value.is_object())
}

fn is_jwt(key: &str) -> bool {
    let mut parts = key.split('.');
    let header = parts.next().and_then(|part| URL_SAFE.decode(part).ok());
    let Some(header) = header.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok()) else {
        return false;
    };
    // An unsigned token is only an example or an attack; an encrypted one has five parts and an opaque payload.
    let algorithm = header.get("alg").and_then(serde_json::Value::as_str);
    algorithm.is_some() && (header.get("enc").is_some() || parts.next().is_some_and(is_object))
}

/// Whether the token is the one that jwt.io shows, or made from it: "John Doe" with the number 1234567890.
fn is_sample_jwt(key: &str) -> bool {
    let payload = key.split('.').nth(1).and_then(|part| URL_SAFE.decode(part).ok()).unwrap_or_default();
    memchr::memmem::find(&payload, b"1234567890").is_some() && memchr::memmem::find(&payload, b"John Doe").is_some()
}

/// The twelve-digit AWS account that a key id of the present format (`AKIA…`, `ASIA…`) belongs to; none for older ids.
/// The account stands in bits 7 to 46 of the base-32 text behind the prefix.
#[must_use]
pub fn aws_account_id(key_id: &str) -> Option<String> {
    let body = key_id.as_bytes().get(4..)?;
    if body.len() != 16 || !matches!(body[0], b'Q'..=b'Z' | b'2'..=b'7') {
        return None;
    }
    let mut bits: u64 = 0;
    for byte in &body[..10] {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u64::from(digit);
    }
    // Ten characters are 50 bits; the first 48 are six bytes.
    let account = ((bits >> 2) & 0x7fff_ffff_ff80) >> 7;
    Some(format!("{account:012}"))
}

/// Base64 of either alphabet, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        return URL_SAFE.decode(text).ok();
    }
    let text = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    STANDARD_NO_PAD.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Check, Confidence, aws_account_id};

    #[test]
    fn the_account_stands_in_the_key_id() {
        assert_eq!(aws_account_id(concat!("ASIA", "QNZGKIQY56JQ7WML")).as_deref(), Some("029608264753"));
        assert_eq!(aws_account_id(concat!("AKIA", "IOSFODNN7EXAMPLE")), None);
    }

    #[test]
    fn a_checksum_moves_confidence_and_does_not_gate() {
        let right = concat!("ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17");
        assert_eq!(Check::Crc32Base62.confidence(right, Confidence::Medium), Some(Confidence::High));
        assert_eq!(Check::Crc32Base62.confidence(&right.replace('7', "8"), Confidence::High), Some(Confidence::Medium));
    }
}

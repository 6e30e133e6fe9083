//! The public key of a key set (RFC 7517) in the form in which servers keep it on disk, PEM.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// `rsaEncryption` (1.2.840.113549.1.1.1) with no parameters, as RFC 3279, 2.3.1 writes it.
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// Bytes of a modulus that are taken: 16,384 bits.
const MODULUS: usize = 2_048;

/// The RSA key of that name, or the only one, as `SubjectPublicKeyInfo` in PEM; none if the text is no key set.
pub(super) fn pem(set: &[u8], id: Option<&str>) -> Option<String> {
    let set: Value = serde_json::from_slice(set).ok()?;
    let keys = set.get("keys")?.as_array()?;
    let fits = |key: &&Value| {
        key.get("kty").and_then(Value::as_str) == Some("RSA")
            && id.is_none_or(|id| key.get("kid").and_then(Value::as_str).is_none_or(|name| name == id))
    };
    let key = keys.iter().find(fits)?;
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?.trim_end_matches('=')).ok();
    let (modulus, exponent) = (number("n")?, number("e")?);
    if modulus.is_empty() || modulus.len() > MODULUS || exponent.is_empty() || exponent.len() > 8 {
        return None;
    }
    let numbers = [integer(&modulus), integer(&exponent)].concat();
    let mut bits = vec![0];
    bits.extend(tagged(0x30, &numbers));
    let info = tagged(0x30, &[RSA.to_vec(), tagged(0x03, &bits)].concat());
    let text = STANDARD.encode(info);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    Some(pem)
}

/// An unsigned INTEGER of DER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len() - 1);
    let bytes = &bytes[zeros..];
    let mut content = Vec::with_capacity(bytes.len() + 1);
    if bytes[0] & 0x80 != 0 {
        content.push(0);
    }
    content.extend_from_slice(bytes);
    tagged(0x02, &content)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.extend(u8::try_from(length));
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.extend(u8::try_from(0x80 | bytes.len()));
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_small_key_is_written_as_der_says() {
        let set = br#"{"keys": [{"kty": "EC", "kid": "a"}, {"kty": "RSA", "kid": "b", "n": "AMc", "e": "AQAB"}]}"#;
        let pem = pem(set, Some("b")).unwrap();
        let inner: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(inner).unwrap();
        let numbers = [0x30, 0x09, 0x02, 0x02, 0x00, 0xc7, 0x02, 0x03, 0x01, 0x00, 0x01];
        assert_eq!(der, [&[0x30, 0x1d][..], &RSA, &[0x03, 0x0c, 0x00], &numbers].concat());
        assert_eq!(super::pem(set, Some("c")), None);
        assert_eq!(super::pem(b"<html>", None), None);
    }
}

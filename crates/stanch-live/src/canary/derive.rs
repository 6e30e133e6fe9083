use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::shape::Shape;
use super::{CanaryClass, CanaryPlace};

/// Derives values from the seed by HMAC-SHA-256, so that no value tells another one or the seed.
#[derive(Clone)]
pub(super) struct Deriver {
    key: Hmac<Sha256>,
    variant: u32,
}

/// A value and the texts by which it is found.
pub(super) struct Derived {
    pub(super) value: String,
    /// Empty when the value is too short or too guessable to prove anything.
    pub(super) found_by: Vec<String>,
}

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const LETTERS_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// AWS writes key ids in base 32.
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Deriver {
    pub(super) fn new(seed: &str, variant: u32) -> Self {
        // HMAC takes keys of any length, so the error cannot come; an unkeyed value would still be derived.
        let key = Hmac::new_from_slice(seed.as_bytes()).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
        Self { key, variant }
    }

    /// From one variant to its neighbour and back.
    pub(super) const fn turn(&mut self) {
        self.variant ^= 1;
    }

    pub(super) fn derive(&self, place: &CanaryPlace, class: CanaryClass, shape: Shape) -> Derived {
        let mut stream = self.stream(place, class);
        let found = |value: String| Derived { found_by: vec![value.clone()], value };
        let unfound = |value: String| Derived { found_by: Vec::new(), value };
        match shape {
            Shape::Text => found(stream.canary()),
            Shape::Email => {
                let local = stream.canary();
                Derived { value: format!("{local}@example.com"), found_by: vec![local] }
            }
            Shape::Link => {
                let path = stream.canary();
                Derived { value: format!("https://example.com/{path}"), found_by: vec![path] }
            }
            Shape::Uuid => stream.uuid(),
            // 14 digits that begin with 9 are no time in seconds or milliseconds, and exact in a double.
            Shape::Number | Shape::Digits => found(format!("9{}", stream.text(b"0123456789", 13))),
            Shape::Small { least, most } => unfound((least + stream.below(most - least + 1)).to_string()),
            Shape::Past => unfound((1_500_000_000 + stream.below(100_000_000)).to_string()),
            Shape::Future => unfound((4_000_000_000 + stream.below(90_000_000)).to_string()),
            Shape::PastDate => unfound(stream.date(1990, 30)),
            Shape::FutureDate => unfound(stream.date(2090, 9)),
            Shape::Truth => unfound(String::new()),
            // Fake by what they spell; no account's key begins so.
            Shape::AccessKeyId => found(format!("{}IASTANCH{}", "AK", stream.text(BASE32, 10))),
            Shape::SecretAccessKey => found(stream.text(ALPHANUMERIC, 40)),
            Shape::SessionToken => found(stream.text(ALPHANUMERIC, 160)),
        }
    }

    fn stream(&self, place: &CanaryPlace, class: CanaryClass) -> Stream {
        let mut mac = self.key.clone();
        // Lengths go in front, so that no two places give the same bytes.
        let mut part = |bytes: &[u8]| {
            mac.update(&(bytes.len() as u64).to_be_bytes());
            mac.update(bytes);
        };
        match place {
            CanaryPlace::Attribute { table, item, attribute } => {
                part(b"attribute");
                part(table.as_bytes());
                part(&item.to_be_bytes());
                part(attribute.as_bytes());
            }
            CanaryPlace::Environment { name } => {
                part(b"environment");
                part(name.as_bytes());
            }
        }
        if class == CanaryClass::Secret {
            part(&self.variant.to_be_bytes());
        }
        Stream { mac, block: 0, bytes: Vec::new() }
    }
}

impl std::fmt::Debug for Deriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Deriver")
    }
}

/// Base64 as DynamoDB's typed JSON has it for binary values.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes without end for one place: the HMAC of place and counter.
struct Stream {
    mac: Hmac<Sha256>,
    block: u32,
    bytes: Vec<u8>,
}

impl Stream {
    fn byte(&mut self) -> u8 {
        if self.bytes.is_empty() {
            let mut mac = self.mac.clone();
            mac.update(&self.block.to_be_bytes());
            self.block += 1;
            self.bytes = mac.finalize().into_bytes().to_vec();
        }
        self.bytes.pop().unwrap_or(0)
    }

    fn below(&mut self, limit: u64) -> u64 {
        let wide = (0..8).fold(0_u64, |wide, _| wide << 8 | u64::from(self.byte()));
        wide % limit.max(1)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[usize::from(self.byte()) % alphabet.len()])).collect()
    }

    /// 20 lower-case letters and digits beginning with a letter: 98 bits, and accepted by `isalnum`, by most
    /// validators of names and ids, and by HTML, JSON and URLs without escaping.
    fn canary(&mut self) -> String {
        self.text(LETTERS, 1) + &self.text(LETTERS_DIGITS, 19)
    }

    /// A version 4 UUID; found with its hyphens and without.
    fn uuid(&mut self) -> Derived {
        let hex = self.text(b"0123456789abcdef", 30);
        let value = format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..]);
        let plain = value.replace('-', "");
        Derived { found_by: vec![value.clone(), plain], value }
    }

    fn date(&mut self, first_year: u64, years: u64) -> String {
        format!("{}-{:02}-{:02}", first_year + self.below(years), 1 + self.below(12), 1 + self.below(28))
    }
}

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::{Error, Pepper};

/// Seals page tokens: XChaCha20-Poly1305 under a key derived from the pepper.
///
/// A raw `LastEvaluatedKey` shows the composed key of an item and lets its holder start reading anywhere. A sealed
/// token is opaque, is worth something to one caller on one route only, and expires.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    lifetime: Duration,
}

/// Whom and what a token is for.
#[derive(Clone, Copy)]
pub struct Binding<'b> {
    /// The caller, by owner or by key id; never by key.
    pub caller: &'b str,
    /// The route's template.
    pub route: &'static str,
}

const NONCE: usize = 24;
/// Longest token looked at. A sort key has at most 1024 bytes (DynamoDB), the rest is nonce, expiry and tag.
const LONGEST: usize = 1500;

impl Sealer {
    /// A sealer whose tokens live this long.
    #[must_use]
    pub fn new(pepper: &Pepper, lifetime: Duration) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&pepper.derive("page token").into()), lifetime }
    }

    /// Seals a text.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, binding: Binding<'_>, text: &str) -> Result<String, Error> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| Error::no_randomness())?;
        let mut plain = (now() + self.lifetime.as_secs()).to_be_bytes().to_vec();
        plain.extend_from_slice(text.as_bytes());
        let payload = Payload { msg: &plain, aad: &binding.bytes() };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| Error::bad_token())?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens a token.
    ///
    /// # Errors
    /// One error for a token that is malformed, altered, expired, or sealed for another caller or route.
    pub fn open(&self, binding: Binding<'_>, token: &str) -> Result<String, Error> {
        self.opened(binding, token, now()).ok_or_else(Error::bad_token)
    }

    fn opened(&self, binding: Binding<'_>, token: &str, now: u64) -> Option<String> {
        let bytes = (token.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(token).ok())??;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let payload = Payload { msg: sealed, aad: &binding.bytes() };
        let plain = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        let (expiry, text) = plain.split_first_chunk::<8>()?;
        (now < u64::from_be_bytes(*expiry)).then(|| String::from_utf8(text.to_vec()).ok())?
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Binding<'_> {
    /// Unambiguous bytes: the length of the first part stands before it.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = (self.caller.len() as u64).to_be_bytes().to_vec();
        bytes.extend_from_slice(self.caller.as_bytes());
        bytes.extend_from_slice(self.route.as_bytes());
        bytes
    }
}

/// Seconds since 1970, as DynamoDB's time to live counts them.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Binding, Sealer, now};
    use crate::{Kind, Pepper};

    const ALICE: Binding<'static> = Binding { caller: "alice", route: "/records" };

    fn sealer() -> Sealer {
        Sealer::new(&Pepper::from_bytes(&[7; 32]).unwrap(), Duration::from_secs(60))
    }

    #[test]
    fn a_token_opens_for_its_caller_and_route_until_it_expires() {
        let sealer = sealer();
        let token = sealer.seal(ALICE, "RECORD#1").unwrap();
        assert_eq!(sealer.open(ALICE, &token).unwrap(), "RECORD#1");
        assert!(!token.contains("RECORD"));
        for other in [Binding { caller: "bob", ..ALICE }, Binding { route: "/keys", ..ALICE }] {
            assert_eq!(sealer.open(other, &token).unwrap_err().kind(), Kind::BadToken);
        }
        // Parts that would run together without lengths.
        let shifted = Binding { caller: "alice/rec", route: "ords" };
        assert!(sealer.open(shifted, &token).is_err());
        assert_eq!(sealer.opened(ALICE, &token, now() + 61), None);
        assert_ne!(token, sealer.seal(ALICE, "RECORD#1").unwrap());
    }

    proptest! {
        #[test]
        fn an_altered_token_does_not_open(position in 0usize..60, replacement in "[A-Za-z0-9_-]") {
            let sealer = sealer();
            let token = sealer.seal(ALICE, "RECORD#1").unwrap();
            let mut altered = token.clone();
            altered.replace_range(position..=position, &replacement);
            prop_assume!(altered != token);
            prop_assert!(sealer.open(ALICE, &altered).is_err());
        }

        #[test]
        fn arbitrary_text_does_not_open(text in ".{0,200}") {
            prop_assert!(sealer().open(ALICE, &text).is_err());
        }
    }
}

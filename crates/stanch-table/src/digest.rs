use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The server's own secret that goes into every digest, so that a copy of the table alone does not let anybody test
/// guesses. It comes from the environment, never from the table.
pub struct Pepper(Box<[u8]>);

/// The pepper is missing or too short to protect anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PepperError {
    /// The environment variable is not set.
    #[error("{0} is not set: it holds the secret that goes into key digests, at least 32 characters")]
    Missing(String),
    /// It has fewer than 32 bytes.
    #[error("the pepper has fewer than 32 characters")]
    Short,
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl Pepper {
    /// Reads the pepper from an environment variable.
    ///
    /// # Errors
    /// When it is not set or shorter than 32 bytes.
    pub fn from_env(variable: &str) -> Result<Self, PepperError> {
        let value = std::env::var(variable).map_err(|_| PepperError::Missing(variable.to_owned()))?;
        Self::from_bytes(value.trim().as_bytes())
    }

    /// Takes the pepper from bytes read elsewhere, say from a file that only the service may read.
    ///
    /// # Errors
    /// When there are fewer than 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PepperError> {
        if bytes.len() < 32 { Err(PepperError::Short) } else { Ok(Self(bytes.into())) }
    }

    /// The digest of a key: HMAC-SHA-256 under the pepper. A plain hash would do for random keys and fail for chosen
    /// ones; the pepper makes it do for both.
    #[must_use]
    pub fn digest(&self, key: &PresentedKey) -> Digest {
        Digest(self.mac(b"key\0", key.0.as_bytes()))
    }

    /// A key for another purpose, derived so that neither tells anything of the other.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(b"derive\0", purpose.as_bytes())
    }

    fn mac(&self, domain: &[u8], text: &[u8]) -> [u8; 32] {
        // HMAC takes a key of any length, so this has no other outcome.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.0) else { return [0; 32] };
        mac.update(domain);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([masked])")
    }
}

/// The digest of a key. Equality takes the same time wherever two digests differ; there is no order, no `Display` and
/// no `Serialize`.
#[derive(Clone)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest([masked])")
    }
}

/// A key that a client sent, parsed: prefix, `_`, and 32 random bytes in unpadded base64url.
///
/// It has no `Debug`, `Display`, `Serialize` or `Clone`: all it is good for is [`Pepper::digest`].
pub struct PresentedKey(Box<str>);

/// 32 bytes in unpadded base64url.
const RANDOM_LENGTH: usize = 43;

impl PresentedKey {
    /// Reads a key of the service that issues keys with this prefix; none when the text is no such key.
    #[must_use]
    pub fn parse(prefix: &str, text: &str) -> Option<Self> {
        let random = text.strip_prefix(prefix)?.strip_prefix('_')?;
        let fits = random.len() == RANDOM_LENGTH
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then(|| Self(text.into()))
    }
}

/// A key just made. Its text can be had once, by value, for the answer that hands it to its owner.
pub struct IssuedKey(PresentedKey);

impl IssuedKey {
    /// Makes a key of 256 random bits. The prefix lets secret scanners and log filters know it.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate(prefix: &str) -> Result<Self, PepperError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| PepperError::NoRandomness)?;
        Ok(Self(PresentedKey(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random)).into())))
    }

    /// Its digest, which is what gets stored.
    #[must_use]
    pub fn digest(&self, pepper: &Pepper) -> Digest {
        pepper.digest(&self.0)
    }

    /// Gives the key away, to be shown to its owner this one time.
    #[must_use]
    pub fn show_once(self) -> String {
        self.0.0.into()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::{IssuedKey, Pepper, PepperError, PresentedKey};

    #[test]
    fn a_digest_depends_on_key_and_pepper() {
        let (one, two) = (Pepper::from_bytes(&[1; 32]).unwrap(), Pepper::from_bytes(&[2; 32]).unwrap());
        let issued = IssuedKey::generate("pk").unwrap();
        let digest = issued.digest(&one);
        assert_ne!(digest, issued.digest(&two));
        let text = issued.show_once();
        assert_eq!(digest, one.digest(&PresentedKey::parse("pk", &text).unwrap()));
        assert_eq!(format!("{digest:?} {one:?}"), "Digest([masked]) Pepper([masked])");
    }

    #[test]
    fn the_digest_is_hmac_sha_256() {
        // RFC 4231, test case 2, with its key lengthened by the zero bytes that HMAC pads it with anyway.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = Pepper::from_bytes(&key).unwrap().mac(b"what do ya want ", b"for nothing?");
        assert_eq!(mac[..6], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60]);
    }

    #[test]
    fn only_keys_of_the_prefix_parse() {
        let text = IssuedKey::generate("pk").unwrap().show_once();
        assert!(PresentedKey::parse("pk", &text).is_some());
        for wrong in
            ["", "pk_", "pk_short", &format!("{text}x"), &text.replace("pk", "sk"), &format!("{}\n", &text[..45])]
        {
            assert!(PresentedKey::parse("pk", wrong).is_none());
        }
        assert_eq!(Pepper::from_bytes(b"short").unwrap_err(), PepperError::Short);
        assert!(matches!(Pepper::from_env("STANCH_TABLE_NO_SUCH_PEPPER"), Err(PepperError::Missing(_))));
    }
}

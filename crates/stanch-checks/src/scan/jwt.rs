//! JSON Web Tokens (RFC 7519) as a scanner meets them: read, signature tried with secrets that everybody knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};

/// A token in its compact form.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    text: String,
    /// Header.
    pub(crate) header: Value,
    /// Claims.
    pub(crate) claims: Value,
}

/// Secrets that tutorials, templates and tired developers use.
const COMMON: [&str; 62] = [
    "secret",
    "Secret",
    "SECRET",
    "secretkey",
    "secret_key",
    "secret-key",
    "SecretKey",
    "SECRET_KEY",
    "mysecret",
    "my_secret",
    "my-secret",
    "mysecretkey",
    "my_secret_key",
    "my-secret-key",
    "supersecret",
    "super_secret",
    "super-secret",
    "supersecretkey",
    "super_secret_key",
    "super-secret-key",
    "topsecret",
    "top_secret",
    "verysecret",
    "thisissecret",
    "this_is_secret",
    "thisisasecret",
    "thisisthesecretkey",
    "your-secret-key",
    "your_secret_key",
    "yoursecretkey",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "jwt",
    "jwtsecret",
    "jwt_secret",
    "jwt-secret",
    "jwt_secret_key",
    "jwt-secret-key",
    "JWT_SECRET_KEY",
    "token",
    "tokensecret",
    "key",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "default",
    "dev",
    "development",
    "test",
    "testing",
    "password",
    "passw0rd",
    "admin",
    "random",
    "qwerty",
    "123456",
    "12345678",
    "1234567890",
    "flask",
    "hello",
];

impl Token {
    /// Reads a token; none if the text is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (head, body, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || text.len() > 16 << 10 {
            return None;
        }
        let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (header, claims) = (json(head)?, json(body)?);
        (header.is_object() && claims.is_object()).then(|| Self { text: text.to_owned(), header, claims })
    }

    /// The token as it was read.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same claims with the algorithm `none` and no signature (RFC 7518, 3.6).
    pub(crate) fn unsigned(&self) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let claims = self.text.split('.').nth(1).unwrap_or_default();
        format!("{header}.{claims}.")
    }

    /// Whether the signature is that of a key pair, whose public half anybody may have.
    pub(crate) fn is_signed_by_key_pair(&self) -> bool {
        let algorithm = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        ["RS", "PS"].iter().any(|kind| algorithm.starts_with(kind))
    }

    /// The key's name in the server's key set.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// The same claims signed with HS256 and the text of a public key as the secret: what a server takes that lets the
    /// token choose the algorithm (RFC 8725, 2.1).
    pub(crate) fn signed_with(&self, pem: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = Value::from("HS256");
        let claims = self.text.split('.').nth(1).unwrap_or_default();
        let text = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
        let Ok(mut mac) = <Hmac<Sha256> as hmac::digest::KeyInit>::new_from_slice(pem.as_bytes()) else { return text };
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// The secret that the token was signed with, if everybody knows it.
    pub(crate) fn common_secret(&self) -> Option<&'static str> {
        COMMON.into_iter().find(|secret| self.is_signed_with(secret))
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        let Some((signed, signature)) = self.text.rsplit_once('.') else { return false };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        match self.header.get("alg").and_then(Value::as_str) {
            Some("HS256") => verifies::<Hmac<Sha256>>(secret, signed, &signature),
            Some("HS384") => verifies::<Hmac<Sha384>>(secret, signed, &signature),
            Some("HS512") => verifies::<Hmac<Sha512>>(secret, signed, &signature),
            _ => false,
        }
    }
}

fn verifies<M: Mac + hmac::digest::KeyInit>(secret: &str, signed: &str, signature: &[u8]) -> bool {
    let Ok(mut mac) = <M as hmac::digest::KeyInit>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(signed.as_bytes());
    mac.verify_slice(signature).is_ok()
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// A token signed with HS256.
    pub(crate) fn signed(claims: &str, secret: &str) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
        let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn a_common_secret_is_found_and_a_good_one_is_not() {
        let weak = Token::read(&signed(r#"{"sub":"ada"}"#, "changeme")).unwrap();
        assert_eq!(weak.common_secret(), Some("changeme"));
        assert_eq!(weak.claims["sub"], "ada");
        let good = Token::read(&signed("{}", "q7Zr-0912-kkdj-1123")).unwrap();
        assert_eq!(good.common_secret(), None);
        assert!(good.unsigned().ends_with('.'));
        for bad in ["", "a.b.c", "a.b", "eyJ9.eyJ9.x.y"] {
            assert!(Token::read(bad).is_none(), "{bad}");
        }
    }
}

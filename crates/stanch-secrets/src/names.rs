//! Which names of attributes, headers, parameters and variables mean a key.

use std::borrow::Cow;

/// What kind of key a name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the kind of credential it names")]
pub enum KeyKind {
    ApiKey,
    Token,
    Password,
    PasswordHash,
    Secret,
    PrivateKey,
    Session,
    Pin,
    Mfa,
}

impl KeyKind {
    /// The word that stands in a mask: `[api-key #1]`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Token => "token",
            Self::Password => "password",
            Self::PasswordHash => "password-hash",
            Self::Secret => "secret",
            Self::PrivateKey => "private-key",
            Self::Session => "session",
            Self::Pin => "pin",
            Self::Mfa => "mfa",
        }
    }
}

/// The kind of key that this name means, none if it means none. Case and separators do not matter: `apiKey`,
/// `X-API-Key` and `API_KEY` are one name.
#[must_use]
pub fn key_kind(name: &str) -> Option<KeyKind> {
    let words = words(name);
    let has = |word: &str| words.iter().any(|w| w == word);
    let last = words.last().map_or("", AsRef::as_ref);
    let joined = words.concat();
    if has("hash") || has("hashed") || has("digest") {
        return (has("password") || has("passwd") || has("pwd") || has("pass")).then_some(KeyKind::PasswordHash);
    }
    match last {
        "password" | "passwd" | "pwd" | "passphrase" | "passcode" => return Some(KeyKind::Password),
        "token" | "jwt" => return Some(KeyKind::Token),
        "secret" => return Some(if has("mfa") || has("totp") || has("otp") { KeyKind::Mfa } else { KeyKind::Secret }),
        "pin" => return Some(KeyKind::Pin),
        "key" if has("api") || has("access") || has("auth") => return Some(KeyKind::ApiKey),
        "key" if has("private") || has("signing") || has("encryption") => return Some(KeyKind::PrivateKey),
        "key" if has("secret") => return Some(KeyKind::Secret),
        _ => {}
    }
    match joined.as_str() {
        "apikey" | "xapikey" => Some(KeyKind::ApiKey),
        "secretkey" | "clientsecret" => Some(KeyKind::Secret),
        "sessionid" => Some(KeyKind::Session),
        _ if has("password") => Some(KeyKind::Password),
        _ => None,
    }
}

/// Whether the name speaks of personal or internal data that is no key: e-mail, phone, address, role.
#[must_use]
pub fn is_private(name: &str) -> bool {
    const PRIVATE: [&str; 16] = [
        "email",
        "phone",
        "mobile",
        "address",
        "ssn",
        "birthday",
        "birthdate",
        "dob",
        "salary",
        "role",
        "admin",
        "iban",
        "card",
        "ip",
        "notes",
        "internal",
    ];
    words(name).iter().any(|word| PRIVATE.contains(&word.as_ref()))
}

/// The words of a name in lower case: `X-API-Key`, `apiKey`, `api_key` are `api`, `key` (with `x` in front of the
/// first).
fn words(name: &str) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && previous_lower) {
            if !word.is_empty() {
                words.push(Cow::Owned(std::mem::take(&mut word)));
            }
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        previous_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(Cow::Owned(word));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{KeyKind, key_kind};

    #[test]
    fn one_name_in_every_case() {
        for name in ["api_key", "apiKey", "X-API-Key", "API_KEY", "apikey"] {
            assert_eq!(key_kind(name), Some(KeyKind::ApiKey), "{name}");
        }
        for name in ["primary_key", "keyword", "KeySchema", "tokenize", "public_key", "partition_key", "spinner"] {
            assert_eq!(key_kind(name), None, "{name}");
        }
    }
}

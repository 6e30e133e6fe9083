//! Which names of attributes, headers, parameters and variables mean a key.
//!
//! A name is cut into lower-case words ([`split`]); its last words say what it holds (`password_reset_token` is a
//! token) and the others what kind of it (`next_token` is a page mark). Words that speak *about* a key
//! (`token_type`, `password_changed_at`, `has_password`) make the name harmless.

mod lists;
mod memory;
mod private;
mod split;
mod user;
mod vendors;

use lists::{
    ABOUT, API_OWNERS, BENIGN_KEY, BENIGN_TOKEN, CREDENTIAL_OWNERS, NOT_PIN, NOT_SECRET, OWNED_PASS, PASSWORD,
    QUALIFIERS, SECRET_KEY_OF, TOKENS_OF, VENDORS, VERBS, WHOLE, Words,
};
pub(crate) use memory::known_words;
pub use private::is_private;
pub use split::words;
pub use user::UserNames;
pub(crate) use vendors::{Vendor, vendor};

/// What kind of key a name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the kind of credential it names")]
pub enum KeyKind {
    ApiKey,
    Token,
    Password,
    /// A digest of a password, whatever the algorithm: it can be guessed at leisure once it is out.
    PasswordHash,
    /// A digest of an API key or token.
    KeyHash,
    Secret,
    PrivateKey,
    Session,
    Pin,
    /// Secrets and codes of multi-factor authentication.
    Mfa,
    /// Number or security code of a payment card.
    Card,
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
            Self::KeyHash => "key-hash",
            Self::Secret => "secret",
            Self::PrivateKey => "private-key",
            Self::Session => "session",
            Self::Pin => "pin",
            Self::Mfa => "mfa",
            Self::Card => "card",
        }
    }
}

/// The kind of key that this name means, none if it means none. Case and separators do not matter: `apiKey`,
/// `X-API-Key` and `API_KEY` are one name.
#[must_use]
pub fn key_kind(name: &str) -> Option<KeyKind> {
    // Longer texts are no names, and the work per name stays bounded.
    if name.len() > 120 {
        return None;
    }
    memory::recall(name, judge)
}

fn judge(name: &str) -> Option<KeyKind> {
    let all = words(name);
    let joined = all.concat();
    if let Some((_, kind)) = WHOLE.iter().find(|(whole, _)| *whole == joined) {
        return *kind;
    }
    // Django, Java and PHP name their session cookie so; `session_id` with a separator is any session, a chat's too.
    if matches!(name, "sessionid" | "SESSIONID" | "JSESSIONID" | "PHPSESSID" | "ASP.NET_SessionId" | "connect.sid") {
        return Some(KeyKind::Session);
    }
    let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
    // `self.update_password` is a flag as `update_password` is one.
    if all.len() > 2 && matches!(all[0], "self" | "this" | "cls") {
        all.remove(0);
    }
    // Words that only say which one or in which writing stand at the end: `api_key_prod`, `token_value`, `password2`.
    while all.len() > 1 && all.last().is_some_and(|word| QUALIFIERS.contains(word) || is_number(word)) {
        all.pop();
    }
    let (last, before) = all.split_last()?;
    let has = |word: &str| all.contains(&word);
    let any = |list: &Words| all.iter().any(|word| list.contains(word));
    let before_any = |list: &Words| before.iter().any(|word| list.contains(word));
    let before_is = |list: &[&str]| before.iter().any(|word| list.contains(word));
    if let Some(kind) = hash_kind(&all) {
        return kind;
    }
    if has("public") || has("publishable") || has("pub") || has("anon") {
        return None;
    }
    // `reset_token` and `reset_secret` are what `reset_password` sends out.
    let verb = all.len() > 1 && VERBS.contains(all[0]) && !(all[0] == "reset" && matches!(*last, "token" | "secret"));
    if PASSWORD.contains(last) {
        return (!verb).then_some(if before_is(&["otp", "onetime"]) { KeyKind::Mfa } else { KeyKind::Password });
    }
    if *last == "pass" {
        let owned = before.is_empty() || before_any(&OWNED_PASS);
        return (owned && !verb).then_some(KeyKind::Password);
    }
    if verb && !matches!(*last, "code" | "codes") {
        return None;
    }
    match *last {
        "token" | "jwt" | "bearer" => {
            return (!before_any(&BENIGN_TOKEN)).then_some(KeyKind::Token);
        }
        "tokens" | "jwts" => return before_any(&TOKENS_OF).then_some(KeyKind::Token),
        "secret" | "secrets" => {
            if before_any(&NOT_SECRET) {
                return None;
            }
            return Some(if any(&MFA) { KeyKind::Mfa } else { KeyKind::Secret });
        }
        "credential" | "credentials" | "creds" | "cred" if !has("allow") => return Some(KeyKind::Secret),
        "key" | "keys" | "keypair" => return kind_of_key(before),
        "pin" => return (!before_any(&NOT_PIN)).then_some(KeyKind::Pin),
        "authorization" | "authorisation" => return (before.len() < 2).then_some(KeyKind::Token),
        "cookie" if before.is_empty() || before_is(&["session", "auth", "set", "sess"]) => {
            return Some(KeyKind::Session);
        }
        "seed" if any(&MFA) => return Some(KeyKind::Mfa),
        "code" | "codes" => return kind_of_code(before),
        "number" | "no" | "num" if before_is(&["card", "cc"]) && !before_is(&["business", "id", "library", "sim"]) => {
            return Some(KeyKind::Card);
        }
        "cvv" | "cvc" | "cvv2" | "cvc2" => return Some(KeyKind::Card),
        "pepper" if before_any(&PASSWORD) || before.is_empty() => return Some(KeyKind::Secret),
        "salt" if before_any(&PASSWORD) || has("secret") => return Some(KeyKind::Secret),
        "answer" if has("secret") || has("security") => return Some(KeyKind::Secret),
        "phrase" if before_is(&["seed", "recovery", "mnemonic", "secret"]) => return Some(KeyKind::Secret),
        "pem" if has("private") => return Some(KeyKind::PrivateKey),
        "id" if before_is(&["access"]) && has("key") => return Some(KeyKind::ApiKey),
        "id" if has("secret") && (has("vault") || has("approle")) => return Some(KeyKind::Secret),
        _ => {}
    }
    // `password_admin`, `api_key_openai`, `secret_stripe`: the owner stands behind.
    if ABOUT.contains(last) || verb {
        return None;
    }
    if any(&PASSWORD) {
        return Some(KeyKind::Password);
    }
    if CREDENTIAL_OWNERS.contains(last) || is_vendor(last) {
        return match before.last() {
            Some(&"token") if !before_any(&BENIGN_TOKEN) => Some(KeyKind::Token),
            Some(&"secret") if !before_any(&NOT_SECRET) => Some(KeyKind::Secret),
            Some(&"key") => kind_of_key(&before[..before.len() - 1]),
            _ => None,
        };
    }
    None
}

static MFA: Words = Words::new("mfa totp otp hotp tfa 2fa twofactor factor authenticator");

/// `Some(kind)` if the name speaks of a digest, whose kind may again be none; none if it does not.
fn hash_kind(all: &[&str]) -> Option<Option<KeyKind>> {
    let position = all.iter().position(|word| {
        matches!(
            *word,
            "hash" | "hashed" | "hashes" | "digest" | "bcrypt" | "argon2" | "scrypt" | "sha256" | "md5" | "pbkdf2"
        )
    });
    let index = position?;
    // `hash_key` is DynamoDB's other word for the partition key; `hash_password` is a function that makes one.
    if all[index] == "hash" && index + 1 < all.len() {
        let tail = &all[index + 1..];
        let is_hash_of = tail.iter().any(|word| PASSWORD.contains(word) || *word == "pass");
        return Some((is_hash_of && tail.len() == 1 && index > 0).then_some(KeyKind::PasswordHash));
    }
    if all.last().is_some_and(|word| ABOUT.contains(word) && *word != "hash" && *word != "digest") {
        return Some(None);
    }
    let others = || all.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, word)| *word);
    if others().any(|word| PASSWORD.contains(word) || word == "pass") {
        return Some(Some(KeyKind::PasswordHash));
    }
    let rest: Vec<&str> = others().collect();
    let key = match rest.last() {
        Some(&"key") => kind_of_key(&rest[..rest.len() - 1]).is_some(),
        Some(&("token" | "secret" | "pin")) => !rest.iter().any(|word| BENIGN_TOKEN.contains(word)),
        Some(&("code" | "codes")) => kind_of_code(&rest[..rest.len() - 1]).is_some(),
        _ => false,
    };
    Some(key.then_some(KeyKind::KeyHash))
}

/// Kind of a name that ends in `key`, from the words before it.
fn kind_of_key(before: &[&str]) -> Option<KeyKind> {
    let has = |word: &str| before.contains(&word);
    if has("public") || has("publishable") || has("site") || has("primary") || has("partition") || has("foreign") {
        return None;
    }
    if has("private") || has("priv") {
        return Some(KeyKind::PrivateKey);
    }
    if has("secret") {
        return Some(KeyKind::Secret);
    }
    match before.last() {
        Some(&"session") => return Some(KeyKind::Session),
        Some(&last) if API_OWNERS.contains(last) => return Some(KeyKind::ApiKey),
        Some(&last) if SECRET_KEY_OF.contains(last) => return Some(KeyKind::Secret),
        Some(&last) if is_vendor(last) => return Some(KeyKind::ApiKey),
        _ => {}
    }
    // `api_gateway_key`, `access_control_key`: an owner further in front counts only where it is not another noun's.
    (before.contains(&"api") && before.len() <= 3 && !has("gateway")).then_some(KeyKind::ApiKey)
}

/// Kind of a name that ends in `code`, from the words before it.
fn kind_of_code(before: &[&str]) -> Option<KeyKind> {
    let has = |word: &str| before.contains(&word);
    if before.iter().any(|word| MFA.contains(word)) || has("verification") || has("sms") {
        return Some(KeyKind::Mfa);
    }
    match before.last() {
        Some(&("backup" | "recovery" | "verify")) => Some(KeyKind::Mfa),
        Some(&("reset" | "auth" | "authorization" | "oauth")) => Some(KeyKind::Token),
        Some(&("secret" | "access")) => Some(KeyKind::Secret),
        Some(&"security") if has("card") => Some(KeyKind::Card),
        _ => None,
    }
}

fn is_vendor(word: &str) -> bool {
    VENDORS.contains(word) || vendor(word) == Some(Vendor::Clear)
}

/// Whether these words, nearest first, speak of a key or token that opens nothing: a row's, a page's, a public one.
pub(crate) fn has_benign_key(nearest_first: &[&str]) -> bool {
    nearest_first.iter().take(4).any(|word| BENIGN_KEY.contains(word) || BENIGN_TOKEN.contains(word))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

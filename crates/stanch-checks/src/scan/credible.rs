use stanch_secrets::names::{KeyKind, key_kind};
use stanch_secrets::value::{self, Verdict};

/// The kind of key that a field of an answer holds, by its name and by what stands in it; none for the many fields that
/// only sound like a key.
///
/// An answer is judged with no knowledge of the app, so this errs on the side of silence: a name alone is never
/// enough.
pub(crate) fn key_in_field(name: &str, value: &str) -> Option<KeyKind> {
    let kind = key_kind(name)?;
    (!is_harmless(name) && !is_working_directory(name, value) && is_credible(kind, value)).then_some(kind)
}

/// The variable of every shell whose name is short for a password elsewhere.
fn is_working_directory(name: &str, value: &str) -> bool {
    let named = name.eq_ignore_ascii_case("pwd") || name.eq_ignore_ascii_case("oldpwd");
    named && (value.starts_with('/') || value.get(1..3) == Some(":\\"))
}

/// Whether the value can be a key of that kind, and not a mask, a word, a sentence, a name or a placeholder.
fn is_credible(kind: KeyKind, value: &str) -> bool {
    let value = without_scheme(value.trim());
    let length = value.chars().count();
    if kind == KeyKind::Pin {
        return (4..=8).contains(&length) && value.chars().all(|c| c.is_ascii_digit());
    }
    if !(4..=10_000).contains(&length) || value.contains(char::is_whitespace) && kind != KeyKind::PrivateKey {
        return false;
    }
    if is_masked(value) || is_placeholder(value) || is_locator(value) || key_kind(value).is_some() && !has_digit(value)
    {
        return false;
    }
    let verdict = value::judge(value, true);
    if !matches!(verdict, Verdict::Weak | Verdict::Strong) {
        return false;
    }
    match kind {
        // People choose words for passwords.
        KeyKind::Password => true,
        _ => length >= 8 && (has_digit(value) || length >= 20 || is_mixed(value)),
    }
}

/// `Bearer x` is x.
fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if ["bearer", "basic", "token", "apikey"].contains(&&*scheme.to_ascii_lowercase()) => {
            rest.trim()
        }
        _ => value,
    }
}

/// `****`, `sk_…abcd`, `xxxx-1234`: somebody took care already.
fn is_masked(value: &str) -> bool {
    let stars = |c: char| matches!(c, '*' | '•' | '●' | '·' | '#' | 'x' | 'X' | '-');
    let mut run = 0_u32;
    let mut previous = '\0';
    for character in value.chars() {
        run = if stars(character) && character == previous { run + 1 } else { 1 };
        if run >= 3 && stars(character) && character != '-' {
            return true;
        }
        previous = character;
    }
    value.contains('…') || value.contains("...") || value.chars().all(|c| stars(c) || value.starts_with(c))
}

fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 56] = [
        "string",
        "text",
        "value",
        "none",
        "null",
        "true",
        "false",
        "undefined",
        "required",
        "optional",
        "invalid",
        "valid",
        "incorrect",
        "missing",
        "expired",
        "active",
        "inactive",
        "enabled",
        "disabled",
        "hidden",
        "redacted",
        "masked",
        "encrypted",
        "hashed",
        "removed",
        "filtered",
        "secret",
        "present",
        "absent",
        "configured",
        "unset",
        "set",
        "empty",
        "unknown",
        "default",
        "header",
        "query",
        "cookie",
        "body",
        "plain",
        "strong",
        "weak",
        "medium",
        "bearer",
        "basic",
        "oauth2",
        "oauth",
        "jwt",
        "hs256",
        "rs256",
        "changeme",
        "yes",
        "no",
        "confidential",
        "n/a",
        "test",
    ];
    const PARTS: [&str; 9] = ["your", "example", "placeholder", "redacted", "<", "{{", "${", "%(", "insert"];
    let lower = value.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    WORDS.contains(&bare) || PARTS.iter().any(|part| lower.contains(part))
}

/// An address or a path that says where a key is, not which.
fn is_locator(value: &str) -> bool {
    let url = value.split_once("://").is_some_and(|(_, rest)| !rest.split('/').next().unwrap_or("").contains('@'));
    let word = |part: &str| part.len() < 20 && part.chars().all(|c| !c.is_ascii_uppercase() && !"+=".contains(c));
    let path = value.starts_with('/') && value.split('/').all(word);
    url || path || value.starts_with("arn:") || value.starts_with("#/")
}

/// Names that key words stand in without meaning a key: cursors of pages, forgery guards, public halves.
fn is_harmless(name: &str) -> bool {
    // GPG_KEY is what the images of Python name the public key of a release by.
    const PARTS: [&str; 19] = [
        "gpg_key",
        "next",
        "prev",
        "page",
        "cursor",
        "continuation",
        "csrf",
        "xsrf",
        "public",
        "publishable",
        "idempotency",
        "sync",
        "type",
        "count",
        "limit",
        "expires",
        "nonce",
        "url",
        "hint",
    ];
    let lower = name.to_lowercase();
    PARTS.iter().any(|part| lower.contains(part))
}

fn has_digit(value: &str) -> bool {
    value.chars().any(|c| c.is_ascii_digit())
}

fn is_mixed(value: &str) -> bool {
    let lower = value.chars().filter(char::is_ascii_lowercase).count();
    let upper = value.chars().filter(char::is_ascii_uppercase).count();
    // `camelCase` and `Title` are words; a key turns often.
    lower > 1 && upper > 1 && value.chars().any(|c| !c.is_alphanumeric()) || upper > 3 && lower > 3
}

#[cfg(test)]
mod tests {
    use super::key_in_field;

    #[test]
    fn real_values_count() {
        let cases = [
            ("password", "hunter2"),
            ("api_key", "k3y-91ab22"),
            ("X-Auth-Token", "Bearer 8f14e45fceea167a"),
            ("password_hash", "pbkdf2:sha256:260000$Zy8x$0a1b2c3d"),
            ("pin", "4711"),
            ("client_secret", "aGVsbG8td29ybGQtYWJjZGVm"),
        ];
        for (name, value) in cases {
            assert!(key_in_field(name, value).is_some(), "{name}: {value}");
        }
    }

    #[test]
    fn what_only_sounds_like_a_key_is_silent() {
        let cases = [
            ("token_type", "bearer"),
            ("next_token", "eyJpZCI6IDEyMzQ1Njc4OTB9"),
            ("csrf_token", "IjQ2MDY3ZGQ4YzE5Mjg0"),
            ("password", "********"),
            ("password", "string"),
            ("password", "This field is required."),
            ("api_key", "sk_…9f3a"),
            ("api_key", "xxxxxxxx1234"),
            ("api_key", "YOUR_API_KEY_1"),
            ("api_key", "X-API-Key"),
            ("token", "https://login.invalid/oauth/token1"),
            ("token", "/v1/oauth/token"),
            ("secret", "configured"),
            ("access_token", "invalid"),
            ("public_key", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
            ("pin", "map"),
            ("name", "k3y-91ab22"),
        ];
        for (name, value) in cases {
            assert_eq!(key_in_field(name, value), None, "{name}: {value}");
        }
    }
}

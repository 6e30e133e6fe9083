//! What a value that was given to a key's name is: a key, or one of the many things that stand in for one.

mod language;
mod pairs;
mod placeholder;
mod random;
mod reference;

use placeholder::is_placeholder;

pub use random::{entropy, is_random};
pub(crate) use random::{is_filled, is_row, is_wordy};
use reference::is_reference;

/// What stands where a key could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing, a truth value, a number, a mask, a word such as `required`.
    Nothing,
    /// A pointer to where the key is: `${SECRET}`, `{{ vault }}`, `!Ref`, an ARN, a path; or a sealed key.
    Reference,
    /// Code: a call, a variable, a type.
    Expression,
    /// Meant to be replaced by its reader: `your-api-key`, `xxx`, `<token>`, a vendor's documented example.
    Placeholder,
    /// A key that anyone would guess: `admin`, `changeme`, `s3cr3t`, `dev-secret-key`.
    Weak,
    /// As good as random, or long and mixed enough to be a real key.
    Strong,
}

/// What the value is. `quoted` tells a literal from bare text, which may be code.
#[must_use]
pub fn judge(value: &str, quoted: bool) -> Verdict {
    let value = value.trim();
    if is_nothing(value) {
        return Verdict::Nothing;
    }
    if is_reference(value) {
        return Verdict::Reference;
    }
    if !quoted && is_expression(value) {
        return Verdict::Expression;
    }
    if is_placeholder(value) {
        return Verdict::Placeholder;
    }
    if is_random(value) { Verdict::Strong } else { Verdict::Weak }
}

fn is_nothing(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "",
        "none",
        "null",
        "nil",
        "undefined",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "string",
        "str",
        "text",
        "number",
        "integer",
        "int",
        "bytes",
        "boolean",
        "bool",
        "object",
        "array",
        "any",
        "optional",
        "required",
        "invalid",
        "missing",
        "expired",
        "unknown",
        "empty",
        "ok",
        "valid",
        "incorrect",
        "wrong",
        "failed",
        "error",
        "disabled",
        "enabled",
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "n/a",
        "na",
        "nan",
        "unset",
        "hidden",
        "masked",
        "redacted",
        "anonymous",
        "not",
        "is",
        "was",
        "must",
        "has",
        "for",
        "cannot",
        "aws4-hmac-sha256",
        "bearer",
        "pass",
        "include",
        "new",
        "omit",
        "same-origin",
    ];
    let lower = value.to_ascii_lowercase();
    // No word of the list is longer.
    value.len() <= 16 && WORDS.contains(&lower.as_str())
        || value.bytes().all(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii())
        || (value.starts_with('[') && value.ends_with(']') && value.contains(" #"))
        || lower.contains("****")
        || lower.contains("####")
        || lower.contains("••")
}

/// Bare text that is code: a call, a subscript, a dotted path that starts like one, a type.
fn is_expression(value: &str) -> bool {
    const ROOTS: [&str; 27] = [
        "self.",
        "this.",
        "os.",
        "request.",
        "req.",
        "res.",
        "resp.",
        "response.",
        "config.",
        "settings.",
        "args.",
        "app.",
        "env.",
        "process.",
        "data.",
        "user.",
        "event.",
        "body.",
        "params.",
        "ctx.",
        "context.",
        "session.",
        "options.",
        "opts.",
        "lambda",
        "await ",
        "var.",
    ];
    let head = value.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    let opens = matches!(value.as_bytes().get(head), Some(b'(' | b'['));
    (head > 0 && opens && !value.as_bytes()[0].is_ascii_digit())
        || ROOTS.iter().any(|root| value.starts_with(root))
        || value.ends_with(',') && value.len() == 1
        || matches!(value.as_bytes().first(), Some(b'{' | b'[' | b'(' | b'&' | b'*'))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};

    #[test]
    fn each_verdict() {
        for (verdict, values) in [
            (Verdict::Nothing, &["", "None", "true", "***", "********", "required", "[password #1]", "-"][..]),
            (
                Verdict::Reference,
                &[
                    "${DB_PASSWORD}",
                    "$SECRET",
                    "{{ vault.x }}",
                    "!Ref Secret",
                    "arn:aws:x",
                    "{token}",
                    "%TOKEN%",
                    "%SourcePassword%",
                    "$accountKey",
                    "/run/secrets/db",
                    "ENC[AES256,x]",
                ],
            ),
            (
                Verdict::Placeholder,
                &[
                    "your-api-key",
                    "YOUR_API_KEY",
                    "xxxxxxxx",
                    "<token>",
                    "AKIAIOSFODNN7EXAMPLE",
                    "replace-me",
                    "sk-...",
                    "insert_key_here",
                    "foo",
                    "sk-000000000000000000000000",
                    "&lt;password&gt;",
                ],
            ),
            (
                Verdict::Weak,
                &[
                    "admin",
                    "changeme",
                    "s3cr3t",
                    "dev-secret-key",
                    "root",
                    "ADMAIN",
                    "0",
                    "super-secret-key",
                    "hunter2",
                    "mysecretkey2024",
                ],
            ),
            (
                Verdict::Strong,
                &["nNyLjZ5QUUigq5VT9D7N", "8f14e45fceea167a5a36dedd4bea2543", "p4$$W0rd!x9", "q7Zk-22PxvT_90bnQeRw"],
            ),
        ] {
            for value in values {
                assert_eq!(judge(value, true), verdict, "{value}");
            }
        }
        for code in ["os.environ['X']", "get_token()", "request.json['password']", "self.token", "data[0]"] {
            assert!(judge(code, false) <= Verdict::Expression, "{code}");
        }
    }
}

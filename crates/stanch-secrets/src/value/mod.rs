//! What a value that was given to a key's name is: a key, or one of the many things that stand in for one.

mod language;
mod pairs;
mod random;

use std::sync::LazyLock;

use pairs::Pairs;

pub use random::{entropy, is_random};
pub(crate) use random::{is_filled, is_row, is_wordy};

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
        || lower.contains("••")
}

fn is_reference(value: &str) -> bool {
    const STARTS: &[&str] = &[
        "${",
        "$(",
        "{{",
        "%(",
        "<%",
        "#{",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!ImportValue",
        "!Join",
        "!vault",
        "!secret",
        "arn:",
        "env:",
        "env.",
        "ssm:",
        "vault:",
        "op://",
        "file:",
        "/run/secrets/",
        "/etc/",
        "projects/",
        "ENC[",
        "ENC(",
        "$ANSIBLE_VAULT",
        "secretsmanager:",
        "awssm:",
        "gcpsm:",
        "azurekeyvault:",
        "keyring:",
        "$env:",
        "@Microsoft.KeyVault",
        "sops:",
    ];
    let all = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let value = value.strip_prefix('\\').unwrap_or(value);
    // The quotes of a shell inside those of the file.
    let value = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value);
    STARTS.iter().any(|start| value.starts_with(start))
        || value
            .strip_prefix('$')
            .map(|rest| rest.split(['/', ':', '[']).next().unwrap_or(rest))
            .is_some_and(|rest| all(rest) || rest.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
        || (value.starts_with('{') && value.ends_with('}') && !value.contains('"'))
        // `#DB_PASSWORD#` and the like of deployment tools, and the arguments and loop variables of batch files.
        || value
            .strip_prefix(['#', '@', '%'])
            .map(|rest| rest.trim_end_matches(['#', '@']))
            .is_some_and(|rest| rest.contains('_') && !rest.starts_with('_') && all(rest))
        || value.len() <= 4 && value.starts_with('%') && value.bytes().skip(1).all(|byte| byte != b' ')
        || value
            .strip_prefix('%')
            .and_then(|rest| rest.strip_suffix('%'))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        || (value.contains("${") && value.contains('}'))
        || has_fields(value)
        || ["Optional[", "Union[", "Literal[", "List[", "Dict["].iter().any(|start| value.starts_with(start))
        || value.contains("secrets.")
        || value.contains("process.env")
        || value.contains("os.environ")
}

/// Whether names in braces stand for parts of the value: `{email}/{datestamp}/auto`.
fn has_fields(value: &str) -> bool {
    let mut rest = value;
    let mut fields = 0;
    while let Some((_, inside)) = rest.split_once('{') {
        let Some((name, behind)) = inside.split_once('}') else { return false };
        let word = name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'));
        if !word {
            return false;
        }
        fields += 1;
        rest = behind;
    }
    fields > 1
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

fn is_placeholder(value: &str) -> bool {
    const PARTS: &[&str] = &[
        "your-",
        "your_",
        "your ",
        "yours",
        "yourtoken",
        "yoursecret",
        "yourpassword",
        "yourapi",
        "yourkey",
        "example",
        "placeholder",
        "insert",
        "replace",
        "redacted",
        "xxxx",
        "....",
        "todo",
        "fixme",
        "dummy",
        "sample",
        "<your",
        "put-",
        "put_",
        "paste",
        "enter_",
        "enter-",
        "enter your",
        "goes-here",
        "goes_here",
        "-here",
        "_here",
        " here",
        "fill_",
        "fill-me",
        "from-env",
        "from_env",
        "from-secret",
        "from_secret",
        "load-from",
        "to-be-",
        "to_be_",
        "jbswy3dpehpk3pxp",
        "notreal",
        "not-needed",
        "not_needed",
        "notneeded",
        "not-used",
        "not_used",
        "no-key-",
        "no_key_",
        "not-a-real",
        "not_a_real",
    ];
    static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs::of(PARTS));
    let lower = value.to_ascii_lowercase();
    let first = lower.as_bytes()[0];
    PAIRS.any(&lower, PARTS)
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('[') && value.ends_with(']'))
        || (lower.starts_with("&lt;") && lower.ends_with("&gt;"))
        || (value.len() > 2 && lower.bytes().all(|byte| byte == first))
        || is_half_filled(&lower)
        || value.ends_with("...")
        || lower.starts_with("fake")
        || lower.starts_with("mock")
        || matches!(
            lower.as_str(),
            "xx" | "unused"
                | "ollama"
                | "lm-studio"
                | "no-key"
                | "nokey"
                | "foo"
                | "foo-bar"
                | "foo_bar"
                | "bar"
                | "baz"
                | "foobar"
                | "tbd"
                | "value"
                | "tiger"
                | "my_secret_name"
                | "mock"
                | "test-value"
        )
        || lower.starts_with("my")
            && matches!(lower.as_str(), "my_api_key" | "my-api-key" | "myapikey" | "my_token" | "mytoken")
}

/// Whether zeros or crosses fill half of the value or more: `sk-0000000000000000`.
fn is_half_filled(value: &str) -> bool {
    let longest =
        value.as_bytes().chunk_by(|a, b| a == b && matches!(a, b'0' | b'x')).map(<[u8]>::len).max().unwrap_or(0);
    longest >= 8 && longest * 2 >= value.len()
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

//! What a value that was given to a key's name is: a key, or one of the many things that stand in for one.

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
        "omit",
        "same-origin",
    ];
    let lower = value.to_ascii_lowercase();
    WORDS.contains(&lower.as_str())
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
    STARTS.iter().any(|start| value.starts_with(start))
        || value
            .strip_prefix('$')
            .map(|rest| rest.split(['/', ':', '[']).next().unwrap_or(rest))
            .is_some_and(|rest| all(rest) || rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        || (value.starts_with('{') && value.ends_with('}') && !value.contains('"'))
        || value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(all)
        || (value.contains("${") && value.contains('}'))
        || value.contains("secrets.")
        || value.contains("process.env")
        || value.contains("os.environ")
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
        "to-be-",
        "to_be_",
        "notreal",
        "not-a-real",
        "not_a_real",
    ];
    let lower = value.to_ascii_lowercase();
    let first = lower.as_bytes()[0];
    PARTS.iter().any(|part| lower.contains(part))
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('[') && value.ends_with(']'))
        || (value.len() > 2 && lower.bytes().all(|byte| byte == first))
        || value.ends_with("...")
        || lower.starts_with("fake")
        || lower.starts_with("mock")
        || matches!(
            lower.as_str(),
            "xx" | "foo"
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

/// Whether the value has what generated keys have: length, several classes of characters, little repetition.
#[must_use]
pub fn is_random(value: &str) -> bool {
    if value.len() < 8 || value.contains(' ') {
        return false;
    }
    let has = |class: fn(&u8) -> bool| value.as_bytes().iter().any(class);
    let digit = has(u8::is_ascii_digit);
    let letter = has(u8::is_ascii_alphabetic);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let entropy = entropy(value.as_bytes());
    match value.len() {
        8..16 => {
            digit
                && letter
                && entropy > 2.7
                && (mixed || value.bytes().any(|byte| byte.is_ascii_punctuation()))
                && !is_wordy(value)
        }
        _ => entropy > 3.0 && ((digit && letter) || (mixed && entropy > 3.7)) && !is_wordy(value),
    }
}

/// Whether the letters are words with separators rather than noise: in `dev-secret-key-2024` long runs of one case
/// hold vowels at the rate of language, in a key they do not.
pub(crate) fn is_wordy(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    // Runs of letters, cut at humps too: `DistributionList.NextMarker` is four words, `CreateableAPIResource` three.
    let mut runs: Vec<&[u8]> = Vec::new();
    let mut start = 0;
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    for at in 0..=bytes.len() {
        let letter = bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        let hump = at > start && upper(at) && (lower(at - 1) || upper(at - 1) && lower(at + 1));
        if !letter || hump {
            if at > start {
                runs.push(&bytes[start..at]);
            }
            start = if letter { at } else { at + 1 };
        }
    }
    let lettered: usize = runs.iter().map(|run| run.len()).sum();
    let wordlike = |run: &&&[u8]| {
        let one_case = run[1..].iter().all(u8::is_ascii_lowercase) || run.iter().all(u8::is_ascii_uppercase);
        let vowels = run.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
        run.len() > 3 && one_case && vowels * 6 >= run.len() && vowels * 5 <= run.len() * 4
            || run.len() == 3 && one_case && (1..3).contains(&vowels)
    };
    let words: usize = runs.iter().filter(wordlike).map(|run| run.len()).sum();
    // Acronyms between words are words: `ListHostedZonesByVPCResponse`.
    let longest = runs.iter().filter(wordlike).map(|run| run.len()).max().unwrap_or(0);
    let acronyms: usize = match longest {
        7.. => runs
            .iter()
            .filter(|run| (2..6).contains(&run.len()) && run.iter().all(u8::is_ascii_uppercase))
            .map(|run| run.len())
            .sum(),
        _ => 0,
    };
    let few_digits = digits * 3 <= value.len() || longest > 6 && digits * 2 <= value.len();
    let tenths = if longest > 6 { 6 } else { 7 };
    few_digits && lettered > 0 && (words + acronyms) * 10 >= lettered * tenths
}

/// Shannon entropy of the bytes, in bits a byte.
#[must_use]
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
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

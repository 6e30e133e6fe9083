//! Values that their reader is meant to replace.

use std::sync::LazyLock;

use super::pairs::Pairs;

pub(super) fn is_placeholder(value: &str) -> bool {
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

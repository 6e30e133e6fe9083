//! Names of personal and internal data.

use super::lists::{ABOUT, PRIVATE, PRIVATE_PAIRS};
use super::words;

/// Whether the name speaks of personal or internal data that is no key: e-mail, phone, address, role.
#[must_use]
pub fn is_private(name: &str) -> bool {
    if name.len() > 120 {
        return false;
    }
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if words.len() > 1 && ABOUT.contains(last) && !PRIVATE.contains(last) && !pair_at_end(&words) {
        return false;
    }
    // `age` is a person's only by itself or as `user_age`; `max_age` is a cache's.
    if last == "age" {
        return words.len() == 1 || matches!(words[0].as_str(), "user" | "customer" | "patient" | "member");
    }
    words.iter().any(|word| PRIVATE.contains(word)) || pair_anywhere(&words)
}

fn is_pair(first: &str, second: &str) -> bool {
    PRIVATE_PAIRS.iter().any(|(a, b)| *a == first && *b == second)
}

fn pair_at_end(words: &[String]) -> bool {
    matches!(words, [.., first, second] if is_pair(first, second))
}

fn pair_anywhere(words: &[String]) -> bool {
    words.windows(2).any(|pair| is_pair(&pair[0], &pair[1]))
}

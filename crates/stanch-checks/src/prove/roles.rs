//! Roles that the source names: an app that lets in only people of some role is asked as one of them.

use std::path::Path;

/// Files that are read at most, bytes of each, and roles that are taken.
const FILES: usize = 300;
const BYTES: u64 = 256 * 1024;
const ROLES: usize = 6;

/// Names of attributes that hold a role.
pub(super) const ATTRIBUTES: [&str; 5] = ["role", "user_role", "user_type", "account_type", "userRole"];

/// Texts on lines that speak of roles, in the order of files and lines: `if user["role"] not in ["Editor", "Owner"]`.
pub(super) fn named<'f>(root: &Path, files: impl Iterator<Item = &'f str>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.take(FILES) {
        let path = root.join(file);
        let is_small = path.metadata().is_ok_and(|metadata| metadata.len() <= BYTES);
        let text = if is_small { std::fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        for word in text.lines().filter(|line| line.to_ascii_lowercase().contains("role")).flat_map(literals) {
            if found.len() < ROLES && is_role(word) && !found.iter().any(|known| known == word) {
                found.push(word.to_owned());
            }
        }
    }
    found
}

/// What stands between quotes on a line.
fn literals(line: &str) -> Vec<&str> {
    let code = line.split(" #").next().unwrap_or(line);
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(['"', '\'']) {
        let (quote, inner) = (rest.as_bytes()[start], &rest[start + 1..]);
        let Some(end) = inner.bytes().position(|byte| byte == quote) else { break };
        found.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    found
}

/// A word that may be a role's name, and is not that of an attribute.
fn is_role(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    let lower = word.to_ascii_lowercase();
    (3..=24).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(plain)
        && !lower.contains("role")
        && !matches!(
            lower.as_str(),
            "item" | "items" | "user_id" | "username" | "email" | "name" | "password" | "status"
        )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::named;

    #[test]
    fn roles_are_read_off_lines_that_speak_of_them() {
        let tree = tempfile::tempdir().unwrap();
        let text = "class Roles(Enum):\n    role1 = \"Editor\"\nif item['role'] not in ['Owner', \"Editor\"]: # a role 'no'\nx = 'other'\n";
        std::fs::write(tree.path().join("app.py"), text).unwrap();
        assert_eq!(named(tree.path(), ["app.py", "gone.py"].into_iter()), ["Editor", "Owner"]);
    }
}

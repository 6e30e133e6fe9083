//! A unified diff as SARIF's replacements.

use serde_json::{Value, json};

use super::{Shown, artifact};
use crate::Fix;

/// The fix, none if its diff cannot be read.
pub(super) fn fix(shown: &Shown, fix: &Fix) -> Option<Value> {
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    let mut lines = fix.diff.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("+++ ") {
            changes.push((path.strip_prefix("b/").unwrap_or(path).trim().to_owned(), Vec::new()));
        } else if let Some((start, mut old, mut new)) = line.strip_prefix("@@ -").and_then(header) {
            let (first, removed) = (start, old);
            let mut inserted = String::new();
            while old + new > 0 {
                let line = lines.next()?;
                match line.chars().next() {
                    Some('-') => old = old.checked_sub(1)?,
                    Some('+') => new = new.checked_sub(1)?,
                    Some('\\') => continue,
                    _ => (old, new) = (old.checked_sub(1)?, new.checked_sub(1)?),
                }
                if !line.starts_with('-') {
                    inserted.push_str(line.get(1..).unwrap_or_default());
                    inserted.push('\n');
                }
            }
            // A hunk that removes nothing names the line that it comes after.
            let first = if removed == 0 { first + 1 } else { first };
            let region = json!({"startLine": first, "startColumn": 1, "endLine": first + removed, "endColumn": 1});
            changes.last_mut()?.1.push(json!({"deletedRegion": region, "insertedContent": {"text": inserted}}));
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .filter(|(_, replacements)| !replacements.is_empty())
        .map(|(path, replacements)| json!({"artifactLocation": artifact(shown, &path), "replacements": replacements}))
        .collect();
    (!changes.is_empty()).then(|| json!({"description": {"text": fix.title}, "artifactChanges": changes}))
}

/// `7,2 +7,3 @@` as first old line, old lines, new lines.
fn header(text: &str) -> Option<(u32, u32, u32)> {
    let (old, rest) = text.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let range = |text: &str| match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    let (start, old): (u32, u32) = range(old)?;
    Some((start, old, range(new)?.1))
}

//! Reading a name backwards from its operator.

use std::ops::Range;

/// Longest name that is read, in bytes.
const LONGEST: usize = 80;

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | 0x80..)
}

fn skip_space_back(text: &[u8], mut end: usize) -> usize {
    let floor = end.saturating_sub(LONGEST);
    while end > floor && matches!(text[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    end
}

fn run_back(text: &[u8], end: usize) -> Option<Range<usize>> {
    let floor = end.saturating_sub(LONGEST);
    let mut start = end;
    while start > floor && is_name(text[start - 1]) {
        start -= 1;
    }
    // Dashes and dots at the ends belong to a list mark or a flag, not to the name.
    while start < end && matches!(text[start], b'-' | b'.' | b'$') {
        start += 1;
    }
    (start < end).then_some(start..end)
}

/// The name that ends before `end`: bare, quoted (with any number of backslashes before the quotes) or as a subscript.
pub(super) fn before(text: &[u8], end: usize) -> Option<Range<usize>> {
    let mut end = skip_space_back(text, end);
    if end > 0 && text[end - 1] == b']' {
        end -= 1;
        if end == 0 || !is_quote(text[end - 1]) {
            return None;
        }
    }
    if end > 0 && is_quote(text[end - 1]) {
        return quoted(text, end);
    }
    run_back(text, end)
}

/// The name that is compared before `end`; of `headers.get("X-API-Key")`, what is read.
pub(super) fn compared(text: &[u8], end: usize) -> Option<Range<usize>> {
    let last = skip_space_back(text, end);
    if last < 2 || text[last - 1] != b')' || !is_quote(text[last - 2]) {
        return before(text, end);
    }
    let name = quoted(text, last - 1)?;
    text[..name.start - 1].ends_with(b"get(").then_some(name)
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The quoted name whose closing quote ends at `end`.
fn quoted(text: &[u8], end: usize) -> Option<Range<usize>> {
    let quote = text[end - 1];
    let mut last = end - 1;
    while last > 0 && text[last - 1] == b'\\' {
        last -= 1;
    }
    let floor = last.saturating_sub(LONGEST);
    let mut start = last;
    while start > floor && (is_name(text[start - 1]) || text[start - 1] == b' ') {
        start -= 1;
    }
    (start < last && start > 0 && text[start - 1] == quote).then_some(start..last)
}

/// The name before a type, `SECRET_KEY: str` or `apiKey string`, where the type begins at `start`.
pub(super) fn before_type(text: &[u8], start: usize) -> Option<Range<usize>> {
    let floor = start.saturating_sub(LONGEST);
    let mut at = start;
    while at > floor {
        match text[at - 1] {
            b':' => return run_back(text, skip_space_back(text, at - 1)),
            b' ' | b'\t' | b'&' | b'\'' | b'[' | b'.' | b'<' | b'|' => at -= 1,
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                if at < start && matches!(text[at], b' ' | b'\t') && text[start..].starts_with(b"string") {
                    return run_back(text, at);
                }
                at -= 1;
            }
            _ => return None,
        }
    }
    None
}

/// The name in `<name>` or `<name attribute="…">` that ends with the `>` at `index`.
pub(super) fn element(text: &[u8], index: usize) -> Option<Range<usize>> {
    let name = run_back(text, index)?;
    (name.start > 0 && text[name.start - 1] == b'<').then_some(name)
}

/// The quoted first argument before the comma at `index`, as in `getenv("NAME", …)`.
pub(super) fn first_argument(text: &[u8], index: usize) -> Option<Range<usize>> {
    if index == 0 || !matches!(text[index - 1], b'"' | b'\'') {
        return None;
    }
    let name = quoted(text, index)?;
    let open = skip_space_back(text, name.start - 1);
    let front = &text[open.saturating_sub(60)..open];
    let called = front.last() == Some(&b'(');
    // Gradle's `buildConfigField "String", "NAME", …` has the type first.
    let field = front.last() == Some(&b',')
        && [&b"buildConfigField"[..], b"resValue"].iter().any(|call| memchr::memmem::rfind(front, call).is_some());
    (called || field).then_some(name)
}

/// The name of the flag `--name` whose first dash stands at `index`, or of `-name` with at least six letters, if a
/// blank follows it.
pub(super) fn flag(text: &[u8], index: usize) -> Option<Range<usize>> {
    if index > 0 && !matches!(text[index - 1], b' ' | b'\t' | b'\n' | b'"' | b'\'') {
        return None;
    }
    let double = text.get(index + 1) == Some(&b'-');
    let start = index + if double { 2 } else { 1 };
    let length = text.get(start..)?.iter().take(LONGEST).take_while(|byte| is_name(**byte)).count();
    let least = if double { 1 } else { 6 };
    (length >= least && text.get(start + length) == Some(&b' ')).then(|| start..start + length)
}

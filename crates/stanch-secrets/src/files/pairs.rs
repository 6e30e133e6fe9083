//! Names and values that stand as a pair: `- name: DB_PASSWORD` and `value: …` of container templates, the
//! `<add key="…" value="…"/>` of .NET, `variable "…" { default = "…" }` of Terraform, and the old `ENV NAME value` of
//! Dockerfiles.

use super::FileKind;
use crate::assign::{Assignment, Operator, Quote, read_value};
use crate::names::UserNames;

/// Bytes between a name and its value.
const REACH: usize = 80;

/// Every such pair whose name means a key.
pub(super) fn pairs<'t>(text: &'t [u8], kind: FileKind, names: &'t UserNames) -> impl Iterator<Item = Assignment> + 't {
    let takes = kind.takes_bare() || kind == FileKind::Code || kind == FileKind::Python;
    let named = memchr::memmem::find_iter(if takes { text } else { b"" }, b"ame")
        .filter_map(move |at| named(text, at + 3, names));
    let lines = if kind.takes_bare() { text } else { b"" };
    let settings =
        memchr::memmem::find_iter(lines, b"<add key=").filter_map(move |at| after(text, at + 9, b"value=", names));
    let variables =
        memchr::memmem::find_iter(lines, b"variable ").filter_map(move |at| after(text, at + 9, b"default", names));
    named
        .chain(settings)
        .chain(variables)
        .chain(memchr::memmem::find_iter(lines, b"ENV ").filter_map(move |at| legacy(text, at, names)))
}

/// The pair whose quoted name stands at `at`, and whose value is given to the word `mark` behind it.
fn after(text: &[u8], at: usize, mark: &[u8], names: &UserNames) -> Option<Assignment> {
    matches!(text.get(at), Some(b'"' | b'\'')).then_some(())?;
    let name = word(text, at)?;
    let kind = names.key_kind(std::str::from_utf8(&text[name.clone()]).ok()?)?;
    let window = &text[name.end..text.len().min(name.end + 3 * REACH)];
    let window = &window[..window.iter().position(|byte| matches!(byte, b'}' | b'>')).unwrap_or(window.len())];
    let value = name.end + memchr::memmem::find(window, mark)? + mark.len();
    let from = if mark.ends_with(b"=") { value } else { operator(text, value)? };
    let found = read_value(text, from, Operator::Equals, kind)?;
    (found.quote != Quote::None).then_some(())?;
    Some(Assignment { kind, name, value: found.range, operator: Operator::Equals, quoted: true, template: false })
}

/// The pair whose `name` ends at `end`.
fn named(text: &[u8], end: usize, names: &UserNames) -> Option<Assignment> {
    if !matches!(text.get(end.checked_sub(4)?), Some(b'n' | b'N'))
        || end > 4 && (text[end - 5].is_ascii_alphanumeric() || text[end - 5] == b'_')
    {
        return None;
    }
    let name = word(text, operator(text, end)?)?;
    let kind = names.key_kind(std::str::from_utf8(&text[name.clone()]).ok()?)?;
    let window = &text[name.end..text.len().min(name.end + REACH)];
    let value = memchr::memmem::find(window, b"alue")?;
    // Another name in between has the value.
    if memchr::memmem::find(&window[..value], b"ame").is_some() {
        return None;
    }
    let found = read_value(text, operator(text, name.end + value + 4)?, Operator::Colon, kind)?;
    let quoted = found.quote != Quote::None;
    Some(Assignment { kind, name, value: found.range, operator: Operator::Colon, quoted, template: found.template })
}

fn legacy(text: &[u8], at: usize, names: &UserNames) -> Option<Assignment> {
    if at > 0 && text[at - 1] != b'\n' {
        return None;
    }
    let name = word(text, at + 4)?;
    let kind = names.key_kind(std::str::from_utf8(&text[name.clone()]).ok()?)?;
    (text.get(name.end) == Some(&b' ')).then_some(())?;
    let found = read_value(text, name.end + 1, Operator::Equals, kind)?;
    (text[found.range.start] != b'=').then_some(())?;
    let quoted = found.quote != Quote::None;
    Some(Assignment { kind, name, value: found.range, operator: Operator::Equals, quoted, template: false })
}

/// Behind the `:` or `=` that follows `at`, quotes in between.
fn operator(text: &[u8], at: usize) -> Option<usize> {
    let skip = text[at..].iter().take(8).take_while(|byte| matches!(byte, b'"' | b'\'' | b' ')).count();
    matches!(text.get(at + skip), Some(b':' | b'=')).then_some(at + skip + 1)
}

fn word(text: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let skip = text.get(at..)?.iter().take(8).take_while(|byte| matches!(byte, b'"' | b'\'' | b' ')).count();
    let start = at + skip;
    let length = text[start..]
        .iter()
        .take(80)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        .count();
    (length > 0).then_some(start..start + length)
}

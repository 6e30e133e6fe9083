//! What stands around an assignment: the example, manual, call or section that it belongs to.

use std::ops::Range;

use super::FileKind;
use crate::assign::{Assignment, Operator};

/// Whether the quote before the value ends a literal instead of opening one: the prompt of `input('Password: ')`.
pub(super) fn ends_literal(text: &[u8], found: &Assignment) -> bool {
    if !found.quoted || found.operator != Operator::Colon {
        return false;
    }
    let Some(quote) = found.value.start.checked_sub(1).map(|at| text[at]) else { return false };
    let start = line_start(text, found.name.start);
    let before = &text[start..found.value.start - 1];
    let other = if quote == b'"' { b'\'' } else { b'"' };
    matches!(quote, b'"' | b'\'')
        && !before.contains(&other)
        && !before.contains(&b'\\')
        && memchr::memchr_iter(quote, before).count() % 2 == 1
}

/// Where the line of this place begins, or what is looked at of a line that no person wrote: a bounded number of bytes,
/// since lines without end would be gone through for each key in them.
fn line_start(text: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(4096);
    memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |newline| floor + newline + 1)
}

/// Whether a name is what was taken for the value: `'password' => ['S' => $password]`.
pub(super) fn is_name_itself(behind: &[u8]) -> bool {
    behind.get(1..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"=>"))
}

/// The settings of a test runner: the section `[tool.pytest.ini_options]` of `pyproject.toml`, `[pytest]`.
pub(super) fn in_test_settings(text: &[u8], at: usize) -> bool {
    let name = section(text, at);
    matches!(name, b"pytest" | b"tool:pytest") || name.starts_with(b"tool.pytest")
}

/// Whether the section of an INI or TOML file is one of a test runner: `[testenv]`, `[tox:x]`.
pub(super) fn in_test_section(text: &[u8], at: usize) -> bool {
    let name = section(text, at);
    [&b"pytest"[..], b"testenv", b"tox"].iter().any(|runner| memchr::memmem::find(name, runner).is_some())
}

/// The name of the section of an INI or TOML file, if its header stands not too far above.
fn section(text: &[u8], at: usize) -> &[u8] {
    let window = &text[at.saturating_sub(4096)..at];
    let header = memchr::memmem::rfind(window, b"\n[").map(|header| &window[header + 2..]);
    let first = window.strip_prefix(b"[").filter(|_| window.len() == at);
    let header = header.or(first).unwrap_or_default();
    &header[..memchr::memchr(b']', header).unwrap_or(0)]
}

/// `event = {"login": "m", "password": "1234"}`: what a Lambda function is tried out with, on one line.
pub(super) fn in_event(text: &[u8], at: usize) -> bool {
    let line = text[line_start(text, at)..at].trim_ascii_start();
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let rest = line[name..].trim_ascii_start();
    let given = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
    line[..name].to_ascii_lowercase().ends_with(b"event") && given.is_some_and(|given| given.starts_with(b"{"))
}

/// Whether the assignment stands in a value that is called an example: `create_user_example = {…}`.
pub(super) fn in_example(text: &[u8], at: usize) -> bool {
    const LINES: usize = 60;
    let indent = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = line_start(text, at);
    let mut depth = indent(&text[start..at]);
    let mut end = start;
    for _ in 0..LINES {
        if end == 0 || depth == 0 {
            return false;
        }
        let begin = line_start(text, end - 1);
        let line = &text[begin..end - 1];
        if !line.trim_ascii().is_empty() && indent(line) < depth {
            depth = indent(line);
            let lower = line.to_ascii_lowercase();
            let opens = matches!(lower.trim_ascii_end().last(), Some(b'{' | b'[' | b'('));
            if opens && ["example", "sample"].iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            {
                return true;
            }
        }
        end = begin;
    }
    false
}

/// Whether the name stands in a text that shows what to type: `"export SECRET_KEY='my-secret-key'"`.
pub(super) fn in_instruction(text: &[u8], name: usize, file: FileKind) -> bool {
    if !matches!(file, FileKind::Python | FileKind::Code) {
        return false;
    }
    let before = &text[line_start(text, name)..name];
    let Some(before) = before.strip_suffix(b"export ").or_else(|| before.strip_suffix(b"set ")) else { return false };
    memchr::memchr2(b'"', b'\'', before).is_some()
}

/// Whether the name is a part of an Amazon resource name: `arn:aws:secretsmanager:…:secret:name`.
pub(super) fn in_arn(text: &[u8], name: usize) -> bool {
    let before = &text[name.saturating_sub(80)..name];
    let word = before.iter().rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''));
    before[word.map_or(0, |at| at + 1)..].starts_with(b"arn:")
}

/// Whether the call that this argument belongs to reads a setting, with the second argument as its default, or sets one.
pub(super) fn takes_setting(text: &[u8], name: usize) -> bool {
    let before = &text[name.saturating_sub(48)..name];
    if ["buildConfigField", "resValue"].iter().any(|call| memchr::memmem::rfind(before, call.as_bytes()).is_some()) {
        return true;
    }
    let Some(open) = memchr::memrchr(b'(', before) else { return false };
    let callee = before[..open].trim_ascii_end();
    [
        "environ.get",
        "getenv",
        "environ.setdefault",
        "env",
        "config",
        "env.str",
        "env.get",
        "config.get",
        "config.setdefault",
        "env_var",
        "Env.get",
        "getProperty",
        "setProperty",
        "putenv",
        "setenv",
        "setHeader",
        "addHeader",
        "add_header",
        "set_header",
        "setRequestHeader",
        "Header.Set",
        "Header.Add",
        "headers.set",
        "headers.append",
        "localStorage.setItem",
        "sessionStorage.setItem",
    ]
    .iter()
    .any(|end| callee.ends_with(end.as_bytes()))
}

/// Whether the name at the end is that of a text for people: `EXAMPLES`, `USAGE`, `__doc__`.
fn documents(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let length = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let name = before[before.len() - length..].to_ascii_lowercase();
    [&b"example"[..], b"doc", b"usage", b"help"].iter().any(|word| memchr::memmem::find(&name, word).is_some())
}

/// Texts in triple quotes that are given to no name, or to one of documentation.
pub(super) fn docstrings(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr2(b'"', b'\'', &text[at..]).map(|offset| at + offset) {
        let quote = text[open];
        if !text[open..].starts_with(&[quote; 3]) {
            // A common literal is skipped to its end, at most to the end of its line.
            let rest = &text[open + 1..];
            let end = rest.iter().position(|byte| *byte == quote || *byte == b'\n').unwrap_or(rest.len());
            at = (open + end + 2).min(text.len());
            continue;
        }
        let end = memchr::memmem::find(&text[open + 3..], &[quote; 3]).map_or(text.len(), |length| open + length + 6);
        let before = text[..open].trim_ascii_end();
        let given = before.ends_with(b"=") || before.ends_with(b"(") || before.ends_with(b",");
        if !given || before.strip_suffix(b"=").is_some_and(documents) {
            ranges.push(open..end);
        }
        at = end;
    }
    ranges
}

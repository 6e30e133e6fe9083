//! Values that stand on the lines below their name: `password:` and the value, `"api_keys": [` and the items.

use std::ops::Range;

use super::spans::Span;
use crate::assign::named_before;
use crate::names::{KeyKind, UserNames};
use crate::value::{Verdict, judge};

/// A name of a key whose value has not come to an end with its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    kind: KeyKind,
    /// Brackets that are open.
    depth: usize,
    /// Blanks before the line of the name.
    indent: usize,
    /// Whether the value is a YAML block of any number of lines.
    block: bool,
}

/// Whether the line ends with the name of a key whose value is still to come.
pub(super) fn opens(line: &[u8], names: &UserNames) -> Option<Open> {
    let text = line.trim_ascii_end();
    let indent = text.iter().take_while(|byte| **byte == b' ').count();
    let (head, depth, block) = match text.last()? {
        b':' => (text, 0, false),
        b'{' | b'[' => (text[..text.len() - 1].trim_ascii_end(), 1, false),
        b'|' | b'>' => (text[..text.len() - 1].trim_ascii_end(), 0, true),
        b'-' if text.ends_with(b"|-") || text.ends_with(b">-") => (text[..text.len() - 2].trim_ascii_end(), 0, true),
        _ => return None,
    };
    let colon = head.len().checked_sub(1).filter(|at| head[*at] == b':')?;
    let (kind, name) = named_before(head, colon, names)?;
    // In a line of code (`if token:`) the name does not stand alone; in JSON it is quoted.
    let quoted = matches!(head.get(name.end), Some(b'"' | b'\''));
    let before = head[..name.start].trim_ascii();
    let alone = before.iter().all(|byte| matches!(byte, b'-' | b' ' | b'"' | b'\''));
    (quoted || alone && depth == 0).then_some(Open { kind, depth, indent, block })
}

impl Open {
    /// Adds the parts of the value in the next line; gives what is open behind it.
    pub(super) fn spans(mut self, line: &[u8], spans: &mut Vec<Span>) -> Option<Self> {
        let text = line.trim_ascii();
        let start = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if text.is_empty() {
            return Some(self);
        }
        if self.depth > 0 || matches!(text[0], b'"' | b'\'' | b'{' | b'[') {
            self.depth = leaves(line, 0, self.depth, self.kind, spans);
            return (self.depth > 0).then_some(self);
        }
        let item = text.starts_with(b"- ");
        if start < self.indent || start == self.indent && !item {
            return None;
        }
        let value = start + if item { 2 } else { 0 }..start + text.len();
        let bare = memchr::memmem::find(&line[value.clone()], b": ").is_none() && line[value.end - 1] != b':';
        if bare && shows_key(&line[value.clone()]) {
            let quotes = usize::from(matches!(line[value.start], b'"' | b'\'') && value.len() > 2);
            spans.push(Span::new(self.kind.as_str(), value.start + quotes..value.end - quotes));
        }
        (self.block || item).then_some(self)
    }
}

/// Adds the texts and numbers of a JSON value from `start` on, names left out; gives the brackets that stay open.
pub(super) fn leaves(text: &[u8], start: usize, mut depth: usize, kind: KeyKind, spans: &mut Vec<Span>) -> usize {
    let began = depth;
    let mut at = start;
    while at < text.len() {
        match text[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return 0;
                }
            }
            b'"' => {
                let end = string_end(text, at + 1);
                let after = text[end..].iter().skip(1).find(|byte| !byte.is_ascii_whitespace() && **byte != b'\\');
                if after != Some(&b':') && shows_key(&text[at + 1..end]) {
                    spans.push(Span::new(kind.as_str(), at + 1..end));
                }
                at = end;
                if depth == 0 && began == 0 {
                    return 0;
                }
            }
            b'0'..=b'9' => {
                let number = number(text, at);
                if number.len() > 2 {
                    let quote = "\"".to_owned();
                    spans.push(Span { quote, ..Span::new(kind.as_str(), number.clone()) });
                }
                at = number.end - 1;
            }
            b'\n' => return depth,
            _ => {}
        }
        at += 1;
    }
    depth
}

fn number(text: &[u8], start: usize) -> Range<usize> {
    let length = text[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    start..start + length.max(1)
}

/// Where the text that begins at `start` ends: at the next quote, behind any backslashes of a text inside a text.
fn string_end(text: &[u8], start: usize) -> usize {
    let quote = text[start..].iter().position(|byte| matches!(byte, b'"' | b'\n')).map_or(text.len(), |at| start + at);
    quote - text[start..quote].iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// Words with blanks between them describe; the rest is taken for a key unless it stands in for one.
fn shows_key(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else { return true };
    match judge(value.trim_matches(['"', '\'']), true) {
        Verdict::Strong => true,
        Verdict::Weak => !value.contains(' '),
        _ => false,
    }
}

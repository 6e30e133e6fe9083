//! Reading a value forwards from its operator.

use std::ops::Range;

use super::Operator;
use crate::names::KeyKind;

/// Longest value that is read, in bytes; what is longer is no key.
const LONGEST: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    None,
    Plain,
}

pub(crate) struct Value {
    pub(crate) range: Range<usize>,
    pub(crate) quote: Quote,
    pub(crate) template: bool,
}

/// The value behind an operator that ends at `from`; none if the line ends first.
pub(crate) fn read_value(text: &[u8], from: usize, operator: Operator, kind: KeyKind) -> Option<Value> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(b'\n');
    let mut at = from;
    if operator == Operator::Element {
        return plain(element(text, at));
    }
    while matches!(byte(at), b' ' | b'\t') {
        at += 1;
    }
    let bracketed = byte(at) == b'(';
    while matches!(byte(at), b'(' | b'[') {
        at += 1;
        while matches!(byte(at), b' ' | b'\t') {
            at += 1;
        }
    }
    at += typed(&text[at.min(text.len())..]);
    // Python, Rust and JavaScript put letters in front of a literal.
    let prefix = text[at.min(text.len())..].iter().take(2).take_while(|byte| b"rRbBuUfF".contains(byte)).count();
    let opening = at + prefix;
    let slashes = text[opening.min(text.len())..].iter().take(8).take_while(|byte| **byte == b'\\').count();
    let quote = byte(opening + slashes);
    if matches!(quote, b'"' | b'\'' | b'`') && (slashes == 0 || prefix == 0) {
        let template = quote == b'`' || text[at..opening].iter().any(|byte| matches!(byte, b'f' | b'F'));
        let range = quoted(text, opening + slashes, quote, slashes)?;
        let range = scheme(text, range, kind);
        return (!range.is_empty()).then_some(Value { range, quote: Quote::Plain, template });
    }
    // A bare text in brackets is an expression: `pwd = (char *) p`.
    if operator == Operator::Comma || bracketed {
        return None;
    }
    let rest_of_line = matches!(kind, KeyKind::Session) && operator == Operator::Colon;
    let limit = (at + LONGEST).min(text.len());
    let line_end = at + memchr::memchr2(b'\n', b'\r', &text[at..limit]).unwrap_or(limit - at);
    if rest_of_line {
        let end = at + text[at..line_end].iter().position(|byte| matches!(byte, b'"' | b'\'')).unwrap_or(line_end - at);
        return plain(trim(text, at..end));
    }
    let start = scheme(text, at..line_end, kind).start;
    plain(start..bare_end(text, start, line_end))
}

/// The text of an element that opens before `from`, on its line or the next; of `{scope value}`, as servers store
/// sealed values, the last part.
fn element(text: &[u8], from: usize) -> Range<usize> {
    let blank = text[from..].iter().take(80).take_while(|byte| byte.is_ascii_whitespace()).count();
    let lines = memchr::memchr_iter(b'\n', &text[from..from + blank]).count();
    let start = from + if lines < 2 { blank } else { 0 };
    let end = start + memchr::memchr2(b'<', b'\n', &text[start..]).unwrap_or(text.len() - start);
    let range = trim(text, start..end);
    let value = &text[range.clone()];
    if value.len() > 2 && value[0] == b'{' && value[value.len() - 1] == b'}' && value[1] != b'{' {
        let inner = range.start + 1..range.end - 1;
        let last = text[inner.clone()].iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
        return inner.start + last..inner.end;
    }
    range
}

/// Length of what stands before the value in DynamoDB's typed form, `{"S": "value"}`, at any depth of escaping.
fn typed(text: &[u8]) -> usize {
    let blank = |at: usize| text[at.min(text.len())..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let quote = |at: usize| {
        let slashes = text[at.min(text.len())..].iter().take(8).take_while(|byte| **byte == b'\\').count();
        matches!(text.get(at + slashes), Some(b'"' | b'\'')).then_some(at + slashes + 1)
    };
    let end = || {
        let at = (text.first() == Some(&b'{')).then(|| 1 + blank(1))?;
        let name = quote(at)?;
        let length = text[name..].iter().take(2).take_while(|byte| matches!(byte, b'S' | b'N' | b'B')).count();
        let at = quote(name + length).filter(|_| length > 0)?;
        let at = at + blank(at);
        let at = (text.get(at) == Some(&b':')).then(|| at + 1 + blank(at + 1))?;
        let open = usize::from(text.get(at) == Some(&b'['));
        Some(at + open + if open > 0 { blank(at + 1) } else { 0 })
    };
    end().unwrap_or(0)
}

fn plain(range: Range<usize>) -> Option<Value> {
    (!range.is_empty()).then_some(Value { range, quote: Quote::None, template: false })
}

fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + text[range.clone()].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let end = range.end - text[start..range.end].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    start..end
}

/// The inside of the literal that opens at `open`; it closes with the same quote behind the same number of
/// backslashes, or with the line.
fn quoted(text: &[u8], open: usize, quote: u8, slashes: usize) -> Option<Range<usize>> {
    let limit = text.len().min(open + LONGEST);
    let triple = slashes == 0 && text[open..].starts_with(&[quote; 3]);
    let start = open + if triple { 3 } else { 1 };
    if triple {
        let end = memchr::memmem::find(text.get(start..limit)?, &[quote; 3]).map_or(limit, |length| start + length);
        return Some(start..end);
    }
    let mut run = 0;
    for (at, byte) in text.iter().enumerate().take(limit).skip(start) {
        match *byte {
            b'\\' => run += 1,
            b'\n' => return Some(start..at - run.min(at - start)),
            byte if byte == quote && run <= slashes && (slashes > 0 || run == 0) => return Some(start..at - run),
            // An even number of backslashes escapes itself, not the quote.
            byte if byte == quote && slashes == 0 && run % 2 == 0 => return Some(start..at),
            _ => run = 0,
        }
    }
    Some(start..limit)
}

/// Skips the scheme of an authentication header: `Bearer abc` is `abc`.
fn scheme(text: &[u8], range: Range<usize>, kind: KeyKind) -> Range<usize> {
    if kind == KeyKind::Token {
        for scheme in ["bearer ", "basic ", "token ", "apikey ", "negotiate ", "digest "] {
            let value = &text[range.clone()];
            if value.len() > scheme.len() && value[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes()) {
                return range.start + scheme.len()..range.end;
            }
        }
    }
    range
}

/// End of a bare value: a blank, a quote, what ends a URL parameter; a comma or bracket only if nothing of the value
/// can follow it.
fn bare_end(text: &[u8], start: usize, limit: usize) -> usize {
    for at in start..limit {
        match text[at] {
            byte if byte.is_ascii_whitespace() => return at,
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'&' => return at,
            b'\\' if matches!(text.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\')) => return at,
            b',' | b';' | b')' | b']' | b'}' | b'|' if ends_here(&text[at + 1..limit]) => return at,
            _ => {}
        }
    }
    limit
}

fn ends_here(rest: &[u8]) -> bool {
    let Some(first) = rest.first() else { return true };
    if first.is_ascii_whitespace()
        || matches!(first, b'"' | b'\'' | b',' | b';' | b')' | b']' | b'}' | b'\\' | b'|' | b'.' | b':' | b'[' | b'(')
    {
        return true;
    }
    let name = rest
        .iter()
        .take(60)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    name > 0 && matches!(rest.get(name), Some(b'=' | b':'))
}

//! Where the keys stand in a piece of text.

use std::borrow::Cow;
use std::ops::Range;

use super::RedactOptions;
use super::open::leaves;
use crate::Masks;
use crate::assign::{Assignment, Operator, Quote, assignments, read_value};
use crate::names::KeyKind;
use crate::patterns::{decode, resolve};
use crate::value::{Verdict, judge};

/// A stretch of text that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is, for the label.
    pub kind: Cow<'static, str>,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What the label is quoted with, so that JSON stays JSON where a bare number was.
    pub quote: String,
}

impl Span {
    pub(super) fn new(kind: impl Into<Cow<'static, str>>, range: Range<usize>) -> Self {
        Self { kind: kind.into(), range, quote: String::new() }
    }

    /// What stands in place of the value.
    pub(super) fn label(&self, masks: &mut Masks, value: &str) -> String {
        let label = masks.label(&self.kind, value);
        if self.quote.is_empty() { label } else { format!("{0}{label}{0}", self.quote) }
    }
}

/// The keys in the text, in order, none overlapping another.
#[must_use]
pub fn spans(text: &[u8], options: &RedactOptions<'_>) -> Vec<Span> {
    let mut names: Vec<Span> = Vec::new();
    let mut found = options.detector.map_or_else(Vec::new, |detector| detector.plain(text));
    if options.by_name {
        named(text, options, &mut names);
    }
    decode::through(text, &mut |inner, outer| {
        if let Some(detector) = options.detector {
            found.extend(detector.inside(inner, outer));
        }
        if options.by_name {
            let mut inside = Vec::new();
            named(inner, options, &mut inside);
            names.extend(inside.into_iter().map(|span| Span::new(span.kind, outer(&span.range))));
        }
    });
    let formats = resolve(found).into_iter().map(|found| Span::new(found.kind, found.range));
    let mut spans: Vec<Span> = formats.collect();
    spans.extend(options.known.find(text).into_iter().map(|hit| Span::new("known-key", hit.range)));
    spans.append(&mut names);
    spans.retain(|span| !options.names.is_harmless_value(&text[span.range.clone()]) || span.kind == "known-key");
    spans.retain(|span| !in_label(text, span.range.start));
    merge(spans)
}

/// Adds the values that are given to names of keys.
fn named(text: &[u8], options: &RedactOptions<'_>, spans: &mut Vec<Span>) {
    for found in assignments(text, &options.names) {
        if text[found.value.start] == b'{' && matches!(text.get(found.name.end), Some(b'"' | b'\\')) {
            leaves(text, found.value.start, 0, found.kind, spans);
            continue;
        }
        if is_shown(text, &found) || in_label(text, found.value.start) {
            continue;
        }
        let end = found.value.end;
        let quote = if found.quoted { String::new() } else { quote_of_name(text, &found) };
        spans.push(Span { kind: found.kind.as_str().into(), range: found.value.clone(), quote });
        if found.quoted {
            list(text, found.value.start, end, found.kind, spans);
        }
    }
}

/// Whether a label of an earlier redaction covers this place: `[api-key #3]`.
fn in_label(text: &[u8], at: usize) -> bool {
    let floor = at.saturating_sub(60);
    let Some(open) = memchr::memrchr(b'[', &text[floor..text.len().min(at + 1)]).map(|open| floor + open) else {
        return false;
    };
    let rest = &text[open + 1..text.len().min(open + 80)];
    let kind =
        rest.iter().take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-').count();
    let Some(number) = rest[kind..].strip_prefix(b" #").filter(|_| kind > 0) else { return false };
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && number.get(digits) == Some(&b']') && at < open + kind + digits + 4
}

/// Whether the value may stay: it is nothing, a placeholder, a reference, code.
fn is_shown(text: &[u8], found: &Assignment) -> bool {
    let Ok(value) = std::str::from_utf8(&text[found.value.clone()]) else { return false };
    let name = &text[found.name.clone()];
    // `token=token` hands a variable on; so does `x = password` in code, which no bare word can be told from.
    let same = !found.quoted && value.as_bytes().eq_ignore_ascii_case(name);
    let spaced = found.operator == Operator::Equals && text.get(found.name.end) == Some(&b' ');
    let code =
        !found.quoted && spaced && value.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
    same || code || !matches!(judge(value, found.quoted), Verdict::Weak | Verdict::Strong)
}

/// The quote, with the backslashes before it, that closes the name of a bare value: then the text is JSON.
fn quote_of_name(text: &[u8], found: &Assignment) -> String {
    if found.operator != Operator::Colon {
        return String::new();
    }
    let slashes = text[found.name.end..].iter().take_while(|byte| **byte == b'\\').count();
    match text.get(found.name.end + slashes) {
        Some(b'"') => format!("{}\"", "\\".repeat(slashes)),
        _ => String::new(),
    }
}

/// The other values of a list whose first is a key: `"api_keys": ["…", "…"]`.
fn list(text: &[u8], start: usize, mut end: usize, kind: KeyKind, spans: &mut Vec<Span>) {
    let opening = text[..start].iter().rposition(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    if opening.is_none_or(|at| text[at] != b'[') {
        return;
    }
    for _ in 0..10_000 {
        let close = text[end..].iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ')).count();
        if text.get(end + close) != Some(&b',') {
            return;
        }
        let Some(next) =
            read_value(text, end + close + 1, Operator::Colon, kind).filter(|next| next.quote != Quote::None)
        else {
            return;
        };
        end = next.range.end;
        spans.push(Span::new(kind.as_str(), next.range));
    }
}

/// Joins overlapping spans. The first by position names the whole; of two at one place the longer.
pub(super) fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.range.is_empty());
    spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.range.start < last.range.end => last.range.end = last.range.end.max(span.range.end),
            _ => merged.push(span),
        }
    }
    merged
}

//! Where the keys stand in a piece of text.

use std::borrow::Cow;
use std::ops::Range;

use crate::Detector;
use crate::assign::{Operator, assignments};
use crate::names::UserNames;
use crate::value::{Verdict, judge};

/// A stretch of text that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is, for the label.
    pub kind: Cow<'static, str>,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// The keys in the text by vendor format and by name, in order, none overlapping another.
#[must_use]
pub fn spans(text: &[u8]) -> Vec<Span> {
    let names = UserNames::default();
    let mut spans: Vec<Span> =
        Detector::shared().find(text).map(|found| Span { kind: found.kind.into(), range: found.range }).collect();
    for found in assignments(text, &names) {
        let Ok(value) = std::str::from_utf8(&text[found.value.clone()]) else {
            spans.push(Span { kind: found.kind.as_str().into(), range: found.value });
            continue;
        };
        let name = &text[found.name.clone()];
        // `token=token` hands a variable on; so does `x = password` in code, which no bare word can be told from.
        let same = !found.quoted && value.as_bytes().eq_ignore_ascii_case(name);
        let spaced = found.operator == Operator::Equals && text.get(found.name.end) == Some(&b' ');
        let code = !found.quoted
            && spaced
            && value.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
        if !same && !code && matches!(judge(value, found.quoted), Verdict::Weak | Verdict::Strong) {
            spans.push(Span { kind: found.kind.as_str().into(), range: found.value });
        }
    }
    merge(spans)
}

/// Joins overlapping spans; the kind of the first by position, and of two at one place of the first in the list, stays.
pub(crate) fn merge(mut spans: Vec<Span>) -> Vec<Span> {
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

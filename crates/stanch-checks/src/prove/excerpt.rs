//! Excerpts of what came out, every key in them masked.

use std::ops::Range;

use stanch_live::canary::{CanaryBook, CanaryClass, CanaryHit, CanaryPlace};
use stanch_secrets::{Masks, names};

/// A stretch of a text that must not be shown, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) range: Range<usize>,
    pub(super) label: String,
}

/// Bytes shown on either side.
const CONTEXT: usize = 60;

/// A line of text around a stretch, all covers laid over it.
pub(super) fn excerpt(text: &[u8], shown: &Range<usize>, covers: &[Cover]) -> String {
    let start = shown.start.saturating_sub(CONTEXT);
    let end = (shown.end + CONTEXT).min(text.len());
    let mut covers: Vec<&Cover> =
        covers.iter().filter(|cover| cover.range.start < end && cover.range.end > start).collect();
    covers.sort_by_key(|cover| (cover.range.start, std::cmp::Reverse(cover.range.end)));
    let mut line = String::new();
    let mut at = covers.first().map_or(start, |cover| start.min(cover.range.start));
    for cover in covers {
        if cover.range.start < at {
            // A second form of the same value over the same bytes.
            at = at.max(cover.range.end);
            continue;
        }
        line.push_str(&String::from_utf8_lossy(&text[at..cover.range.start]));
        line.push_str(&cover.label);
        at = cover.range.end;
    }
    if at < end {
        line.push_str(&String::from_utf8_lossy(&text[at..end]));
    }
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = super::scrub::scrub(&line);
    // A time that the excerpt begins in the midst of.
    let cut = start > 0 && line.starts_with(|c: char| c.is_ascii_digit());
    let line = if cut { line.trim_start_matches(|c: char| c.is_ascii_digit() || " :,.-/]".contains(c)) } else { &line };
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{before}{line}{after}")
}

/// The whole text with every canary in it covered.
pub(super) fn hidden(text: &str, book: &CanaryBook, masks: &mut Masks) -> String {
    let mut covers = covers(&book.search(text.as_bytes()), masks);
    covers.sort_by_key(|cover| (cover.range.start, std::cmp::Reverse(cover.range.end)));
    let (mut out, mut at) = (String::new(), 0);
    for cover in covers.iter().filter(|cover| text.is_char_boundary(cover.range.end)) {
        if let Some(before) = text.get(at..cover.range.start) {
            out.push_str(before);
            out.push_str(&cover.label);
            at = cover.range.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Covers for canaries.
pub(super) fn covers(hits: &[CanaryHit], masks: &mut Masks) -> Vec<Cover> {
    hits.iter().map(|hit| Cover { range: hit.range.clone(), label: label(hit, masks) }).collect()
}

fn label(hit: &CanaryHit, masks: &mut Masks) -> String {
    let (name, identity) = match &hit.place {
        CanaryPlace::Attribute { table, item, attribute } => (attribute, format!("{table}\n{item}\n{attribute}")),
        CanaryPlace::Environment { name } => (name, name.clone()),
    };
    let kind = match hit.class {
        CanaryClass::Secret => names::key_kind(name).map_or("secret", names::KeyKind::as_str),
        CanaryClass::Ordinary => names::key_kind(name).map_or("value", names::KeyKind::as_str),
        CanaryClass::Foreign => "unknown-attribute",
    };
    masks.label(kind, &identity)
}

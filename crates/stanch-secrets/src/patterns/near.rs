//! Keys that are recognised by what stands beside them: the secret of an access key id.

use super::Match;
use super::rule::{Rule, begins};

/// Bytes on either side of the first key in which its partner is looked for.
const REACH: usize = 240;

/// Adds the partners of what was found.
pub(super) fn pairs(rules: &[Rule], text: &[u8], found: &mut Vec<Match>) {
    if found.is_empty() {
        return;
    }
    for rule in rules {
        let Some(partner) = rule.near else { continue };
        let places: Vec<usize> =
            found.iter().filter(|hit| hit.kind == partner).map(|hit| hit.range.start).take(256).collect();
        let mut done = 0;
        for place in places {
            let start = place.saturating_sub(REACH).max(done);
            let end = text.len().min(place + REACH);
            // A window must not begin inside a word.
            let start = (start..end).find(|at| begins(text, *at)).unwrap_or(end);
            let before = found.len();
            rule.search(text, start..end, found);
            let mut index = before;
            while index < found.len() {
                let range = found[index].range.clone();
                if found[..before].iter().any(|other| other.range.start < range.end && range.start < other.range.end) {
                    found.remove(index);
                } else {
                    index += 1;
                }
            }
            done = end;
        }
    }
}

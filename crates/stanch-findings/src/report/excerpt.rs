//! Source lines that a report may show.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::masking::Masking;
use crate::{Finding, Place};

/// Lines of context on each side of a place.
const CONTEXT: u32 = 2;
/// Longest line that is shown, in bytes; the rest of a minified file's line says nothing.
const LONGEST: usize = 2_000;

/// The lines around every place of a report, with keys masked. No other line of the user's source is kept.
pub(super) struct Excerpts(BTreeMap<String, BTreeMap<u32, Line>>);

/// One line and how the columns of the file map to it.
pub(super) struct Line {
    /// The text that may be shown.
    pub(super) text: String,
    /// Bytes of the original that were replaced, and the length of what stands there now.
    edits: Vec<(Range<usize>, usize)>,
    original_columns: Vec<usize>,
}

impl Excerpts {
    /// Reads each file that a finding names once. `read` gives a file's text by its path relative to the project.
    pub(super) fn new(findings: &[Finding], read: &dyn Fn(&str) -> Option<String>, masking: &mut Masking) -> Self {
        let mut wanted: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (path, line) in findings.iter().flat_map(lines_of) {
            wanted.entry(path).or_default().extend(line.saturating_sub(CONTEXT).max(1)..=line.saturating_add(CONTEXT));
        }
        let files = wanted.into_iter().filter_map(|(path, lines)| {
            let text = read(path)?;
            Some((path.to_owned(), excerpt(&text, &lines, masking)))
        });
        Self(files.collect())
    }

    /// The line, if it may be shown.
    pub(super) fn line(&self, path: &str, line: u32) -> Option<&Line> {
        self.0.get(path)?.get(&line)
    }

    /// The lines from first to last as one text with their byte offsets; a line that may not be shown is empty.
    pub(super) fn text(&self, path: &str, lines: Range<u32>) -> Option<(String, BTreeMap<u32, usize>)> {
        let file = self.0.get(path)?;
        let mut text = String::new();
        let mut offsets = BTreeMap::new();
        for number in lines {
            offsets.insert(number, text.len());
            text.push_str(file.get(&number).map_or("", |line| line.text.as_str()));
            text.push('\n');
        }
        Some((text, offsets))
    }
}

impl Line {
    /// Byte offset in the shown text of a column of the file (code points from 1).
    pub(super) fn offset(&self, column: u32) -> usize {
        let index = column.saturating_sub(1) as usize;
        let original = self.original_columns.get(index).or(self.original_columns.last()).copied().unwrap_or(0);
        let mut shown = original;
        for (range, length) in &self.edits {
            if original >= range.end {
                shown = shown + length - range.len();
            } else if original > range.start {
                shown = shown - (original - range.start) + length;
            }
        }
        let mut shown = shown.min(self.text.len());
        while !self.text.is_char_boundary(shown) {
            shown -= 1;
        }
        shown
    }
}

fn lines_of(finding: &Finding) -> impl Iterator<Item = (&str, u32)> {
    let places = finding.places.iter().filter_map(|place| match place {
        Place::Source(place) | Place::Log { source: Some(place), .. } => Some((place.path.as_str(), place.line)),
        Place::Resource { path, line, .. } => Some((path.as_str(), *line)),
        Place::Endpoint { .. } | Place::Log { source: None, .. } | Place::Attribute { .. } | Place::History { .. } => {
            None
        }
    });
    places.chain(finding.flow.iter().map(|step| (step.place.path.as_str(), step.place.line)))
}

/// The wanted lines of a file with keys masked.
pub(super) fn excerpt(text: &str, lines: &BTreeSet<u32>, masking: &mut Masking) -> BTreeMap<u32, Line> {
    // The whole file is searched, since a private key or a long string begins lines above the one that is shown.
    let found = masking.find(text);
    let mut excerpt = BTreeMap::new();
    let mut start = 0;
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let whole = start..start + line.len();
        start = whole.end;
        if !lines.contains(&number) {
            continue;
        }
        let line = line.trim_end_matches(['\n', '\r']);
        let mut shown = Line { text: String::new(), edits: Vec::new(), original_columns: Vec::new() };
        let mut end = 0;
        let first = found.partition_point(|key| key.range.end <= whole.start);
        for key in found[first..].iter().take_while(|key| key.range.start < whole.start + line.len()) {
            let from = key.range.start.max(whole.start) - whole.start;
            let to = (key.range.end.min(whole.start + line.len())) - whole.start;
            let label = masking.label(key, text);
            shown.text.push_str(&line[end..from]);
            shown.text.push_str(&label);
            shown.edits.push((from..to, label.len()));
            end = to;
        }
        shown.text.push_str(&line[end..]);
        shown.original_columns = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
        if shown.text.len() > LONGEST {
            let cut = (0..=LONGEST).rev().find(|at| shown.text.is_char_boundary(*at)).unwrap_or(0);
            shown.text.truncate(cut);
        }
        excerpt.insert(number, shown);
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::excerpt;
    use crate::report::masking::Masking;

    #[test]
    fn columns_follow_the_text_past_a_masked_key() {
        let text = "x = 1\ncall(api_key=\"hünter2\", item)\n";
        let lines = excerpt(text, &BTreeSet::from([2]), &mut Masking::new());
        let line = &lines[&2];
        assert_eq!(line.text, "call(api_key=\"[api-key #1]\", item)");
        assert_eq!(&line.text[line.offset(25)..line.offset(29)], "item");
        assert_eq!(line.offset(9999), line.text.len());
        assert!(!lines.contains_key(&1));
    }
}

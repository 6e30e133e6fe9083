//! What an imported rule lets pass.

use std::ops::Range;

use regex_automata::meta::Regex;

/// Which text an expression of an allow list is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Key,
    /// All that the rule's expression matched.
    Match,
    Line,
}

/// One allow list: any of its expressions or words lets a match pass, or only all of them together.
#[derive(Debug)]
pub(super) struct Allow {
    pub(super) target: Target,
    pub(super) regexes: Vec<Regex>,
    /// In lower case; they count anywhere in the key.
    pub(super) words: Vec<String>,
    /// Whether an expression and a word have to agree.
    pub(super) both: bool,
}

impl Allow {
    pub(super) fn lets_pass(&self, text: &[u8], whole: &Range<usize>, key: &Range<usize>) -> bool {
        let held = match self.target {
            Target::Key => &text[key.clone()],
            Target::Match => &text[whole.clone()],
            Target::Line => line(text, whole),
        };
        let matches = self.regexes.iter().any(|regex| regex.is_match(held));
        let says = || {
            let lower = text[key.clone()].to_ascii_lowercase();
            self.words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        };
        if self.both { matches && says() } else { matches || says() }
    }
}

/// The lines of a match, at most 4 KiB on either side.
fn line<'t>(text: &'t [u8], whole: &Range<usize>) -> &'t [u8] {
    let floor = whole.start.saturating_sub(4096);
    let start = memchr::memrchr(b'\n', &text[floor..whole.start]).map_or(floor, |at| floor + at + 1);
    let ceiling = text.len().min(whole.end + 4096);
    let end = memchr::memchr(b'\n', &text[whole.end..ceiling]).map_or(ceiling, |at| whole.end + at);
    &text[start..end]
}

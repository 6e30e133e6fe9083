//! Keys that lie in files: source, configuration, templates, notebooks.

mod arguments;
mod around;
mod judge;
mod kind;
mod login;
mod pairs;

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use crate::assign::assignments;
use crate::names::UserNames;
use crate::value::{Verdict, judge as judge_value};
use crate::{Confidence, Detector};
pub use kind::FileKind;

/// A key found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSecret {
    /// Id of the vendor's pattern, or the kind of key that the name means: `aws-access-key-id`, `password`.
    pub kind: Cow<'static, str>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Byte range of the key in the file.
    pub range: Range<usize>,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Column of its first character in code points, from 1.
    pub column: u32,
    /// The name it is given to, as written; none for a key that stands by itself.
    pub name: Option<String>,
    /// Whether the value is one that anyone would guess (`admin`, `dev-secret-key`): a defect, though no loss.
    pub weak: bool,
    /// Whether it stands in a comment.
    pub commented: bool,
}

/// Files longer than this are looked at up to here: no source is, and time stays bounded.
const LONGEST: usize = 64 << 20;

/// The keys in a file, in order of their places. `path` decides what is looked for: bare values count in
/// configuration only, hashes in lock files never, test fixtures and documentation must look real.
#[must_use]
pub fn scan_file(path: &str, bytes: &[u8]) -> Vec<FileSecret> {
    scan_file_with(path, bytes, Detector::shared(), &UserNames::default())
}

/// As [`scan_file`], with the user's own rules and names.
#[must_use]
pub fn scan_file_with(path: &str, bytes: &[u8], detector: &Detector, names: &UserNames) -> Vec<FileSecret> {
    let kind = FileKind::of(path, bytes);
    let text = &bytes[..bytes.len().min(LONGEST)];
    if kind == FileKind::Binary {
        return Vec::new();
    }
    let places = Places::new(text);
    let mut found: Vec<FileSecret> = Vec::new();
    let docstrings = if kind == FileKind::Python { around::docstrings(text) } else { Vec::new() };
    let prose = |at: usize| {
        let behind = docstrings.partition_point(|range| range.start <= at);
        behind > 0 && docstrings[behind - 1].contains(&at)
    };
    for hit in detector.find_decoded(text) {
        let commented = kind.is_comment(text, places.line_start(hit.range.start), hit.range.start);
        // What a comment explains is a made-up URL, a digest or the first line of a private key; a key that was commented
        // out is one still.
        let digest = hit.kind.starts_with("password-hash");
        let documented = kind == FileKind::Code && FileKind::is_documentation(text, places.line_start(hit.range.start));
        let explained = documented
            || commented
                && (digest || hit.kind == "private-key" || hit.kind == "url-password" && kind != FileKind::Config);
        let opens_nothing = match hit.kind {
            "url-password" => login::is_default_login(text, &hit.range),
            // `curl -u test:test`
            "curl-user-password" | "command-password" => login::repeats_user(text, &hit.range),
            _ => false,
        };
        if opens_nothing || is_cut_short(&text[hit.range.clone()]) {
            continue;
        }
        let place = if explained || prose(hit.range.start) { FileKind::Prose } else { kind };
        if place.takes_format(hit.kind, hit.confidence, hit.range.len()) {
            if !commented && matches!(kind, FileKind::Python | FileKind::Code) && is_identifier(text, &hit.range) {
                continue;
            }
            found.push(places.secret(hit.kind.into(), place.lower(hit.confidence), hit.range, None, false, commented));
        }
    }
    let formats = found.len();
    let calls = arguments::arguments(text, kind).chain(arguments::compared(text, kind, names));
    for assignment in assignments(text, names).chain(pairs::pairs(text, kind, names)).chain(calls) {
        let name = String::from_utf8_lossy(&text[assignment.name.clone()]).into_owned();
        // Formats come in order, none over another.
        let near = found[..formats].partition_point(|known| known.range.end <= assignment.value.start);
        if let Some(known) = found[near..formats].first_mut().filter(|known| overlap(&known.range, &assignment.value)) {
            known.name.get_or_insert(name);
            continue;
        }
        let Ok(value) = std::str::from_utf8(&text[assignment.value.clone()]) else { continue };
        let verdict = judge_value(value, assignment.quoted);
        let place = judge::Place {
            file: kind,
            commented: kind.is_comment(text, places.line_start(assignment.name.start), assignment.name.start),
            prose: prose(assignment.name.start),
        };
        if let Some(confidence) = judge::confidence(text, &assignment, &name, value, verdict, &place) {
            let weak = verdict != Verdict::Strong;
            let hashed = judge::is_password_hash(value);
            let kind = if hashed { "password-hash".into() } else { assignment.kind.as_str().into() };
            found.push(places.secret(kind, confidence, assignment.value, Some(name), weak, place.commented));
        }
    }
    found.retain(|secret| !names.is_harmless_value(&text[secret.range.clone()]));
    found.sort_by_key(|secret| (secret.range.start, secret.range.end));
    found.dedup_by(|later, first| overlap(&later.range, &first.range));
    found
}

/// Whether what looks like a key is a name in code: `credentials: HTTPBasicCredentials`.
fn is_identifier(text: &[u8], range: &Range<usize>) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let floor = range.start.saturating_sub(2048);
    let start = memchr::memrchr(b'\n', &text[floor..range.start]).map_or(floor, |newline| floor + newline + 1);
    let before = &text[start..range.start];
    let quotes = |quote: u8| memchr::memchr_iter(quote, before).count() % 2 == 1;
    let code = matches!(before.trim_ascii_end().last(), Some(b':' | b'=' | b'(' | b',' | b'[' | b'.' | b'>'));
    code && text[range.clone()].iter().all(word)
        && !text[range.start].is_ascii_digit()
        && !(quotes(b'"') || quotes(b'\'') || quotes(b'`'))
}

/// Whether a private key has a body too short for its algorithm: the example of a description. RSA keys of 512 bits, the
/// smallest in use ever, take more.
fn is_cut_short(key: &[u8]) -> bool {
    key.starts_with(b"-----BEGIN RSA PRIVATE KEY") && key.len() < 160
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Line starts, for telling lines and columns.
struct Places<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
    /// A place that was told and its column, from where the next one in the same line is counted.
    last: Cell<(usize, usize)>,
}

impl<'t> Places<'t> {
    fn new(text: &'t [u8]) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
        Self { text, starts, last: Cell::new((0, 1)) }
    }

    /// Where the line of this place begins.
    fn line_start(&self, at: usize) -> usize {
        self.starts[self.starts.partition_point(|start| *start <= at) - 1]
    }

    fn secret(
        &self,
        kind: Cow<'static, str>,
        confidence: Confidence,
        range: Range<usize>,
        name: Option<String>,
        weak: bool,
        commented: bool,
    ) -> FileSecret {
        let line = self.starts.partition_point(|start| *start <= range.start);
        let start = self.starts[line - 1];
        // Code points begin with any byte but 10xx_xxxx.
        let (from, before) = match self.last.get() {
            (at, column) if (start..=range.start).contains(&at) => (at, column),
            _ => (start, 1),
        };
        let column = self.text[from..range.start].iter().filter(|byte| **byte & 0xC0 != 0x80).count() + before;
        self.last.set((range.start, column));
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        FileSecret { kind, confidence, line: number(line), column: number(column), range, name, weak, commented }
    }
}

//! Looking through encodings: the pieces of a text that are another text.

use std::borrow::Cow;
use std::io::Read as _;
use std::ops::Range;

use super::DEPTH;
use super::check::base64;

/// Decoded bytes, and where they came from.
pub(crate) struct Piece<'t> {
    pub(crate) bytes: Cow<'t, [u8]>,
    place: Place,
}

enum Place {
    /// The run of base64, hex or gzip: a key inside it takes the whole run with it.
    Run(Range<usize>),
    /// For every byte and the end, where it begins outside.
    Map(Vec<u32>),
}

/// Decoded bytes of one gzip member are read up to here.
const INFLATED: u64 = 1 << 20;
/// Shortest run that is decoded, in bytes.
const SHORTEST_RUN: usize = 20;
/// Longest run that is decoded.
const RUN: usize = 1 << 20;

impl Piece<'_> {
    /// The outer range of a range inside.
    pub(crate) fn outer(&self, inner: &Range<usize>) -> Range<usize> {
        match &self.place {
            Place::Run(run) => run.clone(),
            Place::Map(map) => map[inner.start] as usize..map[inner.end] as usize,
        }
    }
}

/// Shows every text inside the text, one inside the other to a bounded depth, each with the way from its ranges to those
/// of the outermost.
pub(crate) fn through(text: &[u8], look: &mut Look<'_>) {
    deeper(text, DEPTH, &Range::clone, look);
}

/// Takes a text and what turns its ranges into those of the outermost text.
type Look<'l> = dyn FnMut(&[u8], &dyn Fn(&Range<usize>) -> Range<usize>) + 'l;

fn deeper(text: &[u8], depth: u8, outer: &dyn Fn(&Range<usize>) -> Range<usize>, look: &mut Look<'_>) {
    if depth == 0 {
        return;
    }
    for piece in pieces(text) {
        let place = |inner: &Range<usize>| outer(&piece.outer(inner));
        look(&piece.bytes, &place);
        deeper(&piece.bytes, depth - 1, &place, look);
    }
}

/// Every piece of the text that decodes to something that could hold a key.
fn pieces(text: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    unescaped(text, &mut pieces);
    runs(text, &mut pieces);
    pieces
}

/// Base64 and hex: long runs of their alphabets.
fn runs(text: &[u8], pieces: &mut Vec<Piece<'_>>) {
    let is_run = |byte: &&u8| BASE64[usize::from(**byte)];
    // A run of that length covers one byte of every step of it.
    let mut at = SHORTEST_RUN - 1;
    let mut floor = 0;
    while at < text.len() {
        if !is_run(&&text[at]) {
            at += SHORTEST_RUN;
            continue;
        }
        let start = at - text[floor..at].iter().rev().take_while(is_run).count();
        let end = at + text[at..].iter().take_while(is_run).count();
        let padding = text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        let run = start..end;
        let length = run.len();
        floor = end;
        at = end + SHORTEST_RUN;
        if !(SHORTEST_RUN..=RUN).contains(&length) {
            continue;
        }
        // A URL path or a file name decodes to noise: `/` in quick succession.
        let raw = &text[run.clone()];
        let outer = run.start..run.end + padding;
        if raw.iter().all(u8::is_ascii_hexdigit) {
            if length % 2 == 0 {
                add(unhex(raw), outer, pieces);
            }
            continue;
        }
        // In `name=dG9rZW4…` and `data:…;base64,…` the run is clean; a run cut by `/` or `-` of its surroundings is
        // tried behind them too.
        for start in std::iter::once(0).chain(
            raw.iter()
                .enumerate()
                .take(200)
                .filter(|(_, byte)| matches!(byte, b'/' | b'-' | b'_'))
                .map(|(at, _)| at + 1)
                .take(2),
        ) {
            if raw.len() - start >= SHORTEST_RUN
                && let Some(bytes) = base64(&raw[start..])
                && add(Some(bytes), outer.start + start..outer.end, pieces)
            {
                break;
            }
        }
    }
}

const BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    table
};

/// Takes the bytes if they are text, or gzip of anything; true if they were taken.
fn add(bytes: Option<Vec<u8>>, run: Range<usize>, pieces: &mut Vec<Piece<'_>>) -> bool {
    let Some(mut bytes) = bytes else { return false };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = Vec::new();
        let _ = flate2::read::GzDecoder::new(bytes.as_slice()).take(INFLATED).read_to_end(&mut inflated);
        bytes = inflated;
    }
    let printable = bytes.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    // Keys are ASCII; the neighbourhood may be text in any language, but not noise.
    if bytes.len() < 12 || printable * 10 < bytes.len() * 9 {
        return false;
    }
    pieces.push(Piece { bytes: Cow::Owned(bytes), place: Place::Run(run) });
    true
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    text.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Bytes of a line on either side of an escape that are undone with it: more than any name and key.
const NEIGHBOURHOOD: usize = 8 * 1024;

/// The lines that hold escapes of a kind that can hide a key (percent-encoding, `\u0041`, `\x41`, `\/`, entities),
/// with all escapes in them undone. A `\n` or `\"` alone hides none, and stands in every source file.
fn unescaped<'t>(text: &[u8], pieces: &mut Vec<Piece<'t>>) {
    let mut from = 0;
    for hit in memchr::memchr3_iter(b'%', b'\\', b'&', text) {
        if hit < from
            || matches!(text.get(hit + 1), Some(b'n' | b'r' | b't' | b'"' | b'\\'))
            || escape(&text[hit..]).is_none()
        {
            continue;
        }
        let floor = hit.saturating_sub(NEIGHBOURHOOD).max(from);
        let start = memchr::memrchr(b'\n', &text[floor..hit]).map_or(floor, |at| floor + at + 1);
        let ceiling = text.len().min(hit + NEIGHBOURHOOD);
        let end = memchr::memchr(b'\n', &text[hit..ceiling]).map_or(ceiling, |at| hit + at);
        pieces.push(undo(text, start..end));
        // What lies behind a cut in a long line is looked at again, with the names that stand before it.
        from = if end == ceiling && end < text.len() { hit + NEIGHBOURHOOD / 2 } else { end };
    }
}

fn undo(text: &[u8], region: Range<usize>) -> Piece<'static> {
    let mut bytes = Vec::with_capacity(region.len());
    let mut map = Vec::with_capacity(region.len() + 1);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut at = region.start;
    while at < region.end {
        match escape(&text[at..]) {
            Some((character, length)) => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    bytes.push(byte);
                    map.push(place(at));
                }
                at += length;
            }
            None => {
                bytes.push(text[at]);
                map.push(place(at));
                at += 1;
            }
        }
    }
    map.push(place(at));
    Piece { bytes: Cow::Owned(bytes), place: Place::Map(map) }
}

/// The character an escape stands for, and the length of the escape.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let hex = |from: usize, count: usize| {
        let digits = std::str::from_utf8(text.get(from..from + count)?).ok()?;
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
    };
    match (text.first()?, text.get(1)?) {
        (b'%', _) => hex(1, 2).filter(char::is_ascii).map(|character| (character, 3)),
        (b'\\', b'u') => hex(2, 4).map(|character| (character, 6)),
        (b'\\', b'x') => hex(2, 2).map(|character| (character, 4)),
        (b'\\', b'n' | b'r' | b't') => Some(('\n', 2)),
        (b'\\', b'/') => Some(('/', 2)),
        (b'\\', b'"') => Some(('"', 2)),
        (b'\\', b'\\') => Some(('\\', 2)),
        (b'&', b'#') => {
            let end = text.iter().take(10).position(|byte| *byte == b';')?;
            let number = std::str::from_utf8(text.get(2..end)?).ok()?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(|character| (character, end + 1))
        }
        (b'&', _) => [
            ("&amp;", '&'),
            ("&quot;", '"'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&apos;", '\''),
            ("&equals;", '='),
            ("&sol;", '/'),
            ("&plus;", '+'),
        ]
        .iter()
        .find(|(entity, _)| text.starts_with(entity.as_bytes()))
        .map(|(entity, character)| (*character, entity.len())),
        _ => None,
    }
}

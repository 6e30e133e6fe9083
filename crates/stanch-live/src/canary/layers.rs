use std::io::Read;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

/// A packing inside which a canary stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// gzip (RFC 1952).
    Gzip,
    /// gzip, written in base64.
    Base64Gzip,
    /// zlib (RFC 1950) written in base64, as Flask writes a session cookie that is long.
    Base64Zlib,
}

/// Most packed parts that are opened in one text, most beginnings of one that are tried, and most bytes that each may
/// give: a text made to be slow is not.
const PARTS: usize = 8;
const ATTEMPTS: usize = 64;
const UNPACKED_LIMIT: u64 = 8 * 1024 * 1024;

/// How packed parts begin: the gzip header 1f 8b 08, bare and in base64, and in base64 the zlib headers 78 01, 78 9c
/// and 78 da.
const BEGINNINGS: [(Layer, &[u8]); 5] = [
    (Layer::Gzip, b"\x1f\x8b\x08"),
    (Layer::Base64Gzip, b"H4sI"),
    (Layer::Base64Zlib, b"eJ"),
    (Layer::Base64Zlib, b"eN"),
    (Layer::Base64Zlib, b"eA"),
];

/// The packed parts of a text: where each stands, what it is, what it holds. What cannot be unpacked is left out; what
/// breaks off gives what came before.
pub(super) fn unpacked(text: &[u8]) -> Vec<(Range<usize>, Layer, Vec<u8>)> {
    let mut parts = Vec::new();
    let (mut at, mut attempts) = (0, 0);
    while let Some(next) = text[at..].iter().position(|byte| matches!(byte, 0x1f | b'H' | b'e')) {
        let start = at + next;
        at = start + 1;
        let Some((layer, _)) = BEGINNINGS.iter().find(|(_, begin)| text[start..].starts_with(begin)) else { continue };
        // A base64 text stands by itself: what precedes it is no base64 character.
        if start > 0 && *layer != Layer::Gzip && is_base64(text[start - 1]) {
            continue;
        }
        if parts.len() == PARTS || attempts == ATTEMPTS {
            break;
        }
        attempts += 1;
        let (range, inner) = open(text, start, *layer);
        if !inner.is_empty() {
            at = range.end.max(at);
            parts.push((range, *layer, inner));
        }
    }
    parts
}

/// Shortest line that counts as one of a wrapped text; MIME wraps base64 at 76 characters, PEM at 64.
const WRAPPED_LINE: usize = 48;

/// The text without line ends inside wrapped base64 or hexadecimal digits, bare or escaped as `\n`, and where each of
/// its bytes stood; none when nothing is wrapped.
pub(super) fn unwrapped(text: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let mut joined: Option<(Vec<u8>, Vec<usize>)> = None;
    let (mut run, mut at) = (0, 0);
    while let Some(byte) = text.get(at) {
        let end = [b"\r\n".as_slice(), b"\n", b"\\r\\n", b"\\n"].into_iter().find(|end| text[at..].starts_with(end));
        if let Some(end) = end.filter(|_| run >= WRAPPED_LINE) {
            joined.get_or_insert_with(|| (text[..at].to_vec(), (0..at).collect()));
            at += end.len();
            // The last line of a wrapped text may be short, so the run goes on.
            continue;
        }
        run = if is_base64(*byte) { run + 1 } else { 0 };
        if let Some((bytes, places)) = &mut joined {
            bytes.push(*byte);
            places.push(at);
        }
        at += 1;
    }
    joined
}

fn open(text: &[u8], at: usize, layer: Layer) -> (Range<usize>, Vec<u8>) {
    if layer == Layer::Gzip {
        return (at..text.len(), read(MultiGzDecoder::new(&text[at..])));
    }
    let length = text[at..].iter().take_while(|byte| is_base64(**byte)).count();
    let encoded = &text[at..at + length];
    // A text that was cut leaves one character too many.
    let whole = &encoded[..encoded.len() - usize::from(encoded.len() % 4 == 1)];
    let decoded = URL_SAFE_NO_PAD.decode(whole).or_else(|_| STANDARD_NO_PAD.decode(whole)).unwrap_or_default();
    let inner = match layer {
        Layer::Base64Zlib => read(ZlibDecoder::new(decoded.as_slice())),
        Layer::Gzip | Layer::Base64Gzip => read(MultiGzDecoder::new(decoded.as_slice())),
    };
    (at..at + length, inner)
}

/// What can be read before the end, the limit or the first broken byte.
fn read(decoder: impl Read) -> Vec<u8> {
    let mut inner = Vec::new();
    // An error ends the reading; the bytes before it are kept and searched.
    let _broken = decoder.take(UNPACKED_LIMIT).read_to_end(&mut inner);
    inner
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

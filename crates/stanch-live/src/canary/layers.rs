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

/// Most packed parts that are opened in one text, and most bytes that each may give.
const PARTS: usize = 8;
const UNPACKED_LIMIT: u64 = 8 * 1024 * 1024;

/// The packed parts of a text: where each stands, what it is, what it holds. What cannot be unpacked is left out; what
/// breaks off gives what came before.
pub(super) fn unpacked(text: &[u8]) -> Vec<(Range<usize>, Layer, Vec<u8>)> {
    let mut parts = Vec::new();
    // Base64 of the gzip header 1f 8b 08, and of the zlib headers 78 01, 78 9c and 78 da.
    for (layer, start) in [
        (Layer::Gzip, b"\x1f\x8b\x08".as_slice()),
        (Layer::Base64Gzip, b"H4sI"),
        (Layer::Base64Zlib, b"eJ"),
        (Layer::Base64Zlib, b"eN"),
        (Layer::Base64Zlib, b"eA"),
    ] {
        let mut from = 0;
        while let Some(at) = find(text, start, from) {
            from = at + start.len();
            // A base64 text stands by itself: what precedes it is no base64 character.
            let joined = at > 0 && layer != Layer::Gzip && is_base64(text[at - 1]);
            if joined || parts.len() == PARTS {
                continue;
            }
            let (range, inner) = open(text, at, layer);
            if !inner.is_empty() {
                from = range.end.max(from);
                parts.push((range, layer, inner));
            }
        }
    }
    parts
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

fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}

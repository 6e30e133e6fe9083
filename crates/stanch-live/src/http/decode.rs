use std::io::Read;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The body without its content coding, and whether all of it is there.
///
/// At most `limit` bytes are ever produced, whatever the coded bytes promise. A coding that is not known, and a body
/// that is not in the coding it claims, are left as they came: a key may stand in them all the same.
pub(super) fn body(raw: Bytes, headers: &[(String, String)], limit: usize) -> (Bytes, bool) {
    let codings: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        .flat_map(|(_, value)| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    let mut body = raw;
    // Codings stand in the order they were applied. Nobody honest applies more than two.
    for coding in codings.iter().rev().take(2) {
        let decoded = match coding.as_str() {
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(&*body), limit),
            // Named for the zlib format, yet servers exist that send the bare stream (RFC 9110, 8.4.1.2).
            "deflate" => match read(ZlibDecoder::new(&*body), limit) {
                (bytes, false) if bytes.is_empty() => read(DeflateDecoder::new(&*body), limit),
                decoded => decoded,
            },
            _ => return (body, true),
        };
        match decoded {
            (bytes, whole) if whole || !bytes.is_empty() => {
                body = bytes.into();
                if !whole {
                    return (body, false);
                }
            }
            _ => return (body, false),
        }
    }
    (body, true)
}

/// Decodes up to the limit; false if there was more, or what came was broken.
fn read(decoder: impl Read, limit: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let outcome = decoder.take(limit as u64 + 1).read_to_end(&mut bytes);
    let whole = outcome.is_ok() && bytes.len() <= limit;
    bytes.truncate(limit);
    (bytes, whole)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::body;

    fn coded(coding: &str) -> Vec<(String, String)> {
        vec![("Content-Encoding".to_owned(), coding.to_owned())]
    }

    #[test]
    fn each_coding_is_undone() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"hello").unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(b"hello").unwrap();
        assert_eq!(body(gzip.clone().into(), &coded("gzip"), 99), ("hello".into(), true));
        assert_eq!(body(zlib.finish().unwrap().into(), &coded("deflate"), 99), ("hello".into(), true));
        assert_eq!(body(bare.finish().unwrap().into(), &coded("deflate"), 99), ("hello".into(), true));
        assert_eq!(body(gzip[..gzip.len() - 4].to_vec().into(), &coded("gzip"), 99), ("hello".into(), false));
    }

    #[test]
    fn a_bomb_is_cut_and_a_lie_left_as_it_is() {
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![0; 10 << 20]).unwrap();
        let (bytes, whole) = body(bomb.finish().unwrap().into(), &coded("gzip"), 1000);
        assert_eq!((bytes.len(), whole), (1000, false));
        assert_eq!(body("plain".into(), &coded("gzip"), 99), ("plain".into(), false));
        assert_eq!(body("plain".into(), &coded("br"), 99), ("plain".into(), true));
    }
}

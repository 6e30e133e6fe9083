//! What matcher and redactor promise for any bytes whatever.
#![expect(clippy::unwrap_used, reason = "a broken promise fails the test")]

use stanch_secrets::redact::{RedactOptions, Redactor, spans};
use stanch_secrets::{Detector, StreamScanner, files};

/// Ranges lie in the text, in order, none over another, and come in the same number from a stream in small pieces.
pub(crate) fn matcher(text: &[u8]) {
    let found = Detector::shared().find_decoded(text);
    let mut end = 0;
    for hit in &found {
        assert!(hit.range.start >= end && hit.range.end <= text.len() && !hit.range.is_empty(), "{hit:?} behind {end}");
        end = hit.range.end;
    }
    let mut scanner = StreamScanner::new(Detector::shared());
    let mut streamed = Vec::new();
    for piece in text.chunks(7) {
        scanner.feed(piece, |hit| streamed.push(hit));
    }
    scanner.finish(|hit| streamed.push(hit));
    assert_eq!(streamed, found);
    for path in ["a.py", "a.env", "a.js", "a.md"] {
        for secret in files::scan_file(path, text) {
            assert!(secret.range.end <= text.len() && secret.line > 0 && secret.column > 0);
        }
    }
}

/// The output does not depend on the cuts, and a key planted in the text does not come out.
pub(crate) fn redactor(text: &[u8]) {
    let options = RedactOptions::default();
    let redact = |text: &[u8], step: usize| {
        let mut redactor = Redactor::new(&options);
        let mut out = Vec::new();
        for piece in text.chunks(step) {
            redactor.feed(piece, &mut out);
        }
        redactor.finish(&mut out);
        out
    };
    let whole = redact(text, text.len().max(1));
    assert_eq!(redact(text, 1), whole);
    assert_eq!(redact(text, 13), whole);
    for span in spans(text, &options) {
        assert!(span.range.end <= text.len() && !span.range.is_empty());
    }
    let key = format!("{}{}", "AKIA", "QYLPMN5HHHFPZAM2");
    let middle = text.len() / 2;
    let planted = [&text[..middle], b"\n id ", key.as_bytes(), b" end\n", &text[middle..]].concat();
    let shown = redact(&planted, 64);
    assert!(!String::from_utf8_lossy(&shown).contains(key.get(8..).unwrap()), "the key came out");
}

//! Redaction of a stream: a line is let go of when it is whole and proven safe, never before.

use std::io::{self, Read, Write};

use super::open::{self, Open};
use super::pem::{self, Pem};
use super::spans::merge;
use super::{RedactOptions, RedactSummary, spans};
use crate::Masks;

/// A line longer than this is let go of in pieces.
const LONGEST_LINE: usize = 192 * 1024;
/// Bytes at the end of an unfinished line that are held back: longer than any key that is found by its format.
const HELD: usize = 32 * 1024;
/// Bytes before a piece that are looked at again, for the name that stands before a key.
const CONTEXT: usize = 512;
/// A value of this length was cut by the scanner's own bound: what follows belongs to it.
const CUT_VALUE: usize = 8 * 1024 - 64;

/// Copies `reader` to `writer` with each key replaced by its label. Line by line: what was read is written as soon as
/// its line is whole. Memory is bounded whatever the input.
///
/// # Errors
/// Reading or writing failed.
pub fn stream(mut reader: impl Read, mut writer: impl Write, options: &RedactOptions<'_>) -> io::Result<RedactSummary> {
    let mut redactor = Redactor::new(options);
    let mut chunk = vec![0; 64 * 1024];
    let mut out = Vec::new();
    loop {
        let length = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        redactor.feed(&chunk[..length], &mut out);
        writer.write_all(&out)?;
        writer.flush()?;
        out.clear();
    }
    let summary = redactor.finish(&mut out);
    writer.write_all(&out)?;
    writer.flush()?;
    Ok(summary)
}

/// The same for whoever has chunks and no reader. The output does not depend on where the chunks are cut.
#[derive(Debug)]
pub struct Redactor<'o> {
    options: &'o RedactOptions<'o>,
    masks: Masks,
    summary: RedactSummary,
    /// The unfinished line, or of a long one its last piece.
    line: Vec<u8>,
    /// Bytes of `line` that are out already and stay for context.
    emitted: usize,
    pem: Pem,
    /// A name of a key whose value stands on the lines to come.
    open: Option<Open>,
    /// Whether a value goes on that is masked already.
    swallowing: bool,
}

impl<'o> Redactor<'o> {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new(options: &'o RedactOptions<'o>) -> Self {
        Self {
            options,
            masks: Masks::new(),
            summary: RedactSummary::default(),
            line: Vec::new(),
            emitted: 0,
            pem: Pem::Outside,
            open: None,
            swallowing: false,
        }
    }

    /// Takes a chunk and appends what is safe to `out`.
    pub fn feed(&mut self, mut chunk: &[u8], out: &mut Vec<u8>) {
        self.summary.bytes += chunk.len() as u64;
        while !chunk.is_empty() {
            // No more than one long line's worth at a time, so that pieces are cut at the same places for any chunks.
            let room = LONGEST_LINE.saturating_sub(self.line.len()).max(1).min(chunk.len());
            let newline = memchr::memchr(b'\n', &chunk[..room]);
            let take = newline.map_or(room, |at| at + 1);
            self.line.extend_from_slice(&chunk[..take]);
            chunk = &chunk[take..];
            if newline.is_some() {
                self.whole_line(out);
            } else if self.line.len() >= LONGEST_LINE {
                self.piece(out);
            }
        }
    }

    /// Appends the rest, at the end of the stream.
    pub fn finish(mut self, out: &mut Vec<u8>) -> RedactSummary {
        if self.line.len() > self.emitted {
            self.whole_line(out);
        }
        self.summary
    }

    fn whole_line(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let emitted = std::mem::take(&mut self.emitted);
        self.redact(&line, emitted, line.len(), out);
        self.swallowing = false;
        self.line = line;
        self.line.clear();
    }

    /// Lets go of the front of an unfinished long line.
    fn piece(&mut self, out: &mut Vec<u8>) {
        let mut line = std::mem::take(&mut self.line);
        let end = self.redact(
            &line,
            self.emitted,
            line.len() - HELD.max(self.options.known.longest()).min(LONGEST_LINE / 2),
            out,
        );
        let gone = end.saturating_sub(CONTEXT);
        line.drain(..gone);
        self.emitted = end - gone;
        self.line = line;
    }

    /// Writes `text[from..to]`, or less if a key goes over `to`; returns the end of what is dealt with.
    fn redact(&mut self, text: &[u8], mut from: usize, to: usize, out: &mut Vec<u8>) -> usize {
        let last = to == text.len();
        if self.swallowing {
            let more = text[from..to].iter().take_while(|byte| !ends_value(**byte)).count();
            from += more;
            if from == to {
                return to;
            }
            self.swallowing = false;
        }
        if self.pem == Pem::Inside {
            if let Some(end) = memchr::memmem::find(&text[from..to], b"-----END ") {
                self.pem = Pem::Outside;
                from += end;
            } else if pem::continues(&text[from..to]) {
                return to;
            } else {
                self.pem = Pem::Outside;
            }
        }
        let mut end = to;
        if let Some(body) = pem::opens(&text[from..]).filter(|_| last) {
            self.pem = Pem::Inside;
            end = from + body;
        }
        let mut spans = spans(text, self.options);
        if self.options.by_name && last && from == 0 {
            let still = self.open.take().and_then(|open| open.spans(text, &mut spans));
            self.open = still.or_else(|| open::opens(text, &self.options.names));
            spans = merge(spans);
        }
        for mut span in spans {
            if span.range.end <= from {
                continue;
            }
            if span.range.start >= end {
                break;
            }
            if span.range.len() >= CUT_VALUE {
                let more = text[span.range.end..].iter().take_while(|byte| !ends_value(**byte)).count();
                span.range.end += more;
            }
            span.range.start = span.range.start.max(from);
            if span.range.end > end && !last && span.range.start > from && span.range.len() < HELD / 2 {
                // It is not known yet how the key ends; it waits for the next piece.
                end = span.range.start;
                break;
            }
            out.extend_from_slice(&text[from..span.range.start]);
            let value = String::from_utf8_lossy(&text[span.range.clone()]);
            out.extend_from_slice(span.label(&mut self.masks, &value).as_bytes());
            *self.summary.masked.entry(span.kind.to_string()).or_default() += 1;
            from = span.range.end;
            if from >= text.len() && !last {
                self.swallowing = true;
            }
        }
        if from < end {
            out.extend_from_slice(&text[from..end]);
            from = end;
        }
        if self.pem == Pem::Inside && last {
            self.count_pem(text, end, out);
            return text.len();
        }
        from
    }

    fn count_pem(&mut self, text: &[u8], body: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.masks.label("private-key", &String::from_utf8_lossy(&text[..body])).as_bytes());
        *self.summary.masked.entry("private-key".to_owned()).or_default() += 1;
        let newline = text.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        out.extend_from_slice(&text[text.len() - newline..]);
    }
}

const fn ends_value(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'&' | b' ' | b'\n' | b'\r' | b'\t')
}

//! Finding keys in a stream, in constant memory.

use super::rule::LONGEST;
use super::{Detector, Match};

/// Looks for keys in chunks as they come. A key that is cut by chunk borders, at whatever place, is found whole.
///
/// Memory is bounded by three times the longest key. Ranges count from the beginning of the stream.
#[derive(Debug)]
pub struct StreamScanner<'d> {
    detector: &'d Detector,
    buffer: Vec<u8>,
    /// Place of the buffer's first byte in the stream.
    offset: usize,
    /// What ends before this place in the stream is told already.
    told: usize,
}

/// Bytes that a window keeps of what was told already: the name before a key, and its partner.
const CONTEXT: usize = 512;
/// Bytes that are gathered before they are looked at.
const STEP: usize = 2 * LONGEST;

impl<'d> StreamScanner<'d> {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new(detector: &'d Detector) -> Self {
        Self { detector, buffer: Vec::new(), offset: 0, told: 0 }
    }

    /// Takes the next chunk and tells the keys that have come to an end for sure.
    pub fn feed(&mut self, mut chunk: &[u8], mut tell: impl FnMut(Match)) {
        while !chunk.is_empty() {
            let room = (CONTEXT + LONGEST + STEP).saturating_sub(self.buffer.len()).max(1).min(chunk.len());
            self.buffer.extend_from_slice(&chunk[..room]);
            chunk = &chunk[room..];
            if self.buffer.len() >= CONTEXT + LONGEST + STEP {
                self.look(LONGEST, &mut tell);
            }
        }
    }

    /// Tells what is left at the end of the stream.
    pub fn finish(mut self, mut tell: impl FnMut(Match)) {
        self.look(0, &mut tell);
    }

    /// Tells the keys that begin before the last `open` bytes and lets go of what lies before those.
    fn look(&mut self, open: usize, tell: &mut impl FnMut(Match)) {
        let closed = self.buffer.len() - open.min(self.buffer.len());
        for hit in self.detector.find_decoded(&self.buffer) {
            let start = self.offset + hit.range.start;
            if hit.range.start < closed && start >= self.told {
                self.told = self.offset + hit.range.end;
                tell(Match { range: start..self.told, ..hit });
            }
        }
        self.told = self.told.max(self.offset + closed);
        let gone = closed.saturating_sub(CONTEXT);
        self.buffer.drain(..gone);
        self.offset += gone;
    }
}

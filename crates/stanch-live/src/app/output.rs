use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::journal::{End, Journal};
use crate::{LogStream, ProbeId};

/// Reads a stream of the app to its end, whatever the amount, so that the app never waits for us; what is kept is
/// bounded by the journal. Returns whether the stream went past [`FLOOD`].
pub(crate) async fn read(
    mut from: impl AsyncRead + Unpin,
    stream: LogStream,
    nonce: String,
    journal: Arc<Journal>,
) -> bool {
    let mut splitter = Splitter::new(&nonce);
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut total = 0_u64;
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        total += length as u64;
        splitter.feed(buffer.get(..length).unwrap_or_default(), &mut |part| match part {
            Part::Text(probe, bytes) => journal.write(probe, stream, bytes),
            Part::End(probe) => {
                journal.end(probe, if stream == LogStream::Stderr { End::Stderr } else { End::Stdout });
            }
        });
        if total > FLOOD {
            return true;
        }
    }
    splitter.finish(&mut |part| {
        if let Part::Text(probe, bytes) = part {
            journal.write(probe, stream, bytes);
        }
    });
    false
}

/// Bytes after which an app is taken to print without end.
pub(crate) const FLOOD: u64 = 256 * 1024 * 1024;

/// Takes the marks out of a stream that the runner puts around a probe: `\x1estanch:<nonce>:<b|e>:<number>\x1e`.
struct Splitter {
    start: Vec<u8>,
    held: Vec<u8>,
    open: Vec<ProbeId>,
}

enum Part<'a> {
    Text(Option<ProbeId>, &'a [u8]),
    End(ProbeId),
}

/// Longest mark after its start: edge, colon, ten digits, end.
const MAX_MARK: usize = 16;

impl Splitter {
    fn new(nonce: &str) -> Self {
        Self { start: format!("\x1estanch:{nonce}:").into_bytes(), held: Vec::new(), open: Vec::new() }
    }

    fn feed(&mut self, bytes: &[u8], out: &mut impl FnMut(Part<'_>)) {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte == 0x1e) {
            let (before, mark) = rest.split_at(at);
            self.text(before, out);
            let shared = mark.len().min(self.start.len());
            if mark.get(..shared) != self.start.get(..shared) {
                self.text(&[0x1e], out);
                rest = mark.get(1..).unwrap_or_default();
                continue;
            }
            let body = mark.get(self.start.len()..).unwrap_or_default();
            match body.iter().position(|byte| *byte == 0x1e) {
                Some(end) => {
                    self.mark(body.get(..end).unwrap_or_default(), out);
                    rest = body.get(end + 1..).unwrap_or_default();
                }
                None if body.len() > MAX_MARK => {
                    self.text(&[0x1e], out);
                    rest = mark.get(1..).unwrap_or_default();
                }
                None => {
                    self.held = mark.to_vec();
                    return;
                }
            }
        }
        self.text(rest, out);
    }

    fn finish(mut self, out: &mut impl FnMut(Part<'_>)) {
        let held = std::mem::take(&mut self.held);
        self.text(&held, out);
    }

    fn text(&self, bytes: &[u8], out: &mut impl FnMut(Part<'_>)) {
        if !bytes.is_empty() {
            out(Part::Text(self.open.last().copied(), bytes));
        }
    }

    fn mark(&mut self, body: &[u8], out: &mut impl FnMut(Part<'_>)) {
        let Some((edge, number)) = std::str::from_utf8(body).ok().and_then(|body| body.split_once(':')) else { return };
        let Ok(probe) = number.parse().map(ProbeId) else { return };
        self.open.retain(|open| *open != probe);
        if edge == "b" {
            // Probes that never end (a request that hangs) stay below those that began later.
            if self.open.len() < 1024 {
                self.open.push(probe);
            }
        } else {
            out(Part::End(probe));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Splitter};

    fn split(text: &[u8], step: usize) -> Vec<(Option<u32>, String)> {
        let mut splitter = Splitter::new("n0");
        let mut found: Vec<(Option<u32>, String)> = Vec::new();
        let mut out = |part: Part<'_>| match part {
            Part::Text(probe, bytes) => {
                let (probe, text) = (probe.map(|probe| probe.0), String::from_utf8_lossy(bytes).into_owned());
                match found.last_mut() {
                    Some((last, kept)) if *last == probe => kept.push_str(&text),
                    _ => found.push((probe, text)),
                }
            }
            Part::End(probe) => found.push((Some(probe.0), "END".to_owned())),
        };
        for chunk in text.chunks(step) {
            splitter.feed(chunk, &mut out);
        }
        splitter.finish(&mut out);
        found
    }

    #[test]
    fn marks_are_found_whatever_the_pieces_and_foreign_ones_stay_text() {
        let text = b"start\x1estanch:n0:b:1\x1eone \x1e \x1estanch:zz:e:1\x1e\x1estanch:n0:e:1\x1eafter\x1estanch:n0:b";
        let whole = split(text, text.len());
        assert_eq!(whole.first(), Some(&(None, "start".to_owned())));
        assert_eq!(whole.get(1), Some(&(Some(1), "one \x1e \x1estanch:zz:e:1\x1e".to_owned())));
        assert_eq!(whole.get(2), Some(&(Some(1), "END".to_owned())));
        assert_eq!(whole.last(), Some(&(None, "after\x1estanch:n0:b".to_owned())));
        for step in 1..text.len() {
            assert_eq!(split(text, step), whole, "in pieces of {step}");
        }
    }
}

//! A cheap look before an expression is compiled and run: whether enough bytes stand there that it could match at all.

use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

/// What every match of an expression has.
#[derive(Debug)]
pub(super) struct Gate {
    /// Bytes of the shortest match.
    least: usize,
    /// Bytes that occur in matches, whatever their place.
    bytes: [u64; 4],
}

impl Gate {
    pub(super) fn of(source: &str) -> Self {
        let parsed = syntax::parse_with(source, &syntax::Config::new().unicode(false).utf8(false));
        let Ok(hir) = parsed else { return Self { least: 0, bytes: [u64::MAX; 4] } };
        let mut gate = Self { least: hir.properties().minimum_len().unwrap_or(0), bytes: [0; 4] };
        gate.add(&hir);
        gate
    }

    /// Whether a match could begin here.
    pub(super) fn lets_in(&self, text: &[u8]) -> bool {
        text.get(..self.least)
            .is_some_and(|front| front.iter().all(|byte| self.bytes[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0))
    }

    fn allow(&mut self, from: u8, to: u8) {
        for byte in from..=to {
            self.bytes[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    fn add(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => literal.0.iter().for_each(|byte| self.allow(*byte, *byte)),
            HirKind::Class(Class::Bytes(class)) => {
                class.iter().for_each(|range| self.allow(range.start(), range.end()));
            }
            HirKind::Class(Class::Unicode(_)) => self.allow(0, u8::MAX),
            HirKind::Repetition(repetition) => self.add(&repetition.sub),
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| self.add(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[test]
    fn what_cannot_match_is_kept_out() {
        let gate = Gate::of("(?:ab|c)-[0-9a-f]{4}(?i:x+)");
        assert!(gate.lets_in(b"c-0a0fX") && gate.lets_in(b"ab-00ffx"));
        assert!(!gate.lets_in(b"c-0a0 x") && !gate.lets_in(b"c-0a0") && !gate.lets_in(b"c-0a0q"));
    }
}

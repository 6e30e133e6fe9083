//! Mutated inputs from a corpus, the same for the same seed.

use std::time::{Duration, Instant};

/// Tokens that descriptions and answers are made of.
const TOKENS: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "-1",
    "1e309",
    "\"$ref\"",
    "\"#/paths\"",
    "\"#/components/schemas/n\"",
    "paths",
    "openapi",
    "get",
    "&a ",
    "*a",
    "<<: ",
    "\n- ",
    "\u{feff}",
    "\\ud800",
    "%zz",
    "\r\n",
    "\r\n\r\n",
    "chunked",
    "gzip",
    "Content-Length: ",
    "eyJhIjoxfQ",
    "\u{0}",
];

pub(crate) struct Mutator {
    corpus: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// Seconds, corpus directory and seed from the command line; gives the end of time too.
    pub(crate) fn from_arguments() -> std::io::Result<(Self, Instant)> {
        let mut arguments = std::env::args().skip(1);
        let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
        let directory = arguments.next().unwrap_or_else(|| ".".to_owned());
        let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
        let mut files: Vec<_> =
            std::fs::read_dir(directory)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        files.sort();
        let corpus: Vec<Vec<u8>> = files.iter().map(std::fs::read).collect::<Result<_, _>>()?;
        Ok((Self::of(corpus, seed), Instant::now() + Duration::from_secs(seconds)))
    }

    /// Changes of these inputs.
    pub(crate) fn of(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        assert!(!corpus.is_empty(), "the corpus is empty");
        Self { corpus, state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// The next input.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let index = self.below(self.corpus.len());
        let mut bytes = self.corpus[index].clone();
        for _ in 0..=self.below(3) {
            self.change(&mut bytes);
        }
        bytes
    }

    /// Takes an input that led somewhere as one to change further.
    pub(crate) fn keep(&mut self, input: Vec<u8>) {
        if input.len() < 64 << 10 && self.corpus.len() < 2_000 {
            self.corpus.push(input);
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match self.below(7) {
            0 => drop(bytes.drain(from..to.min(from + 64))),
            1 => {
                let piece = bytes[from..to.min(from + 512)].to_vec();
                bytes.splice(to..to, piece);
            }
            2 => {
                let index = self.below(TOKENS.len());
                bytes.splice(from..from, TOKENS[index].bytes());
            }
            3 if from < bytes.len() => bytes[from] ^= 1 << self.below(8),
            4 if from < bytes.len() => bytes[from] = self.below(256) as u8,
            5 => {
                let index = self.below(self.corpus.len());
                let other = self.corpus[index].clone();
                let start = self.below(other.len() + 1);
                bytes.splice(from..from, other[start..other.len().min(start + 256)].iter().copied());
            }
            _ => bytes.truncate(to.max(1)),
        }
    }

    /// A number below the limit (xorshift64*).
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit.max(1)
    }
}

//! Finding where any of a thousand texts stands: every three bytes are looked up in a table of bits that stays in the
//! nearest cache, and of each text those three are entered that occur least elsewhere. Preparing it takes a fraction
//! of a millisecond, an automaton of the same texts a hundred times that.

use std::ops::Range;

/// Bits of a class of bytes: both cases of a letter are one.
const CLASS: usize = 6;
/// Bytes that are looked up together.
const WINDOW: usize = 3;

/// A text and what to do with it where it stands.
#[derive(Debug)]
struct Entry {
    text: Box<[u8]>,
    /// Whether the case of its letters counts.
    exact: bool,
    /// Where in it the bytes stand under which it is entered.
    at: usize,
    /// Number of the text, in the order given.
    id: u32,
}

#[derive(Debug)]
pub(super) struct Prefilter {
    /// One bit for each row of three classes.
    bits: Vec<u64>,
    /// Number of set bits before each word.
    ranks: Vec<u16>,
    /// For each set bit, where its entries begin; one more at the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Prefilter {
    /// Texts are at least two bytes long; shorter ones are left out. Each comes with whether its case counts.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = (&'t str, bool)>) -> Self {
        let mut rows: Vec<(usize, Entry)> = Vec::new();
        for (id, (text, exact)) in texts.into_iter().enumerate() {
            let bytes = text.as_bytes();
            let entry = |at| Entry { text: bytes.into(), exact, at, id: u32::try_from(id).unwrap_or(u32::MAX) };
            match bytes.len() {
                0 | 1 => {}
                2 => {
                    let front = class(bytes[0]) << CLASS | class(bytes[1]);
                    rows.extend((0..1 << CLASS).map(|last| (front << CLASS | last, entry(0))));
                }
                _ => {
                    let rarest = bytes.windows(WINDOW).enumerate().min_by_key(|(at, window)| (common(window), *at));
                    rows.extend(rarest.map(|(at, window)| (row(window), entry(at))));
                }
            }
        }
        rows.sort_by_key(|(row, entry)| (*row, entry.id));
        let mut bits = vec![0_u64; (1 << (CLASS * WINDOW)) / 64];
        let mut starts = Vec::new();
        let mut last = None;
        for (at, (row, _)) in rows.iter().enumerate() {
            if last != Some(*row) {
                starts.push(u32::try_from(at).unwrap_or(u32::MAX));
                bits[row / 64] |= 1 << (row % 64);
                last = Some(*row);
            }
        }
        starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let mut rank = 0_u16;
        let ranks = bits
            .iter()
            .map(|word| {
                let before = rank;
                rank += u16::try_from(word.count_ones()).unwrap_or(0);
                before
            })
            .collect();
        Self { bits, ranks, starts, entries: rows.into_iter().map(|(_, entry)| entry).collect() }
    }

    /// Tells number and place of every text that stands in `text`.
    pub(super) fn find(&self, text: &[u8], mut tell: impl FnMut(usize, Range<usize>)) {
        let Some((front, rest)) = text.split_at_checked(WINDOW - 1) else { return };
        let mut row = front.iter().fold(0, |row, byte| row << CLASS | class(*byte));
        for (start, byte) in rest.iter().enumerate() {
            row = (row << CLASS | class(*byte)) & ((1 << (CLASS * WINDOW)) - 1);
            let word = self.bits[row / 64];
            if word >> (row % 64) & 1 != 0 {
                self.at(text, start, row, &mut tell);
            }
        }
    }

    #[inline(never)]
    fn at(&self, text: &[u8], place: usize, row: usize, tell: &mut impl FnMut(usize, Range<usize>)) {
        let below = self.bits[row / 64] & ((1 << (row % 64)) - 1);
        let rank = usize::from(self.ranks[row / 64]) + below.count_ones() as usize;
        let (from, to) = (self.starts[rank] as usize, self.starts[rank + 1] as usize);
        for entry in &self.entries[from..to] {
            let Some(start) = place.checked_sub(entry.at) else { continue };
            let range = start..start + entry.text.len();
            let Some(there) = text.get(range.clone()) else { continue };
            let same = if entry.exact { *there == *entry.text } else { there.eq_ignore_ascii_case(&entry.text) };
            if same {
                tell(entry.id as usize, range);
            }
        }
    }
}

fn row(window: &[u8]) -> usize {
    window.iter().fold(0, |row, byte| row << CLASS | class(*byte))
}

const fn class(byte: u8) -> usize {
    CLASSES[byte as usize] as usize
}

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            letter @ b'a'..=b'z' => letter - b'a' + 1,
            letter @ b'A'..=b'Z' => letter - b'A' + 1,
            digit @ b'0'..=b'9' => digit - b'0' + 27,
            // Marks share classes; that only lets a few more places through.
            mark @ 33..=126 => 37 + mark % 26,
            _ => 63,
        };
        byte += 1;
    }
    table
};

/// How common a row of bytes is in source, logs and prose; only the order counts.
fn common(window: &[u8]) -> u32 {
    window
        .iter()
        .map(|byte| match byte.to_ascii_lowercase() {
            b'e' | b't' | b' ' => 30,
            b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 26,
            b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'0'..=b'2' => 20,
            b'3'..=b'9' | b'f' | b'g' | b'h' | b'_' | b'"' | b'/' | b'.' | b'-' | b':' | b'=' => 16,
            b'b' | b'y' | b'w' | b'v' | b'k' => 12,
            _ => 5,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::Prefilter;

    #[test]
    fn every_text_is_found_wherever_it_stands() {
        let texts = ["AKIA", "SK", "datadog", "Q~", "://", "data", "ta", "-us", "x"];
        let filter = Prefilter::new(texts.map(|text| (text, text.contains(|letter: char| letter.is_uppercase()))));
        let found = |text: &str| {
            let mut found = Vec::new();
            filter.find(text.as_bytes(), |id, range| found.push((texts[id], range)));
            found.sort_by_key(|(text, range)| (range.start, *text));
            found
        };
        assert_eq!(found("AKIA"), [("AKIA", 0..4)]);
        assert_eq!(found("akia xAKIA"), [("AKIA", 6..10)]);
        assert_eq!(found("DataDog!"), [("data", 0..4), ("datadog", 0..7), ("ta", 2..4)]);
        assert_eq!(found("SK1 sk1 Q~x://-us"), [("SK", 0..2), ("Q~", 8..10), ("://", 11..14), ("-us", 14..17)]);
        assert_eq!(found(""), []);
        assert_eq!(found("SK"), []);
    }
}

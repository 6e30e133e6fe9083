//! Whether a text holds any of many short parts: most places are ruled out by one look at two bytes.

/// The first two bytes of all parts, by the low six bits of each.
pub(super) struct Pairs([u64; 64]);

impl Pairs {
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut pairs = [0; 64];
        for part in parts {
            let (row, bit) = Self::place(part.as_bytes()[0], part.as_bytes()[1]);
            pairs[row] |= bit;
        }
        Self(pairs)
    }

    fn place(first: u8, second: u8) -> (usize, u64) {
        (usize::from(first & 63), 1 << (second & 63))
    }

    /// Whether one of the parts that this was made of stands in the text.
    pub(super) fn any(&self, text: &str, parts: &[&str]) -> bool {
        let bytes = text.as_bytes();
        bytes.windows(2).enumerate().any(|(at, pair)| {
            let (row, bit) = Self::place(pair[0], pair[1]);
            self.0[row] & bit != 0 && parts.iter().any(|part| bytes[at..].starts_with(part.as_bytes()))
        })
    }
}

/// How many items a page holds at most: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest.
    pub const MAX: Self = Self(100);

    /// A size within bounds; none outside of them.
    #[must_use]
    pub const fn new(size: u8) -> Option<Self> {
        if size >= 1 && size <= Self::MAX.0 { Some(Self(size)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Some items of a partition, in order of their sort keys.
#[derive(Clone, Debug)]
pub struct Page<V> {
    /// The items.
    pub items: Vec<V>,
    /// The sealed token of the next page; none when this is the last.
    pub next: Option<String>,
}

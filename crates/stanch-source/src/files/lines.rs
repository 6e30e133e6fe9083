/// Where the lines of a file begin, to turn byte offsets into lines and columns.
#[derive(Debug)]
pub(crate) struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            // A lone CR ends a line in Python too.
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends {
                starts.push(u32::try_from(index + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// Lines in the file; an empty last line does not count.
    pub(crate) fn count(&self, text: &str) -> u64 {
        let last_is_empty = self.starts.last().is_some_and(|start| *start as usize >= text.len());
        self.starts.len() as u64 - u64::from(last_is_empty)
    }

    pub(crate) fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX).max(1)
    }

    /// Line and column, both from 1, the column in code points.
    pub(crate) fn position(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.starts.get(line as usize - 1).copied().unwrap_or_default() as usize;
        let column = text.get(start..offset as usize).map_or(0, |front| front.chars().count());
        (line, u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1))
    }
}

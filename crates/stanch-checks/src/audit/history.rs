//! Keys in old commits: what `git log --patch` tells, read as it comes and never held as a whole.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use stanch_findings::Place;
use stanch_secrets::names::UserNames;

use super::files::{FileKeys, in_bytes, judged};
use crate::Defect;

/// Longest line that is looked at, in bytes; the rest of a longer one is left out.
const LINE: usize = 64 << 10;
/// Added lines of one file in one commit that are held at a time, in bytes.
const HELD: usize = 1 << 20;
/// Keys that are told apart; a history with more of them needs no longer list.
const KEYS: usize = 10_000;
/// Characters of a commit's name that are shown.
const NAME: usize = 12;

/// The keys that a history holds and the files of today, `current`, do not, each once, at the newest commit that put it
/// there. `patch` is what `git log --patch --unified=0 --format=%x00%H` writes.
///
/// # Errors
/// When the patch cannot be read to its end.
pub(super) fn defects(patch: &mut dyn BufRead, current: &[FileKeys], names: &UserNames) -> io::Result<Vec<Defect>> {
    let mut reader = Reader {
        known: current.iter().flat_map(|file| file.keys.iter().map(identity)).collect(),
        names,
        commit: String::new(),
        path: None,
        added: Vec::new(),
        numbers: Vec::new(),
        found: Vec::new(),
    };
    let mut line = Vec::new();
    // Lines of a hunk that are still to come, so that text which looks like a header is taken for what it is.
    let (mut removed, mut added, mut number) = (0_u32, 0_u32, 0_u32);
    while read_line(patch, &mut line)? {
        match line.first() {
            Some(b'+') if added > 0 => {
                reader.push(&line[1..], number);
                added -= 1;
                number = number.saturating_add(1);
            }
            Some(b'-') if removed > 0 => removed -= 1,
            Some(0) => {
                reader.finish();
                reader.commit = String::from_utf8_lossy(&line[1..]).chars().take(NAME).collect();
                reader.path = None;
            }
            _ if line.starts_with(b"@@ ") => (removed, added, number) = hunk(&line).unwrap_or_default(),
            _ if line.starts_with(b"+++ ") => {
                reader.finish();
                reader.path = path(&line[4..]);
            }
            _ => {}
        }
    }
    reader.finish();
    Ok(reader.found)
}

/// What makes two keys one: the digest of a long one, else its line without it.
fn identity(key: &super::FileKey) -> String {
    key.digest.clone().unwrap_or_else(|| key.line.clone())
}

struct Reader<'n> {
    known: BTreeSet<String>,
    names: &'n UserNames,
    commit: String,
    path: Option<String>,
    /// Lines that the commit adds to the file, and the number of each in it.
    added: Vec<u8>,
    numbers: Vec<u32>,
    found: Vec<Defect>,
}

impl Reader<'_> {
    fn push(&mut self, line: &[u8], number: u32) {
        if self.path.is_none() {
            return;
        }
        if self.added.len() + line.len() > HELD {
            self.finish();
        }
        self.added.extend_from_slice(line);
        self.added.push(b'\n');
        self.numbers.push(number);
    }

    /// Looks at what is held, and lets it go.
    fn finish(&mut self) {
        let added = std::mem::take(&mut self.added);
        let numbers = std::mem::take(&mut self.numbers);
        let Some(path) = self.path.clone().filter(|_| !added.is_empty() && self.known.len() < KEYS) else { return };
        let Some(mut keys) = in_bytes(&path, &added, self.names) else { return };
        keys.keys.retain(|key| self.known.insert(identity(key)));
        for mut defect in judged(&[keys]) {
            let Some(place) = defect.source.take() else { continue };
            let line = numbers.get(place.line.saturating_sub(1) as usize).copied().unwrap_or(place.line);
            defect.message = format!(
                "Commit `{}` put a key into `{path}`. It no longer stands there, but everybody with a clone has it, and so \
                 has whoever gets hold of one.",
                self.commit
            );
            defect.remediation = "Have the key revoked: it has to be taken for known. Rewriting the history \
                                  (`git filter-repo --replace-text`) does not reach the clones that exist."
                .to_owned();
            defect.others.insert(Place::History { commit: self.commit.clone(), path: path.clone(), line });
            self.found.push(defect);
        }
    }
}

/// Reads a line without its end, at most [`LINE`] bytes of it; `false` at the end of the text.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        let room = LINE.saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let used = piece.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// `@@ -3,0 +4,2 @@`: lines removed, lines added, and the number of the first one added.
fn hunk(line: &[u8]) -> Option<(u32, u32, u32)> {
    let text = std::str::from_utf8(line).ok()?;
    let mut parts = text.split(' ').skip(1);
    let range = |part: &str| -> Option<(u32, u32)> {
        let (start, count) = part.get(1..)?.split_once(',').unwrap_or((part.get(1..)?, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let (_, removed) = range(parts.next()?)?;
    let (start, added) = range(parts.next()?)?;
    Some((removed, added, start))
}

/// The path behind `+++ `; none for a file that was taken away, or one of other people's code.
fn path(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_end_matches('\t').trim_matches('"');
    let path = text.strip_prefix("b/")?;
    (!stanch_source::is_foreign(path)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

    use stanch_findings::Place;

    fn places(patch: &str) -> Vec<(String, String, u32)> {
        let found = super::defects(&mut patch.as_bytes(), &[], &Default::default()).unwrap();
        let place = |place: &Place| match place {
            Place::History { commit, path, line } => Some((commit.clone(), path.clone(), *line)),
            _ => None,
        };
        found.iter().flat_map(|defect| defect.others.iter().filter_map(place)).collect()
    }

    #[test]
    fn a_key_is_told_once_and_by_its_line() {
        let key = "q8Zr7TkVb2".repeat(4);
        let patch = format!(
            "\0aaaaaaaaaaaaaaaa\n\ndiff --git a/s.py b/s.py\n--- a/s.py\n+++ b/s.py\n@@ -3,2 +3,2 @@ def f():\n-x = 1\n--- y\n\
             +z = 1\n+SECRET_KEY = '{key}'\n\0bbbbbbbbbbbbbbbb\n\n--- /dev/null\n+++ b/s.py\n@@ -0,0 +1 @@\n+SECRET_KEY = \
             '{key}'\n+++ b/venv/x.py\n@@ -0,0 +1 @@\n+API_KEY = '{key}x'\n"
        );
        assert_eq!(places(&patch), [("aaaaaaaaaaaa".to_owned(), "s.py".to_owned(), 4)]);
    }

    #[test]
    fn any_bytes_are_taken() {
        for patch in ["", "\0", "@@ x", "+++ b/a\n@@ -1 +1,4294967295 @@\n+a\n+b", "@@ -0,0 +99999999999 @@\n+x\n"] {
            assert!(places(patch).is_empty(), "{patch:?}");
        }
    }
}

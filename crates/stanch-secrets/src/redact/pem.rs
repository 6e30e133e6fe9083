//! Private keys that go over many lines.

/// Where a line stands to a private key in PEM form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pem {
    /// Not in one.
    Outside,
    /// In its body: nothing is shown.
    Inside,
}

/// Where the body begins in a line that opens a private key and does not close it; none for any other line.
pub(super) fn opens(line: &[u8]) -> Option<usize> {
    let begin = memchr::memmem::find(line, b"-----BEGIN ")?;
    let title = begin + 11;
    let end = title + memchr::memmem::find(line.get(title..(title + 60).min(line.len()))?, b"-----")?;
    memchr::memmem::find(&line[title..end], b"PRIVATE KEY")?;
    let body = end + 5;
    let rest = line[body..].trim_ascii();
    // In a quoted text the rest of the line is no body: the key, if there is one, stands there whole.
    (rest.is_empty() || rest.iter().all(|byte| is_body(*byte))).then_some(body)
}

/// Whether a line can belong to the body: base64, a header, nothing.
pub(super) fn continues(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let header = [&b"Proc-Type:"[..], b"DEK-Info:", b"Version:", b"Comment:", b"Hash:"]
        .iter()
        .any(|start| line.starts_with(start));
    let marked = line
        .strip_prefix(b"#")
        .or_else(|| line.strip_prefix(b"//"))
        .or_else(|| line.strip_prefix(b"|"))
        .unwrap_or(line)
        .trim_ascii();
    header || marked.iter().all(|byte| is_body(*byte))
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\' | b'-' | b'_')
}

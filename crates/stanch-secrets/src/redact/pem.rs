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
    // In a quoted text the rest of the line is no body: the key, if there is one, stands there whole. But lines of
    // source that are joined to one text end with a quote and a mark.
    (rest.is_empty() || bare(rest).iter().all(|byte| is_body(*byte))).then_some(body)
}

/// Whether a line can belong to the body: base64, a header, nothing. It may stand in quotes, in a comment, or behind
/// the time and place of a log.
pub(super) fn continues(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let header = [&b"Proc-Type:"[..], b"DEK-Info:", b"Version:", b"Comment:", b"Hash:"]
        .iter()
        .any(|start| line.starts_with(start));
    let text = bare(line);
    let last = text.iter().rposition(u8::is_ascii_whitespace).map_or(text, |at| &text[at + 1..]);
    header || text.iter().all(|byte| is_body(*byte)) || last.len() >= 40 && last.iter().all(|byte| is_body(*byte))
}

/// The line without the marks that source puts around its text.
fn bare(line: &[u8]) -> &[u8] {
    let mark = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;()#*|".contains(byte);
    let start = line.iter().take_while(|byte| mark(byte) || matches!(**byte, b'+' | b'/') && line.len() < 9).count();
    let mut text = &line[start..];
    for prefix in [&b"// "[..], b"/// ", b"+ "] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let start = text.iter().take_while(|byte| mark(byte)).count();
    text = &text[start..];
    let mut end = text.len();
    while end > 0 && (mark(&text[end - 1]) || text[end - 1] == b'+' && end > 1 && mark(&text[end - 2])) {
        end -= 1;
    }
    &text[..end]
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\' | b'-' | b'_')
}

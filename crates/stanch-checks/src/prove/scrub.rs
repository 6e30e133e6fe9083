//! What differs from run to run, taken out of excerpts: times, ports, paths of this machine, values that the app makes up.

/// The text with a word in place of each such part. Labels of masks stay.
pub(super) fn scrub(text: &str) -> String {
    let text = paths(&times(text));
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.' | ':') {
            word.push(c);
            continue;
        }
        out.push_str(&replaced(&word));
        word.clear();
        out.push(c);
    }
    out.push_str(&replaced(&word));
    out
}

/// Shortest run that no person writes when it holds letters and digits.
const RANDOM: usize = 16;

fn replaced(word: &str) -> String {
    for host in ["127.0.0.1:", "localhost:"] {
        if let Some(port) = word.strip_prefix(host)
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
        {
            return format!("{host}…");
        }
    }
    // Our own directory for the run.
    if word.starts_with("stanch-") && word.matches('-').count() > 1 && word.bytes().any(|byte| byte.is_ascii_digit()) {
        return "stanch-…".to_owned();
    }
    let runs: Vec<String> = word
        .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|run| {
            let bare = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let digits = bare.bytes().filter(u8::is_ascii_digit).count();
            let random = bare.len() >= RANDOM && digits > 2 && digits < bare.len();
            if random { format!("[random]{}", &run[bare.len()..]) } else { run.to_owned() }
        })
        .collect();
    runs.concat()
}

/// Times as ISO 8601, Python's `logging` and access logs write them.
fn times(text: &str) -> String {
    let shapes: [&str; 3] = ["dddd-dd-dd?dd:dd:dd", "dd/aaa/dddd dd:dd:dd", "dd/aaa/dddd:dd:dd:dd"];
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let shape = shapes.iter().find(|shape| fits(rest, shape.as_bytes()));
        let touches = at > 0 && bytes[at - 1].is_ascii_digit();
        match shape.filter(|_| !touches) {
            Some(shape) => {
                out.extend_from_slice("[time]".as_bytes());
                at += shape.len();
                // Fractions and the zone.
                while bytes.get(at).is_some_and(|byte| byte.is_ascii_digit() || b".,+Z:".contains(byte)) {
                    at += 1;
                }
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn fits(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(byte, kind)| match kind {
            b'd' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_alphabetic(),
            b'?' => matches!(byte, b'T' | b' '),
            other => byte == other,
        })
}

/// Files of a traceback by their last two parts.
fn paths(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("File ") {
        let (before, found) = rest.split_at(at + "File ".len());
        out.push_str(before);
        let quote: String = found.chars().take_while(|c| matches!(c, '\\' | '"' | '\'')).collect();
        let path = &found[quote.len()..];
        let end = path.find(['"', '\\', '\'', ' ']).unwrap_or(path.len());
        let parts: Vec<&str> = path[..end].rsplit('/').take(2).collect();
        out.push_str(&quote);
        if path.starts_with('/') && !parts.is_empty() {
            out.push_str("…/");
            out.push_str(&parts.into_iter().rev().collect::<Vec<_>>().join("/"));
        } else {
            out.push_str(&path[..end]);
        }
        rest = &path[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn what_differs_between_equal_runs_is_gone_and_the_rest_stays() {
        for (text, expected) in [
            ("2026-11-25 12:59:30,303 WARNING shop rejected", "[time] WARNING shop rejected"),
            ("'created_at': '2026-11-25T12:59:30.303112+00:00'", "'created_at': '[time]'"),
            (r#"- - [25/Nov/2026 12:59:31] "GET / HTTP/1.1" 200"#, r#"- - [[time]] "GET / HTTP/1.1" 200"#),
            ("'Host': '127.0.0.1:34981'", "'Host': '127.0.0.1:…'"),
            ("issued fbk_3f9a7c1e22b04d58 to u1", "issued fbk_[random] to u1"),
            (r#"File "/home/me/app/venv/flask/app.py", line 5"#, r#"File "…/flask/app.py", line 5"#),
            ("\"password_hash\":\"[password-hash #1]\"", "\"password_hash\":\"[password-hash #1]\""),
            ("ProvisionedThroughputExceededException", "ProvisionedThroughputExceededException"),
            (
                "arn:aws:sts::000000000000:assumed-role/app/session",
                "arn:aws:sts::000000000000:assumed-role/app/session",
            ),
        ] {
            assert_eq!(scrub(text), expected);
        }
    }
}

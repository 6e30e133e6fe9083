//! Keys that are given by position: `jwt.encode(claims, "…")`, `URLSafeTimedSerializer("…")`.

use super::FileKind;
use crate::assign::{Assignment, Operator, Quote, named_before, read_value};
use crate::names::{KeyKind, UserNames};

/// Calls that take a key, and its place among the arguments (documentation of PyJWT, itsdangerous, cryptography).
const CALLS: [(&[u8], usize); 8] = [
    (b"Fernet(", 0),
    (b"JSONWebSignatureSerializer(", 0),
    (b"TimestampSigner(", 0),
    (b"URLSafeSerializer(", 0),
    (b"URLSafeTimedSerializer(", 0),
    (b"compare_digest(", 1),
    (b"jwt.decode(", 1),
    (b"jwt.encode(", 1),
];

/// Most bytes of a call before its key.
const REACH: usize = 600;

/// Whether a name is that of such a call.
pub(super) fn is_call(name: &str) -> bool {
    CALLS.iter().any(|(call, _)| name.as_bytes() == &call[..call.len() - 1])
}

/// What a client's key or password is compared with by `compare_digest(credentials.password, "…")`.
pub(super) fn compared<'t>(
    text: &'t [u8],
    kind: FileKind,
    names: &'t UserNames,
) -> impl Iterator<Item = Assignment> + 't {
    let text: &[u8] = if matches!(kind, FileKind::Python | FileKind::Test) { text } else { b"" };
    memchr::memmem::find_iter(text, COMPARISON).filter_map(move |at| {
        let open = at + COMPARISON.len();
        let from = argument(text, open, 1)?;
        let comma = memchr::memrchr(b',', &text[open..from]).map(|comma| open + comma)?;
        let (kind, name) = named_before(text, comma, names)?;
        let value = read_value(text, from, Operator::Compare, kind)?;
        (value.quote != Quote::None && !value.template).then_some(())?;
        let operator = Operator::Compare;
        Some(Assignment { kind, name, value: value.range, operator, quoted: true, template: false })
    })
}

const COMPARISON: &[u8] = b"compare_digest(";

/// Whether this name is the first argument of such a comparison.
pub(super) fn is_compared(text: &[u8], name: usize) -> bool {
    text[..name].ends_with(COMPARISON)
}

/// Every literal that such a call takes as its key.
pub(super) fn arguments(text: &[u8], kind: FileKind) -> impl Iterator<Item = Assignment> + '_ {
    let text: &[u8] = if matches!(kind, FileKind::Python | FileKind::Test) { text } else { b"" };
    CALLS.into_iter().flat_map(move |(call, position)| {
        memchr::memmem::find_iter(text, call).filter_map(move |at| {
            let open = at + call.len();
            let from = argument(text, open, position)?;
            let prefix = usize::from(matches!(text.get(from), Some(b'b' | b'r')));
            matches!(text.get(from + prefix), Some(b'"' | b'\'')).then_some(())?;
            let value = read_value(text, from, Operator::Equals, KeyKind::Secret)?;
            (value.quote != Quote::None && !value.template).then_some(())?;
            Some(Assignment {
                kind: KeyKind::Secret,
                name: at..open - 1,
                value: value.range,
                operator: Operator::Equals,
                quoted: true,
                template: false,
            })
        })
    })
}

/// Where the argument at a position begins in the call that opens before `open`.
fn argument(text: &[u8], open: usize, position: usize) -> Option<usize> {
    let (mut depth, mut left, mut quote) = (0_usize, position, None);
    let mut at = open;
    while left > 0 {
        let byte = *text.get(at).filter(|_| at < open + REACH)?;
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
            (None, b',') if depth == 0 => left -= 1,
            _ => {}
        }
        at += 1;
    }
    let blank = text.get(at..)?.iter().take(80).take_while(|byte| byte.is_ascii_whitespace()).count();
    Some(at + blank)
}

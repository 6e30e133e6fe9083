/// Deepest nesting of brackets that is parsed; the parsers are recursive, and no code that people write comes near.
const BRACKETS: usize = 200;

/// Whether brackets nest too deeply to be parsed, those in texts counted too.
pub(crate) fn is_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    for byte in bytes {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > BRACKETS {
                    return true;
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

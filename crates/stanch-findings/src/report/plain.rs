//! Text for a terminal or a log that was not written by us.

/// The text on one line without anything that a terminal would obey: white space folded, control and direction
/// characters written out.
pub(super) fn line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => plain.push(' '),
            _ if is_obeyed(character) => plain.extend(character.escape_unicode()),
            _ => plain.push(character),
        }
    }
    plain.trim().to_owned()
}

/// As [`line`], lines kept.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(line_keeping_indent).collect::<Vec<_>>().join("\n")
}

/// The text broken between words at `width` columns. A word longer than that keeps a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

/// `1 route`, `2 routes`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn line_keeping_indent(text: &str) -> String {
    let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
    format!("{indent}{}", line(text))
}

/// Control characters and those that change the direction of text (Trojan Source, CVE-2021-42574).
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        assert_eq!(super::line("a\u{1b}[31mb\r\nc\u{202e}"), "a\\u{1b}[31mb  c\\u{202e}");
        assert_eq!(super::lines("  a\n\tb"), "  a\nb");
    }

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(super::wrap("one two three", 7), "one two\nthree");
        assert_eq!(super::wrap("incomprehensible x", 4), "incomprehensible\nx");
    }
}

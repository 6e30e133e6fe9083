/// Attributes that an update expression sets, adds or removes, aliases resolved: the top-level name of each path that
/// stands at the head of a clause's term.
pub(super) fn updated_names(expression: &str, aliases: &[(String, String)]) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_u32;
    let mut head = true;
    for word in words(expression) {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 => head = true,
            _ if depth > 0 => {}
            _ if ["SET", "ADD", "REMOVE", "DELETE"].iter().any(|clause| word.eq_ignore_ascii_case(clause)) => {
                head = true;
            }
            _ if head && !word.starts_with(':') => {
                head = false;
                names.extend(super::expressions::top_level(word, aliases));
            }
            _ => {}
        }
    }
    names
}

/// Words, brackets, commas and operators.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':' | '.' | '[' | ']' | '-' | '{' | '}');
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::updated_names;

    #[test]
    fn names_at_the_head_of_each_term() {
        let aliases = [("#n".to_owned(), "name".to_owned())];
        let names = updated_names("set #n = :n, info.rating=:r, count = if_not_exists(count, :z) REMOVE old", &aliases);
        assert_eq!(names, ["name", "info", "count", "old"]);
    }
}

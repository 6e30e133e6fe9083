//! Reading of expressions and PartiQL as far as names go: which attributes a request asks for, compares, writes.

use std::collections::BTreeSet;

use serde_json::Value;

/// A token of an expression. Numbers, operators and punctuation are told apart by their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// A bare or double-quoted word: attribute, function, keyword.
    Word(&'t str),
    /// `#alias`, with its sign.
    Alias(&'t str),
    /// `:value`, with its sign.
    Value(&'t str),
    /// A literal in single quotes, without them.
    Literal(&'t str),
    /// One or two characters: `=`, `<=`, `(`, `.`, `?`.
    Sign(&'t str),
}

/// Cuts an expression into tokens. Never fails: what is no token is a sign of one character.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (token, length) = match first {
            '#' | ':' => {
                let end = 1 + span(&rest[1..], |c| is_word(c) || c == '-');
                (if first == '#' { Token::Alias(&rest[..end]) } else { Token::Value(&rest[..end]) }, end)
            }
            '"' | '\'' => {
                let end = rest[1..].find(first).map_or(rest.len(), |at| at + 1);
                let inner = &rest[1..end];
                let token = if first == '"' { Token::Word(inner) } else { Token::Literal(inner) };
                (token, (end + 1).min(rest.len()))
            }
            c if is_word(c) => {
                let end = span(rest, is_word);
                (Token::Word(&rest[..end]), end)
            }
            _ => {
                let two = ["<=", ">=", "<>", "!="].into_iter().find(|sign| rest.starts_with(sign));
                let length = two.map_or(first.len_utf8(), str::len);
                (Token::Sign(&rest[..length]), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn span(text: &str, within: impl Fn(char) -> bool) -> usize {
    text.find(|c| !within(c)).unwrap_or(text.len())
}

/// Top-level attribute names of a projection, aliases resolved.
pub(crate) fn projected(expression: &str, names: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut at_start = true;
    for token in tokens(expression) {
        match token {
            Token::Word(_) | Token::Alias(_) if at_start => {
                found.extend(resolve(&token, names));
                at_start = false;
            }
            Token::Sign(",") => at_start = true,
            _ => {}
        }
    }
    found
}

/// Top-level attribute names that an update expression sets, adds to, removes or deletes from.
pub(crate) fn updated(expression: &str, names: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut at_start = false;
    let mut depth = 0_u32;
    for token in tokens(expression) {
        match token {
            Token::Word(word) if ["SET", "ADD", "REMOVE", "DELETE"].iter().any(|k| word.eq_ignore_ascii_case(k)) => {
                at_start = true;
            }
            Token::Word(_) | Token::Alias(_) if at_start => {
                found.extend(resolve(&token, names));
                at_start = false;
            }
            Token::Sign("(") => depth += 1,
            Token::Sign(")") => depth = depth.saturating_sub(1),
            Token::Sign(",") if depth == 0 => at_start = true,
            _ => {}
        }
    }
    found
}

/// One comparison of an attribute: its name, whether it is an equality, and what it is compared with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comparison<'t> {
    pub(crate) name: String,
    pub(crate) equal: bool,
    pub(crate) with: Token<'t>,
}

/// The comparisons of a key condition or of a PartiQL condition, in order.
pub(crate) fn comparisons<'t>(tokens: &[Token<'t>], names: &Value) -> Vec<Comparison<'t>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = resolve(token, names) else { continue };
        let next = |n: usize| tokens.get(at + n);
        let after = match (next(1), next(2)) {
            (Some(Token::Sign("=")), Some(with)) => Some((true, with)),
            (Some(Token::Sign("<" | ">" | "<=" | ">=")), Some(with)) => Some((false, with)),
            (Some(Token::Word(word)), Some(with)) if word.eq_ignore_ascii_case("between") => Some((false, with)),
            _ => None,
        };
        let within = at.checked_sub(2).and_then(|start| match (&tokens[start], &tokens[start + 1], next(1), next(2)) {
            (Token::Word(call), Token::Sign("("), Some(Token::Sign(",")), Some(with))
                if call.eq_ignore_ascii_case("begins_with") =>
            {
                Some((false, with))
            }
            _ => None,
        });
        let mirrored = at.checked_sub(2).and_then(|start| match (&tokens[start], &tokens[start + 1]) {
            (with @ (Token::Value(_) | Token::Literal(_)), Token::Sign("=")) => Some((true, with)),
            _ => None,
        });
        if let Some((equal, with)) = after.or(within).or(mirrored) {
            found.push(Comparison { name, equal, with: with.clone() });
        }
    }
    found
}

/// The attribute that a word or alias names, none for keywords, numbers and what is no name.
fn resolve(token: &Token<'_>, names: &Value) -> Option<String> {
    match token {
        Token::Alias(alias) => names.get(*alias).and_then(Value::as_str).map(str::to_owned),
        Token::Word(word) if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => Some((*word).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{comparisons, projected, tokens, updated};

    fn pairs(expression: &str, names: &Value) -> Vec<(String, bool)> {
        comparisons(&tokens(expression), names).into_iter().map(|c| (c.name, c.equal)).collect()
    }

    #[test]
    fn key_conditions_give_names_and_roles() {
        let names = json!({"#u": "user", "#t": "at"});
        let expected = vec![("user".to_owned(), true), ("at".to_owned(), false)];
        assert_eq!(pairs("#u = :u AND #t BETWEEN :a AND :b", &names), expected);
        assert_eq!(pairs("(#u = :u) and begins_with(#t, :p)", &names), expected);
        assert_eq!(pairs("user=:u AND at>=:a", &Value::Null), expected);
        assert_eq!(pairs(":u = user", &Value::Null), vec![("user".to_owned(), true)]);
    }

    #[test]
    fn projections_and_updates_give_top_level_names() {
        let names = json!({"#s": "status"});
        assert_eq!(
            projected("id, #s, profile.address[0].city", &names),
            ["id", "profile", "status"].map(str::to_owned).into()
        );
        let update = "SET #s = if_not_exists(#s, :a), profile.x = :b, n = n + :one REMOVE old ADD hits :one";
        assert_eq!(updated(update, &names), ["hits", "n", "old", "profile", "status"].map(str::to_owned).into());
    }

    #[test]
    fn broken_text_is_cut_without_panic() {
        for text in ["'", "\"", "#", ":", "a = '", "é≤ß'", "<", "begins_with(", ", ,"] {
            let cut = tokens(text);
            comparisons(&cut, &Value::Null);
            projected(text, &Value::Null);
            updated(text, &Value::Null);
        }
    }
}

//! The generic assignment: a name that means a key, an operator, a value.
//!
//! Written by hand, since as a regular expression it costs most of a scanner's time: each operator is looked at once,
//! the name is read backwards from it and the value forwards.

mod name;
mod value;

use std::ops::Range;

use crate::names::{KeyKind, UserNames};
use name::{before, compared, element, first_argument, flag};
pub(crate) use value::{Quote, read_value};

/// What stands between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`, `:=`, `=>`
    Equals,
    /// `:`
    Colon,
    /// `==`, `!=`
    Compare,
    /// `getenv("NAME", "value")`
    Comma,
    /// `--name value`
    Flag,
    /// `<name>value</name>`
    Element,
}

/// A value that is given to a name which means a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Kind of key, from the name.
    pub kind: KeyKind,
    /// Byte range of the name, without quotes.
    pub name: Range<usize>,
    /// Byte range of the value, without quotes or an authentication scheme such as `Bearer`.
    pub value: Range<usize>,
    /// How the two are joined.
    pub operator: Operator,
    /// Whether the value is a quoted literal.
    pub quoted: bool,
    /// Whether that literal is a template: an f-string, a template string in backticks.
    pub template: bool,
}

/// Every assignment to a name that means a key, in order of the operators. Values may be anything: empty, a
/// placeholder, an expression; [`crate::value::judge`] tells.
pub fn assignments<'t>(text: &'t [u8], names: &'t UserNames) -> impl Iterator<Item = Assignment> + 't {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let index = at;
            at += 1;
            if !OPERATOR[usize::from(text[index])] || !may_join(text, index) {
                continue;
            }
            if let Some(found) = look(text, index, names) {
                return Some(found);
            }
        }
        None
    })
}

const OPERATOR: [bool; 256] = {
    let mut table = [false; 256];
    table[b'=' as usize] = true;
    table[b':' as usize] = true;
    table[b'>' as usize] = true;
    table[b',' as usize] = true;
    table[b'-' as usize] = true;
    table
};

/// Whether what stands around the mark lets it join a name and a value: a quick look that most marks do not pass.
#[inline]
fn may_join(text: &[u8], index: usize) -> bool {
    let Some(previous) = index.checked_sub(1).map(|at| text[at]) else { return text[index] == b'-' };
    match text[index] {
        b',' => matches!(previous, b'"' | b'\''),
        b'-' => {
            matches!(previous, b' ' | b'\t' | b'\n' | b'"' | b'\'')
                && text.get(index + 1).is_some_and(|next| *next == b'-' || next.is_ascii_alphabetic())
        }
        b':' => text.get(index + 1).is_some_and(|next| *next != b':' && *next != b'\n'),
        _ => true,
    }
}

/// Words that can stand in a name of a key. Most names hold none and are dropped before they are taken apart.
const STEMS: [&[u8]; 37] = [
    b"key",
    b"tok",
    b"secr",
    b"pass",
    b"pwd",
    b"pw",
    b"auth",
    b"cred",
    b"pin",
    b"otp",
    b"mfa",
    b"2fa",
    b"code",
    b"cvv",
    b"cvc",
    b"card",
    b"cc",
    b"jwt",
    b"bearer",
    b"cookie",
    b"sess",
    b"hash",
    b"digest",
    b"mnemo",
    b"seed",
    b"phrase",
    b"salt",
    b"pepper",
    b"conn",
    b"psw",
    b"contrase",
    b"senha",
    b"wachtw",
    b"clave",
    b"kennw",
    b"id_rsa",
    b"answer",
];

fn look(text: &[u8], index: usize, names: &UserNames) -> Option<Assignment> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(b'\n');
    let previous = if index == 0 { b'\n' } else { text[index - 1] };
    let (operator, name, from) = match text[index] {
        b'=' => match (previous, byte(index + 1)) {
            (b'=' | b'<' | b'>' | b'+' | b'*' | b'/' | b'%' | b'^', _) => return None,
            (b'|', _) if index < 2 || text[index - 2] != b'|' => return None,
            (b'|', _) => (Operator::Equals, before(text, index - 2)?, index + 1),
            (b'!', _) => (Operator::Compare, compared(text, index - 1)?, index + 1),
            (_, b'=') => (Operator::Compare, compared(text, index)?, index + 2 + usize::from(byte(index + 2) == b'=')),
            // `:=`, `::=` of makefiles, `.=`, `?=`, `??=`, `||=`.
            (b':' | b'.' | b'?', _) => (Operator::Equals, before(text, back_over(text, index))?, index + 1),
            (_, b'>') => (Operator::Equals, before(text, index)?, index + 2),
            _ => (Operator::Equals, before(text, index)?, index + 1),
        },
        b':' => match (previous, byte(index + 1)) {
            (b':', _) | (_, b':' | b'=') => return None,
            (_, b'/') if byte(index + 2) == b'/' => return None,
            (_, quote) if is_label(text, index, quote) => return None,
            _ => (Operator::Colon, before(text, index)?, index + 1),
        },
        b'>' => (Operator::Element, element(text, index)?, index + 1),
        b',' => (Operator::Comma, first_argument(text, index)?, index + 1),
        _ => {
            let name = flag(text, index)?;
            let from = name.end;
            (Operator::Flag, name, from)
        }
    };
    let mut name = name;
    let mut kind = kind_of(text, &name, names);
    if kind.is_none() && operator == Operator::Equals {
        // `SECRET_KEY: str = …`, `const apiKey string = …`: a type stands in between.
        name = name::before_type(text, name.start)?;
        kind = kind_of(text, &name, names);
    }
    let kind = kind?;
    let value = read_value(text, from, operator, kind)?;
    Some(Assignment {
        kind,
        name,
        value: value.range,
        operator,
        quoted: value.quote != Quote::None,
        template: value.template,
    })
}

/// Whether the colon ends a text that a person reads: `"Password:"`.
fn is_label(text: &[u8], index: usize, quote: u8) -> bool {
    matches!(quote, b'"' | b'\'' | b'`')
        && text[index.saturating_sub(1)].is_ascii_alphanumeric()
        && before(text, index).is_some_and(|name| name.start > 0 && name.end == index && text[name.start - 1] == quote)
}

/// Where the marks begin that belong to the operator ending at `index`.
fn back_over(text: &[u8], index: usize) -> usize {
    index - text[..index].iter().rev().take(3).take_while(|byte| matches!(byte, b':' | b'.' | b'?')).count()
}

/// The name that means a key before the operator at `index`, and its kind.
pub(crate) fn named_before(text: &[u8], index: usize, names: &UserNames) -> Option<(KeyKind, Range<usize>)> {
    let name = before(text, index)?;
    Some((kind_of(text, &name, names)?, name))
}

fn kind_of(text: &[u8], name: &Range<usize>, names: &UserNames) -> Option<KeyKind> {
    let name = &text[name.clone()];
    if names.has_own() || has_stem(name) { names.key_kind(std::str::from_utf8(name).ok()?) } else { None }
}

fn has_stem(name: &[u8]) -> bool {
    // Names of other alphabets are left to the full look.
    let likely = name.windows(2).enumerate().filter(|(_, pair)| PAIRS[pair_of(pair[0], pair[1])]);
    likely.into_iter().any(|(at, _)| {
        let rest = &name[at..];
        STEMS.iter().any(|stem| rest.len() >= stem.len() && rest[..stem.len()].eq_ignore_ascii_case(stem))
    }) || !name.is_ascii()
}

/// The low five bits of a letter are the same in both cases.
const fn pair_of(first: u8, second: u8) -> usize {
    ((first & 31) as usize) << 5 | (second & 31) as usize
}

/// First two bytes of all stems: most positions of most names are ruled out by one look.
const PAIRS: [bool; 1024] = {
    let mut table = [false; 1024];
    let mut at = 0;
    while at < STEMS.len() {
        table[pair_of(STEMS[at][0], STEMS[at][1])] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::assignments;
    use crate::names::UserNames;

    fn found(text: &str) -> Vec<(&str, &str)> {
        let names = UserNames::default();
        assignments(text.as_bytes(), &names).map(|found| (&text[found.name], &text[found.value])).collect()
    }

    #[test]
    fn every_way_to_give_a_name_a_value() {
        for (text, name, value) in [
            (r#"password = "hunter2""#, "password", "hunter2"),
            ("DB_PASSWORD=hunter2", "DB_PASSWORD", "hunter2"),
            ("app.config['SECRET_KEY'] = 'abc'", "SECRET_KEY", "abc"),
            ("app.secret_key = b'abc'", "app.secret_key", "abc"),
            ("SECRET_KEY: str = 'abc'", "SECRET_KEY", "abc"),
            ("const apiKey string = \"abc\"", "apiKey", "abc"),
            ("let apiKey: &'static str = \"abc\";", "apiKey", "abc"),
            (r#"{"api_key": "abc", "x": 1}"#, "api_key", "abc"),
            (r#"{\"api_key\":\"abc\"}"#, "api_key", "abc"),
            (r#"{"API Key" : "abc"}"#, "API Key", "abc"),
            (r#""{\\\"token\\\": \\\"abc\\\"}""#, "token", "abc"),
            ("secret_key: abc", "secret_key", "abc"),
            ("  :password => 'abc'", "password", "abc"),
            ("token := `abc`", "token", "abc"),
            ("GET /x?api_key=abc&b=2 HTTP/1.1", "api_key", "abc"),
            ("Authorization: Bearer abc.def", "Authorization", "abc.def"),
            ("curl -H 'X-Api-Key: abc' x", "X-Api-Key", "abc"),
            ("Cookie: a=1; b=2", "Cookie", "a=1; b=2"),
            ("os.environ.get('SECRET_KEY', 'abc')", "SECRET_KEY", "abc"),
            ("tool --password abc --x", "password", "abc"),
            ("tool --api-key=abc", "api-key", "abc"),
            ("<password>abc</password>", "password", "abc"),
            ("if token == 'abc':", "token", "abc"),
            ("if request.args.get('token') != 'abc':", "token", "abc"),
            ("password = \"a\\\"b\"", "password", "a\\\"b"),
            ("password='''abc'''", "password", "abc"),
            ("password=abc, user=x", "password", "abc"),
            ("password=a,b)c user=x", "password", "a,b)c"),
        ] {
            assert!(found(text).contains(&(name, value)), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn what_gives_no_key_a_value() {
        for text in [
            "std::password::x",
            "token://x",
            "primary_key = 'x'",
            "key = 'x'",
            "a <= b",
            "-> token",
            "",
            "=",
            ":",
            "-",
            "--",
            "--password",
            "password =",
            "{passwordLabel: \"Password:\", rememberMe: \"x\"}",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}

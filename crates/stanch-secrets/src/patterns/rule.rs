//! One pattern, and how a hit of the prefilter is verified.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::allow::Allow;
use super::check::Check;
use super::gate::Gate;
use super::{Confidence, Match};
use crate::value::{Verdict, entropy, is_filled, is_wordy, judge};

/// What a text of the prefilter is to its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// Part of the key itself.
    Literal,
    /// Part of a name that stands before the key.
    Name,
    /// Word that has to stand somewhere; then the expression is tried on the whole text (imported rules).
    Keyword,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    /// The expression; its first group, if it has one, is the key.
    pub(super) source: Cow<'static, str>,
    pub(super) group: Option<usize>,
    pub(super) literals: Vec<Cow<'static, str>>,
    pub(super) names: Vec<Cow<'static, str>>,
    pub(super) keywords: Vec<Cow<'static, str>>,
    /// Id of the pattern beside which a bare match counts.
    pub(super) near: Option<&'static str>,
    /// Bytes of a match that can stand before the literal.
    pub(super) within: usize,
    pub(super) entropy: f64,
    pub(super) check: Check,
    pub(super) confidence: Confidence,
    /// Whether a key may stand glued to letters and digits.
    pub(super) loose: bool,
    /// Whether it comes from a user's file: then what matches is a key, whatever it looks like.
    pub(super) imported: bool,
    pub(super) allowed: Vec<Allow>,
    pub(super) gate: OnceLock<Gate>,
    pub(super) regex: OnceLock<Option<Regex>>,
}

/// Longest key, in bytes: RSA keys and service-account files stay below it.
pub(super) const LONGEST: usize = 8 * 1024;
/// Bytes between a name and the key it announces.
const GAP: usize = 64;

impl Rule {
    pub(super) fn triggers(&self) -> impl Iterator<Item = (&str, Trigger)> {
        self.literals
            .iter()
            .map(|text| (text.as_ref(), Trigger::Literal))
            .chain(self.names.iter().map(|text| (text.as_ref(), Trigger::Name)))
            .chain(self.keywords.iter().map(|text| (text.as_ref(), Trigger::Keyword)))
    }

    /// Whether the case of its literals counts.
    pub(super) fn is_exact(&self) -> bool {
        !self.source.contains("(?i")
    }

    /// Compiled when the prefilter first hits: most patterns never occur, and start-up stays short.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.regex
            .get_or_init(|| {
                // The end is part of the expression, so that of two lengths the one that ends there is taken.
                let source =
                    if self.loose { self.source.clone() } else { format!(r"(?:{})\b{{end-half}}", self.source).into() };
                compile(&source).ok()
            })
            .as_ref()
    }

    /// Whether a look with the expression is worth its price.
    fn may_begin(&self, text: &[u8], start: usize) -> bool {
        (self.loose || begins(text, start)) && self.gate.get_or_init(|| Gate::of(&self.source)).lets_in(&text[start..])
    }

    /// Adds the key at this hit, if there is one.
    pub(super) fn verify(&self, text: &[u8], hit: Range<usize>, trigger: Trigger, found: &mut Vec<Match>) {
        match trigger {
            Trigger::Literal if self.within == 0 => self.at(text, hit.start, found),
            Trigger::Literal => {
                if found.last().is_none_or(|last| last.kind != self.id || last.range.end <= hit.start) {
                    self.covering(text, &hit, found);
                }
            }
            Trigger::Name => {
                if is_aligned(text, &hit)
                    && let Some(start) = after_name(text, hit.end)
                {
                    self.at(text, start, found);
                }
            }
            Trigger::Keyword => {}
        }
    }

    /// Tries the expression at this very place.
    pub(super) fn at(&self, text: &[u8], start: usize, found: &mut Vec<Match>) {
        if !self.may_begin(text, start) {
            return;
        }
        let Some(regex) = self.regex() else { return };
        let input = Input::new(text).range(start..text.len().min(start + LONGEST)).anchored(Anchored::Yes);
        if let Some((whole, range)) = self.run(regex, input)
            && !found.iter().rev().take(8).any(|last| last.kind == self.id && last.range == range)
        {
            self.accept(text, &whole, range, found);
        }
    }

    /// Tries the expression at each place before the hit from where it could reach over it.
    fn covering(&self, text: &[u8], hit: &Range<usize>, found: &mut Vec<Match>) {
        for start in hit.start.saturating_sub(self.within)..=hit.start {
            if !self.may_begin(text, start) {
                continue;
            }
            let Some(regex) = self.regex() else { return };
            let input = Input::new(text).range(start..text.len().min(start + LONGEST)).anchored(Anchored::Yes);
            if let Some((whole, range)) = self.run(regex, input)
                && whole.end >= hit.end
            {
                self.accept(text, &whole, range, found);
                return;
            }
        }
    }

    /// Every match in a window.
    pub(super) fn search(&self, text: &[u8], window: Range<usize>, found: &mut Vec<Match>) {
        let Some(regex) = self.regex() else { return };
        let mut from = window.start;
        // An expression that looks far ahead costs the whole window for each match: their number is bounded.
        for _ in 0..4096 {
            let Some((whole, range)) = self.run(regex, Input::new(text).range(from..window.end)) else { return };
            from = whole.end.max(from + 1);
            if self.loose || begins(text, whole.start) {
                self.accept(text, &whole, range, found);
            }
            if from >= window.end {
                return;
            }
        }
    }

    fn run(&self, regex: &Regex, input: Input<'_>) -> Option<(Range<usize>, Range<usize>)> {
        if regex.captures_len() < 2 {
            return regex.find(input).map(|hit| (hit.range(), hit.range()));
        }
        let mut captures: Captures = regex.create_captures();
        regex.captures(input, &mut captures);
        let whole = captures.get_match()?.range();
        let group = match self.group {
            Some(group) => captures.get_group(group),
            None => (1..regex.captures_len()).find_map(|group| captures.get_group(group)),
        };
        let range = group.map_or_else(|| whole.clone(), |span| span.range());
        (!range.is_empty()).then_some((whole, range))
    }

    fn accept(&self, text: &[u8], whole: &Range<usize>, range: Range<usize>, found: &mut Vec<Match>) {
        let key = &text[range.clone()];
        if self.entropy > 0.0 && entropy(key) < self.entropy {
            return;
        }
        if self.imported {
            if !self.allowed.iter().any(|allow| allow.lets_pass(text, whole, &range)) {
                found.push(Match { kind: self.id, range, confidence: self.confidence });
            }
            return;
        }
        let Ok(value) = std::str::from_utf8(key) else { return };
        if !matches!(judge(value, true), Verdict::Weak | Verdict::Strong)
            || is_masked(&text[range.end..])
            || is_constant(key)
            || !self.names.is_empty() && is_name(key) && is_wordy(value)
            || !self.loose && in_blob(text, whole.start)
        {
            return;
        }
        // A row of the alphabet is a sample more often than a key; it is told, but for what it is.
        let stated = match key {
            key if is_filled(key) => Confidence::Low,
            key if is_sequence(key) => self.confidence.min(Confidence::Medium),
            _ => self.confidence,
        };
        if let Some(confidence) = self.check.confidence(value, stated) {
            found.push(Match { kind: self.id, range, confidence });
        }
    }
}

/// Compiles an expression over bytes. Sizes are bounded, since rule files come from anywhere.
pub(super) fn compile(source: &str) -> Result<Regex, Box<regex_automata::meta::BuildError>> {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(Regex::config().utf8_empty(false).nfa_size_limit(Some(10 << 20)).hybrid_cache_capacity(1 << 20))
        .build(source)
        .map_err(Box::new)
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a key can begin here: no letter, digit or underscore before it, unless that is the end of an escape.
pub(super) fn begins(text: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1).map(|at| text[at]) else { return true };
    if !is_word(before) {
        return true;
    }
    let back = |distance: usize| start.checked_sub(distance).map(|at| text[at]);
    let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
    // `\n`, `%3D`, `\u003d`, and ANSI colours `\x1b[31m`.
    (matches!(before, b'n' | b'r' | b't') && back(2) == Some(b'\\'))
        || (hex(Some(before)) && hex(back(2)) && back(3) == Some(b'%'))
        || (hex(Some(before)) && back(6) == Some(b'\\') && back(5) == Some(b'u'))
        || (before == b'm'
            && back(2).is_some_and(|byte| byte.is_ascii_digit())
            && (3..9).any(|distance| back(distance) == Some(0x1b)))
}

/// Whether part of a name is made of whole words: `okta` is not in `rookTable`, nor `sumo` in `sumOfAll`. What is written
/// together without any hump counts, unless it is so short that it stands in many words.
fn is_aligned(text: &[u8], hit: &Range<usize>) -> bool {
    let is = |place: usize, class: fn(&u8) -> bool| text.get(place).is_some_and(class);
    let hump = |place: usize| is(place - 1, u8::is_ascii_lowercase) && is(place, u8::is_ascii_uppercase);
    let torn = (hit.start + 1..hit.end).any(hump) && is(hit.end, u8::is_ascii_lowercase);
    let glued = hit.start > 0 && is(hit.start - 1, u8::is_ascii_alphabetic);
    !torn && (!glued || hit.len() > 5 || hump(hit.start))
}

/// Where the value begins that a name announces, of which a part ends at `end`: the rest of the name, an operator,
/// quotes.
fn after_name(text: &[u8], end: usize) -> Option<usize> {
    let limit = text.len().min(end + GAP);
    let mut at = end;
    while at < limit && (is_word(text[at]) || matches!(text[at], b'-' | b'.')) {
        at += 1;
    }
    // `vendor secret a1b2…` and `vendor-token a1b2…`: a word for key is as good as an operator.
    let mut operator = names_key(&text[end..at]);
    while at < limit {
        match text[at] {
            b'=' | b':' | b',' | b'>' | b'(' => operator = true,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'[' | b'|' | b'?' | b'{' | b'\n' | b'\r' => {}
            byte if is_word(byte) || matches!(byte, b'/' | b'+' | b'-' | b'.') => {
                if operator {
                    // `Bearer`, `token` and letters of a literal stand between the operator and the key.
                    let rest = &text[at..limit];
                    let skip = [
                        "Bearer ", "bearer ", "Basic ", "basic ", "token ", "Token ", "b'", "b\"", "r'", "r\"", "f\"",
                        "f'",
                    ]
                    .iter()
                    .find(|word| rest.starts_with(word.as_bytes()));
                    return Some(at + skip.map_or(0, |word| word.len()));
                }
                // `datadog api key: …`: a second word of the name.
                let word = at;
                at += 1;
                while at < limit && (is_word(text[at]) || matches!(text[at], b'-' | b'.')) {
                    at += 1;
                }
                operator = names_key(&text[word..at]);
                continue;
            }
            _ => return None,
        }
        at += 1;
    }
    None
}

/// `PRIMARY_ACCOUNT_JWT`: the name of what has to be put in.
fn is_constant(key: &[u8]) -> bool {
    key.contains(&b'_')
        && key.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
        && std::str::from_utf8(key).is_ok_and(is_wordy)
}

/// Whether the text could be a name in code: `SqlAlchemyJobStore`.
fn is_name(key: &[u8]) -> bool {
    key.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_') && !key[0].is_ascii_digit()
}

/// Whether a long run of base64 goes on here: what looks like a key in it is chance.
fn in_blob(text: &[u8], start: usize) -> bool {
    const BLOB: usize = 72;
    let before = &text[start.saturating_sub(BLOB)..start];
    matches!(before.last(), Some(b'+' | b'/'))
        && before.len() == BLOB
        && before.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Whether what follows stands for the rest of the key: `xoxp-1234-…`, `ghp_a1b2****`.
fn is_masked(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"_")).unwrap_or(rest);
    [&b"..."[..], b"***", b"###", "…".as_bytes(), "•".as_bytes()].iter().any(|mask| rest.starts_with(mask))
}

fn names_key(word: &[u8]) -> bool {
    [&b"key"[..], b"token", b"secret", b"access", b"private", b"password", b"pat"]
        .iter()
        .any(|end| word.len() >= end.len() && word[word.len() - end.len()..].eq_ignore_ascii_case(end))
}

/// `abcdefghij…` and `0123456789…` behind a prefix are nobody's key.
fn is_sequence(key: &[u8]) -> bool {
    let steps = key.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) == 1 || pair[0] == pair[1]).count();
    key.len() > 12 && steps * 3 > key.len() * 2
}

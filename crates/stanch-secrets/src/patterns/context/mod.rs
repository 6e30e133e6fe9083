//! Keys of no format of their own, by what stands before them: a vendor's name, a word for key, then text that only a
//! generator writes (`scaleway SECRET 3f8a…`, `PAGERDUTY_KEY: "y_Xk…"`).

mod shape;
mod structure;
mod words;

use std::ops::Range;

use super::{Confidence, Match};
use crate::value::{Verdict, judge};
use shape::Shape;
use words::{announced, before};

/// Shortest text that is looked at, in bytes. Every run of that length covers one byte of each step of the search.
const SHORTEST: usize = 16;
/// Longest text that is looked at; what is longer is data.
const LONGEST: usize = 2048;
/// Bytes before a text that may name it.
const REACH: usize = 96;
/// Words of these bytes that are looked at.
const WORDS: usize = 8;

/// Adds every such key.
pub(super) fn keys(text: &[u8], found: &mut Vec<Match>) {
    let mut at = SHORTEST - 1;
    let mut floor = 0;
    while at < text.len() {
        if !is_run(text[at]) {
            at += SHORTEST;
            continue;
        }
        let start = at - text[floor..at].iter().rev().take_while(|byte| is_run(**byte)).count();
        let end = at + text[at..].iter().take_while(|byte| is_run(**byte)).count();
        if (SHORTEST..=LONGEST).contains(&(end - start)) {
            look(text, start..end, found);
        }
        floor = end;
        at = end + SHORTEST;
    }
}

const RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'-' | b'_' | b'.');
        byte += 1;
    }
    table
};

const fn is_run(byte: u8) -> bool {
    RUN[byte as usize]
}

fn look(text: &[u8], run: Range<usize>, found: &mut Vec<Match>) {
    if !text[run.clone()].iter().any(u8::is_ascii_digit) && !is_all_letters(&text[run.clone()]) {
        return;
    }
    if structure::is_discord_token(&text[run.clone()]) {
        found.push(Match { kind: "discord-bot-token", range: run, confidence: Confidence::High });
        return;
    }
    let Some(range) = whole(text, run.clone()) else { return };
    if announces(text, range.clone(), None, found) {
        return;
    }
    // `pdfshift-key-3f8a…`: the name is glued to the key by the last mark that stands before random text.
    let marks = text[run.clone()].iter().enumerate().rev().filter(|(_, byte)| matches!(byte, b'-' | b'_' | b'.'));
    for at in marks.map(|(at, _)| run.start + at + 1).take(6) {
        if at + SHORTEST <= range.end && announces(text, at..range.end, Some(run.start), found) {
            return;
        }
    }
}

/// Adds the key if it looks like one and what stands before it says so; the words begin at `from` if that is given.
fn announces(text: &[u8], range: Range<usize>, from: Option<usize>, found: &mut Vec<Match>) -> bool {
    let Ok(value) = std::str::from_utf8(&text[range.clone()]) else { return false };
    // What is glued to a name is one piece: neither the path behind a host (`github.com/a/b-c/commit/…`) nor the parts of
    // a model's name (`vendor-large-122b-a10b`).
    if from.is_some() && (value.contains('/') || !has_long_part(value)) {
        return false;
    }
    let shape = Shape::of(value);
    // Dots stand for the rest of a sample; what is called is no key.
    if shape == Shape::Other || goes_on(&text[range.end..]) {
        return false;
    }
    let Some(before) = before(text, range.start, from) else { return false };
    let Some(confidence) = announced(&before, shape, value) else { return false };
    if !matches!(judge(value, true), Verdict::Weak | Verdict::Strong) {
        return false;
    }
    found.push(Match { kind: before.kind(), range, confidence });
    true
}

fn has_long_part(value: &str) -> bool {
    value.len() == 36 || value.split(['-', '_', '.']).any(|part| part.len() >= 12)
}

/// Whether what follows shows that the text was no key: the rest of a sample, a call, marks that no key of this alphabet
/// has within.
fn goes_on(rest: &[u8]) -> bool {
    match rest {
        [b'.', b'.', ..] | [b'(', ..] => true,
        [b'?' | b'#' | b'$' | b'^' | b'*', next, ..] => next.is_ascii_alphanumeric(),
        _ => false,
    }
}

fn is_all_letters(run: &[u8]) -> bool {
    run.len() >= 20 && run.iter().all(u8::is_ascii_alphabetic)
}

/// The key with what is glued to its end: padding, further parts behind `:`, `~`, `%` and the like.
fn whole(text: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    let limit = text.len().min(run.start + LONGEST);
    let mut end = run.end;
    while end < limit && (is_run(text[end]) || matches!(text[end], b'=' | b':' | b'~' | b'%' | b'!' | b'@' | b'|')) {
        end += 1;
    }
    while end > run.start && matches!(text[end - 1], b'.' | b':' | b'!' | b'|' | b'@' | b'%' | b'~') {
        end -= 1;
    }
    // What ends with an operator is a name.
    let open = text[..end].iter().rev().take_while(|byte| **byte == b'=').count();
    (end - run.start >= SHORTEST && !(open == 1 && matches!(text.get(end), Some(b'"' | b'\'' | b'$' | b'{' | b'<'))))
        .then_some(run.start..end)
}

#[cfg(test)]
mod tests {
    use super::keys;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        keys(text.as_bytes(), &mut found);
        found.into_iter().map(|hit| &text[hit.range]).collect()
    }

    const HEX: &str = "5f1c02d9a7be4368f0d2c4b6e8a19375";
    const MIXED: &str = "q7Zk22PxvT90bnQeRwLm4cXa";

    #[test]
    fn a_vendor_and_a_word_for_key_announce_one() {
        for text in [
            "scaleway SECRET {}",
            "scalewaySECRET {}",
            "SCALEWAY_KEY = '{}'",
            "the pdfshift api key is {}",
            "mailboxlayer-access-key: {}",
            "pagerduty {}",
            "quasar_key: \"{}\"",
            "myservice TOKEN {}",
            "{\"zenscrape\": \"{}\"}",
            "box access token = {}",
            "<add key=\"HolidayApi\" value=\"{}\"/>",
            "open weather map api_key\n{}",
            "pdfshift-key-{}",
            "fileio.TOKEN.{}",
            "datadog_secret_{}",
        ] {
            for value in [HEX, MIXED] {
                let text = text.replace("{}", value);
                assert_eq!(found(&text), [value], "{text}");
            }
        }
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            "sha256 {}",
            "commit {}",
            "scaleway image sha {}",
            "github {}",
            "https://github.com/a/b/commit/{}",
            "box {}",
            "cache_key = {}",
            "primary key {}",
            "public key: {}",
            "next_token: {}",
            "idempotency_key: {}",
            "the key {}",
            "key: {}",
            "a {}",
            "{}",
            "stripe publishable key {}",
            "build-{}",
            "github.com/a/b/{}",
            "node-v1-{}",
        ] {
            for value in [HEX, MIXED] {
                let text = text.replace("{}", value);
                assert_eq!(found(&text), [""; 0], "{text}");
            }
        }
        for text in [
            "scaleway SECRET get_secret_from_environment",
            "twilio_token = request.headers.authorization_token",
            "pdfshift_key: settings/pdfshift/key",
            "pagerduty key 2024-01-01T00:00:00",
            "route53 = 'route53-2013-04-01.min.json'",
            "scaleway key: HttpEndpointAccessKey",
            "twilio key = stringMin24Max512Pattern",
            "stripe token: \"custom-key-store-1630604382908\"",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn parts_behind_the_first_belong_to_it() {
        let text = format!("moosend_key = {HEX}.{MIXED}:{HEX}== and");
        assert_eq!(found(&text), [format!("{HEX}.{MIXED}:{HEX}==")]);
    }
}

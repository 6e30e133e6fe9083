//! Every planted key, in every encoding, cut at every place, over text, JSON, NDJSON and server-sent events: the
//! output never holds the key nor a part of it beyond the vendor's public prefix, and all else is as it was.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod generate;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use generate::expand;
use stanch_secrets::redact::{RedactOptions, Redactor};

/// Formats that are planted, each with the length of what the vendor makes public of every key.
const FORMATS: &[(&str, usize)] = &[
    ("AKIA{base32:16}", 4),
    ("ghp_{alnum:36}", 4),
    ("github_pat_{alnum:22}_{alnum:59}", 11),
    ("glpat-{b64url:20}", 6),
    ("xoxb-{digit:12}-{digit:12}-{alnum:24}", 5),
    ("SG.{b64url:22}.{b64url:43}", 3),
    ("sk-ant-api03-{b64url:93}AA", 13),
    ("shpat_{hex:32}", 6),
    ("npm_{alnum:36}", 4),
    ("AIza{b64url:35}", 4),
    ("dop_v1_{hex:64}", 7),
    ("hf_{alpha:34}", 3),
    ("{jwt}", 3),
];

type Encoding = fn(&str) -> String;

/// Encodings in which a key leaves, with the text around it that is encoded too.
const ENCODINGS: &[(&str, Encoding)] = &[
    ("raw", |key| key.to_owned()),
    ("percent", |key| key.bytes().map(|byte| format!("%{byte:02X}")).collect()),
    ("unicode escapes", |key| key.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect()),
    ("entities", |key| key.chars().map(|character| format!("&#{};", u32::from(character))).collect()),
    ("hex", |key| key.bytes().map(|byte| format!("{byte:02x}")).collect()),
    ("base64", |key| STANDARD.encode(format!("id {key} x"))),
    ("url-safe base64", |key| URL_SAFE_NO_PAD.encode(format!("id={key}"))),
    ("twice base64", |key| STANDARD.encode(STANDARD.encode(format!("the id is {key}")))),
    ("base64 of JSON", |key| STANDARD.encode(format!("{{\"user\":\"bo\",\"key\":\"{key}\"}}"))),
    ("base64 of JSON in a URL", |key| {
        STANDARD.encode(format!("{{\"key\":\"{key}\"}}")).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    }),
    ("gzip in base64", |key| STANDARD.encode(gzip(&format!("{{\"user\":\"bo\",\"key\":\"{key}\"}}")))),
    ("escapes of escapes", |key| key.chars().map(|character| format!("\\\\u{:04X}", u32::from(character))).collect()),
    ("hex escapes", |key| key.bytes().map(|byte| format!("\\\\x{byte:02x}")).collect()),
    ("hex entities", |key| key.chars().map(|character| format!("&#x{:x};", u32::from(character))).collect()),
    ("percent twice", |key| key.bytes().map(|byte| format!("%25{byte:02x}")).collect()),
];

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Where the encoded key stands: what comes before it and what behind.
const PLACES: &[(&str, &str)] = &[
    ("the value is ", " and nothing else\nnext line\n"),
    ("{\"user\": \"bo\", \"note\": \"", "\", \"n\": [1, 2.50]}"),
    ("{\"n\": 1}\n{\"note\": \"", "\", \"n\": 2}\n{\"n\": 3}\n"),
    ("{\"log\": \"{\\\"note\\\": \\\"", "\\\", \\\"n\\\": 1}\", \"é\": \"\\u00e9\"}\n"),
    ("event: message\ndata: {\"delta\": \"", "\"}\n\ndata: [DONE]\n\n"),
];

fn redact(parts: &[&[u8]], options: &RedactOptions<'_>) -> (Vec<u8>, Vec<usize>) {
    let mut redactor = Redactor::new(options);
    let mut out = Vec::new();
    let mut lengths = Vec::new();
    for part in parts {
        redactor.feed(part, &mut out);
        lengths.push(out.len());
    }
    redactor.finish(&mut out);
    (out, lengths)
}

/// Whether six bytes of the key in a row stand in the text; fewer can stand there by chance.
fn shows(text: &str, secret: &str) -> bool {
    secret.as_bytes().windows(6).any(|part| text.contains(std::str::from_utf8(part).unwrap_or(secret)))
}

#[test]
fn no_part_of_a_key_gets_through_whatever_the_cut() {
    let options = RedactOptions::default();
    let mut wrong = Vec::new();
    for (row, (format, public)) in FORMATS.iter().enumerate() {
        let key = expand(format, 7);
        for (column, (encoding, encode)) in ENCODINGS.iter().enumerate() {
            let encoded = encode(&key);
            for (number, (before, behind)) in PLACES.iter().enumerate() {
                let text = format!("{before}{encoded}{behind}");
                let (whole, _) = redact(&[text.as_bytes()], &options);
                let shown = String::from_utf8(whole.clone()).unwrap();
                // Only the key's place has changed, to one label.
                let middle = shown.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
                let secret = if *encoding == "raw" { &key[*public..] } else { encoded.as_str() };
                if middle.is_none_or(|middle| !middle.contains(" #1]")) || shows(&shown, secret) {
                    wrong.push(format!("{format} as {encoding}: {text:?} gave {shown:?}"));
                    continue;
                }
                // Every key in every encoding is cut in one of the places, by turns; bare ones in all of them.
                let turn = *encoding == "raw" || number == (row + column) % PLACES.len();
                for cut in (0..=text.len()).filter(|_| turn) {
                    let (out, lengths) = redact(&[&text.as_bytes()[..cut], &text.as_bytes()[cut..]], &options);
                    assert_eq!(out, whole, "{text:?} cut at {cut}");
                    // What is out before the rest comes in shows nothing either.
                    assert!(lengths[0] <= whole.len() && out[..lengths[0]] == whole[..lengths[0]]);
                }
                for line in shown.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line)) {
                    if line.starts_with('{') {
                        serde_json::from_str::<serde_json::Value>(line).unwrap();
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

//! A harness that feeds hostile text to the matcher or the redactor for a number of seconds: `fuzz matcher|redactor
//! SECONDS SEED`. Texts grow from pieces that the code cares about, and from each other. A text that breaks a promise is
//! written to a file, which belongs into `tests/hostile/`.
#![expect(clippy::print_stdout, clippy::panic, reason = "a harness talks and stops at the first broken promise")]

use std::time::{Duration, Instant};
use std::{env, fs, panic};

#[path = "../tests/generate/mod.rs"]
mod generate;
#[path = "../tests/promises/mod.rs"]
mod promises;
#[path = "../tests/seeds/mod.rs"]
mod seeds;

/// What texts are made of.
const PIECES: &[&str] = &[
    "password",
    "api_key",
    "Authorization: Bearer ",
    "token=",
    "\"secret\": ",
    "AKIA",
    "ghp_",
    "sk-ant-api03-",
    "eyJ",
    "xoxb-",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----END RSA PRIVATE KEY-----\n",
    "postgres://u:",
    "@host",
    "%41",
    "\\u0041",
    "&#65;",
    "\\\"",
    "\\\\",
    "\"",
    "'",
    "`",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "</",
    "\n",
    "\r\n",
    "\t",
    " ",
    "=",
    ":",
    "==",
    "=>",
    ":=",
    "://",
    "H4sI",
    "QUtJQQ",
    "414b4941",
    "%25",
    "data: ",
    "event: x\n",
    "\u{1b}[31m",
    "é",
    "\u{fffd}",
    "${",
    "{{",
    "#1]",
    "[token #1]",
    "{\"S\": \"",
    "- name: ",
    "value: ",
    "machine ",
    "curl -u ",
    "default = ",
    "variable \"",
    "|-\n",
    ",",
    ";",
    "5f1c02d9a7be4368f0d2c4b6e8a19375",
    "q7Zk22PxvT90bnQeRwLm4cXa",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "0123456789",
];

fn main() {
    let mut arguments = env::args().skip(1);
    let target = arguments.next().unwrap_or_default();
    let seconds: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut state = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_u64) | 1;
    let promise: fn(&[u8]) = match target.as_str() {
        "matcher" => promises::matcher,
        "redactor" => promises::redactor,
        _ => panic!("matcher or redactor"),
    };
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let mut pool: Vec<Vec<u8>> = seeds::texts();
    let seeds = pool.len();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tried = 0_u64;
    while Instant::now() < end {
        let mut text = pool[random(pool.len())].clone();
        for _ in 0..=random(8) {
            mutate(&mut text, &pool, &mut random);
        }
        text.truncate(4096);
        if panic::catch_unwind(|| promise(&text)).is_err() {
            let file = format!("{target}-{tried}.bin");
            let written = fs::write(&file, &text);
            panic!("a promise is broken: {file} ({written:?})");
        }
        tried += 1;
        match pool.len() {
            0..2048 => pool.push(text),
            // The first are kept: what grows from them soon looks like nothing that anybody writes.
            length => pool[seeds + random(length - seeds)] = text,
        }
    }
    println!("{target}: {tried} texts in {seconds} s");
}

fn mutate(text: &mut Vec<u8>, pool: &[Vec<u8>], random: &mut impl FnMut(usize) -> usize) {
    let at = random(text.len() + 1);
    match random(8) {
        0..4 => drop(text.splice(at..at, PIECES[random(PIECES.len())].bytes())),
        4 => {
            let end = (at + random(24)).min(text.len());
            text.drain(at..end);
        }
        5 if at < text.len() => text[at] = u8::try_from(random(256)).unwrap_or(0),
        6 => {
            let other = &pool[random(pool.len())];
            let from = random(other.len() + 1);
            let part = other[from..(from + random(200)).min(other.len())].to_vec();
            drop(text.splice(at..at, part));
        }
        _ => {
            let end = (at + random(40)).min(text.len());
            let part = text[at..end].to_vec();
            drop(text.splice(at..at, part));
        }
    }
}

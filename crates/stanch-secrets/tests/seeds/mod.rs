//! Texts of the kinds that pass through the redactor, with keys in them, from which a fuzzer grows others.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::generate::expand;

/// Keys, in the notation of `patterns/README.md`.
const KEYS: &[&str] = &[
    "AKIA{base32:16}",
    "ghp_{alnum:36}",
    "xoxb-{digit:12}-{digit:12}-{alnum:24}",
    "SG.{b64url:22}.{b64url:43}",
    "sk_live_{alnum:24}",
    "{jwt}",
    "{hex:32}",
    "{uuid}",
    "-----BEGIN {_}PRIVATE KEY-----\\n{b64:64}\\n{b64:40}==\\n-----END {_}PRIVATE KEY-----",
    "postgresql://app:{alnum:16}@db.example.net:5432/app",
    "M{b64url:25}.{b64url:6}.{b64url:33}",
];

/// Where a key stands: `@` is its place.
const PLACES: &[&str] = &[
    "the value is @ and nothing else\nnext line\n",
    "{\"user\": \"bo\", \"api_key\": \"@\", \"n\": [1, 2.50]}",
    "{\"n\": 1}\n{\"token\": \"@\", \"n\": 2}\n{\"n\": 3}\n",
    "{\"log\": \"{\\\"secret\\\": \\\"@\\\", \\\"n\\\": 1}\", \"é\": \"\\u00e9\"}\n",
    "event: message\nid: 7\ndata: {\"delta\": \"@\"}\n\ndata: [DONE]\n\n",
    "10.0.0.1 - - [01/Jan/2026:00:00:01 +0000] \"GET /v1/items?token=@&page=2 HTTP/1.1\" 200 512 \"-\" \"client/1.0\"\n",
    "2026-01-01 00:00:01,123 INFO app: Authorization: Bearer @\n\tat f (x.py:3)\n",
    "\u{1b}[31mERROR\u{1b}[0m password=@; user=bo\r\n",
    "DB_PASSWORD=@\nexport API_KEY='@'\n# TOKEN=@\n",
    "api_keys:\n- @\n- \"@\"\npassword: |-\n  @\nuser: bo\n",
    "- name: DB_PASSWORD\n  value: \"@\"\n- name: X\n",
    "<add key=\"ApiKey\" value=\"@\"/>\n<password>@</password>\n",
    "{\"api_key\": {\"S\": \"@\"}, \"pin\": {\"N\": \"4711\"}}\n",
    "curl -u bo:@ -H 'X-Api-Key: @' https://bo:@@example.net/?sig=@\n",
    "var p = new NetworkCredential(\"bo\", \"@\"); const k = `@`;\n",
    "if not compare_digest(credentials.password, \"@\"): jwt.encode({\"a\": (1, 2)}, \"@\")\n",
];

type Encoding = fn(&str) -> String;

/// How a key or a whole text is written.
const ENCODINGS: &[Encoding] = &[
    str::to_owned,
    |text| STANDARD.encode(text),
    |text| URL_SAFE_NO_PAD.encode(text),
    |text| text.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    |text| text.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect(),
    |text| text.chars().map(|character| format!("&#{};", u32::from(character))).collect(),
    |text| STANDARD.encode(STANDARD.encode(text)),
    gzip,
];

fn gzip(text: &str) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(text.as_bytes());
    STANDARD.encode(encoder.finish().unwrap_or_default())
}

/// Every place with every key, in the encodings by turns; sometimes the key is encoded, sometimes all of the text.
pub(crate) fn texts() -> Vec<Vec<u8>> {
    let mut texts = vec![Vec::new()];
    for (row, place) in PLACES.iter().enumerate() {
        for (column, key) in KEYS.iter().enumerate() {
            let key = expand(key, (row * KEYS.len() + column) as u64);
            let encode = ENCODINGS[(row + column) % ENCODINGS.len()];
            texts.push(place.replace('@', &encode(&key)).into_bytes());
            if column % 4 == 0 {
                texts.push(format!("cfg={}\n", encode(&place.replace('@', &key))).into_bytes());
            }
        }
    }
    texts
}

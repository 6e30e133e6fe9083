//! No key gets through a redacted stream, wherever it is cut, and nothing else is changed.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod generate;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use generate::expand;
use proptest::prelude::*;
use stanch_secrets::Secret;
use stanch_secrets::redact::{RedactOptions, Redactor, stream};

fn redact(text: &[u8], cuts: &[usize], options: &RedactOptions<'_>) -> Vec<u8> {
    let mut redactor = Redactor::new(options);
    let mut out = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        redactor.feed(&text[from..cut], &mut out);
        from = cut;
    }
    redactor.finish(&mut out);
    out
}

/// Keys as they are planted, each with what comes out in place of it.
fn keys() -> Vec<String> {
    [
        "AKIA{base32:16}",
        "ghp_{alnum:36}",
        "sk-ant-api03-{b64url:93}AA",
        "xoxb-{digit:12}-{digit:12}-{alnum:24}",
        "SG.{b64url:22}.{b64url:43}",
        "{jwt}",
        "glpat-{b64url:20}",
    ]
    .iter()
    .map(|template| expand(template, 7))
    .collect()
}

fn surroundings(key: &str) -> Vec<String> {
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        format!("the key is {key} and nothing else\n"),
        format!("{{\"user\":\"bo\",\"note\":\"{key}\",\"n\":[1,2]}}\n{{\"n\":2}}\n"),
        format!("event: message\ndata: {{\"delta\":\"{key}\"}}\n\ndata: [DONE]\n\n"),
        format!("GET /a?x={url}&b=1 HTTP/1.1\r\nhost: a\r\n"),
        format!("body={} end\n", STANDARD.encode(format!("id {key} x"))),
        format!("dump {hex}\n"),
        format!("<a href=\"x?y={key}&amp;z=1\">x</a>"),
    ]
}

#[test]
fn a_key_cut_at_any_place_never_gets_through() {
    let options = RedactOptions::default();
    for key in keys() {
        let tail = &key[key.len() - 8..];
        for text in surroundings(&key) {
            let whole = redact(text.as_bytes(), &[], &options);
            let shown = String::from_utf8(whole.clone()).unwrap();
            assert!(shown.contains(" #1]"), "{text} gave {shown}");
            assert!(!shown.contains(tail) && !shown.contains(&STANDARD.encode(&key)[8..20]), "{text} gave {shown}");
            for cut in 0..=text.len() {
                assert_eq!(redact(text.as_bytes(), &[cut], &options), whole, "{text} cut at {cut}");
            }
            for line in shown
                .lines()
                .map(|line| line.strip_prefix("data: ").unwrap_or(line))
                .filter(|line| line.starts_with('{'))
            {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
    }
}

#[test]
fn names_and_known_values_are_masked_and_json_stays_json() {
    let options = RedactOptions::default().with_known_keys(&[Secret::new("lantern-7731-x")]);
    let text =
        "{\"password\": \"hunter2\", \"pin\": 1234, \"id\": \"lantern-7731-x\", \"b\": \"bGFudGVybi03NzMxLXg=\"}\n";
    let shown = String::from_utf8(redact(text.as_bytes(), &[], &options)).unwrap();
    let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(value["password"], "[password #1]");
    assert_eq!(value["pin"], "[pin #1]");
    assert_eq!(value["id"], "[known-key #1]");
    assert!(value["b"].as_str().unwrap().starts_with("[known-key #2]"), "{shown}");
}

#[test]
fn a_value_with_its_name_in_an_encoding_is_masked() {
    let options = RedactOptions::default();
    let json = "{\"password\": \"hunter2-zz9\"}";
    let hex: String = json.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (text, expected) in [
        (format!("cfg={}\n", STANDARD.encode(json)), "cfg=[password #1]\n"),
        (format!("dump {hex} end\n"), "dump [password #1] end\n"),
        (format!("cfg={}\n", STANDARD.encode(STANDARD.encode(json))), "cfg=[password #1]\n"),
        (
            "x=%7B%22api_key%22%3A%22a8f3k2l9d0s8f7%22%7D&y=1\n".to_owned(),
            "x=%7B%22api_key%22%3A%22[api-key #1]%22%7D&y=1\n",
        ),
    ] {
        let shown = redact(text.as_bytes(), &[], &options);
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }
}

#[test]
fn a_value_below_its_name_is_masked() {
    let options = RedactOptions::default();
    for (text, expected) in [
        ("password:\n  hunter2\nuser: bo\n", "password:\n  [password #1]\nuser: bo\n"),
        ("api_key: |-\n  a1b2c3\n  d4e5f6\nuser: bo\n", "api_key: |-\n  [api-key #1]\n  [api-key #2]\nuser: bo\n"),
        (
            "api_keys:\n- a1b2c3\n- \"d4e5f6\"\nusers:\n- bo\n",
            "api_keys:\n- [api-key #1]\n- \"[api-key #2]\"\nusers:\n- bo\n",
        ),
        (
            "{\n \"password\":\n  \"hunter2\",\n \"a\": \"b\"\n}\n",
            "{\n \"password\":\n  \"[password #1]\",\n \"a\": \"b\"\n}\n",
        ),
        (
            "\"api_keys\": [\n  \"a1b2c3\",\n  \"d4e5f6\"\n],\n\"a\": \"x1y2\"\n",
            "\"api_keys\": [\n  \"[api-key #1]\",\n  \"[api-key #2]\"\n],\n\"a\": \"x1y2\"\n",
        ),
        (
            "\"api_key\": {\n  \"S\": \"a1b2c3\"\n},\n\"a\": \"x1y2\"\n",
            "\"api_key\": {\n  \"S\": \"[api-key #1]\"\n},\n\"a\": \"x1y2\"\n",
        ),
        ("if password:\n    go(a1b2c3)\n", "if password:\n    go(a1b2c3)\n"),
    ] {
        let shown = redact(text.as_bytes(), &[], &options);
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }
}

#[test]
fn a_private_key_over_many_lines_is_one_label() {
    let body = expand("{b64:64}\n{b64:64}\n{b64:30}==\n", 3);
    let text = format!("a\n-----BEGIN {}PRIVATE KEY-----\n{body}-----END {}PRIVATE KEY-----\nb\n", "RSA ", "RSA ");
    let options = RedactOptions::default();
    let whole = redact(text.as_bytes(), &[], &options);
    assert_eq!(
        String::from_utf8(whole.clone()).unwrap(),
        "a\n-----BEGIN RSA PRIVATE KEY-----[private-key #1]\n-----END RSA PRIVATE KEY-----\nb\n"
    );
    for cut in 0..text.len() {
        assert_eq!(redact(text.as_bytes(), &[cut], &options), whole);
    }
}

#[test]
fn a_private_key_in_joined_lines_comments_and_logs_does_not_come_out() {
    let options = RedactOptions::default();
    let (first, second) = (expand("{b64:64}", 3), expand("{b64:64}", 4));
    let kind = "RSA ";
    for (before, after) in
        [("\"", "\\n\" +"), ("# ", ""), (" * ", ""), ("2026-04-26 12:36:01 ", ""), ("    ", ""), ("'", "',")]
    {
        let line = |text: &str| format!("{before}{text}{after}\n");
        let text = format!(
            "a = 1\n{}{}{}{}b = 2\n",
            line(&format!("-----BEGIN {kind}PRIVATE KEY-----")),
            line(&first),
            line(&second),
            line(&format!("-----END {kind}PRIVATE KEY-----")),
        );
        let shown = String::from_utf8(redact(text.as_bytes(), &[], &options)).unwrap();
        assert!(!shown.contains(&first[8..24]) && !shown.contains(&second[8..24]), "{shown}");
        assert!(shown.starts_with("a = 1\n") && shown.ends_with("b = 2\n"), "{shown}");
    }
}

#[test]
fn one_endless_line_is_bounded_and_holds_its_keys_back() {
    let key = expand("ghp_{alnum:36}", 5);
    let filler = "lorem ipsum, dolor; ".repeat(3000);
    let text = format!("{filler}{key} {filler}{key} {filler}password={} {filler}", "Zq9x".repeat(20_000));
    let options = RedactOptions::default();
    let whole = redact(text.as_bytes(), &[], &options);
    let shown = String::from_utf8(whole.clone()).unwrap();
    assert!(!shown.contains("ghp_") && !shown.contains("Zq9x"), "a key got through");
    assert_eq!(shown.matches("lorem").count(), 12_000);
    let mut out = Vec::new();
    let summary = stream(text.as_bytes(), &mut out, &options).unwrap();
    assert_eq!(out, whole);
    assert_eq!(summary.bytes, text.len() as u64);
    assert_eq!(summary.masked["github-token"], 2);
    let cuts: Vec<usize> = (1..text.len()).step_by(4999).collect();
    assert_eq!(redact(text.as_bytes(), &cuts, &options), whole);
}

proptest! {
    #[test]
    fn what_holds_no_key_is_unchanged(text in "[a-z0-9 {}\\[\\],.:\\n\\\\\"%é-]{0,400}") {
        let mut options = RedactOptions::default();
        options.by_name = false;
        prop_assert_eq!(redact(text.as_bytes(), &[], &options), text.as_bytes());
    }

    #[test]
    fn any_bytes_in_any_chunks_give_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
        let options = RedactOptions::default();
        let cut = cut.min(bytes.len());
        prop_assert_eq!(redact(&bytes, &[cut], &options), redact(&bytes, &[], &options));
    }

    #[test]
    fn assignments_of_any_shape_do_not_panic(text in "(password|api_key|token)[ =:\\\\\"'>(\\[,-]{0,6}[a-zA-Z0-9\\\\\"' \\n&%;]{0,30}") {
        let options = RedactOptions::default();
        let whole = redact(text.as_bytes(), &[], &options);
        for cut in 0..=text.len() {
            prop_assert_eq!(&redact(text.as_bytes(), &[cut], &options), &whole);
        }
    }
}

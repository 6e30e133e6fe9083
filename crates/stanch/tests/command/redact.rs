use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::project::Project;

fn token() -> String {
    format!("{}{}", "ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17")
}

fn program() -> String {
    assert_cmd::cargo::cargo_bin("stanch").to_string_lossy().into_owned()
}

#[test]
fn keys_are_masked_and_all_else_stays() {
    let token = token();
    let text = format!(
        "first line, no key\r\n\ttabs  and blanks  \n{{\"note\": \"{token}\", \"pin\": 4711, \"n\": [1, 2.50, null]}}\ndata: {{\"password\": \"hunter2\"}}\n\nlast line without an end"
    );
    let project = Project::of(&[("a.log", &text)]);
    let expected =
        text.replace(&token, "[github-token #1]").replace("4711", "\"[pin #1]\"").replace("hunter2", "[password #1]");
    for ran in [
        project.stanch(&["redact", "a.log"]),
        project.stanch_with(&["redact"], &[], &text),
        project.stanch_with(&["redact", "-"], &[], &text),
    ] {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected.as_str()));
        assert_eq!(ran.stderr, "3 keys masked: 1 github-token, 1 password, 1 pin\n");
    }
    assert_eq!(project.stanch(&["redact", "-q", "a.log"]).stderr, "");
    assert!(project.stanch(&["redact", "--no-names", "a.log"]).stdout.contains("hunter2"));
    assert_eq!(project.stanch(&["redact", "missing.log"]).code, Some(2));
}

#[test]
fn known_keys_and_imported_rules_are_masked_in_every_encoding() {
    let rules = "[[rules]]\nid = \"acme\"\nregex = '''acme-[0-9]{8}'''\nkeywords = [\"acme-\"]\n";
    let project = Project::of(&[
        ("keys.txt", "# of the shop\nlantern shop 7731\n"),
        ("rules.toml", rules),
        ("bad.toml", "[[rules]]\nid = 1\n"),
    ]);
    // The key itself, in base64, in hex and in a URL.
    let text = "a lantern shop 7731 b\nbGFudGVybiBzaG9wIDc3MzE=\n6c616e7465726e2073686f702037373331\nx=lantern%20shop%207731\nacme-12345679\nend\n";
    let ran = project.stanch_with(&["redact", "--known-keys", "keys.txt", "--rules", "rules.toml"], &[], text);
    assert_eq!(ran.code, Some(0), "{ran}");
    for part in ["lantern", "bGFudGVyb", "6c616e74", "acme-1"] {
        assert!(!ran.stdout.contains(part), "{part} in {ran}");
    }
    assert!(ran.stdout.ends_with("\nend\n") && ran.stdout.lines().count() == 6, "{ran}");
    assert_eq!(project.stanch_with(&["redact", "--rules", "bad.toml"], &[], "").code, Some(2));
}

#[test]
fn the_names_in_the_settings_count() {
    let project = Project::of(&[(".stanch.toml", "secret-names = [\"wagon_number\"]\n")]);
    let ran = project.stanch_with(&["redact"], &[], "wagonNumber=k7-tram-9 n=2\n");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!ran.stdout.contains("k7-tram") && ran.stdout.ends_with(" n=2\n"), "{ran}");
}

#[test]
fn each_line_comes_out_before_the_next_goes_in() {
    let mut child = Command::new(program())
        .arg("redact")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for number in 1..=3 {
        writeln!(stdin, "line {number} password=hunter{number}x").unwrap();
        stdin.flush().unwrap();
        let mut line = String::new();
        // Blocks for ever if the line waited for the next one.
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, format!("line {number} password=[password #{number}]\n"));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(program())
        .arg("redact")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // The program may be gone before all is written.
    let _ = stdin.write_all("nothing to see\n".repeat(20_000).as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

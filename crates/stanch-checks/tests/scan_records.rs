//! What the scan does where it may write: records of its own, changed, tried on as somebody else, and deleted again.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use stanch_checks::scan::{self, Header, ScanOptions};
use stanch_findings::Confidence;

const DESCRIPTION: &str = r#"{"openapi": "3.0.1", "paths": {
    "/notes": {"post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"text": {"type": "string"}}}}}}}},
    "/notes/{note_id}": {"get": {}, "delete": {},
        "put": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"text": {"type": "string"}}}}}}}}}}"#;

/// One note, by whom and what.
type Notes = Arc<Mutex<BTreeMap<String, (String, String)>>>;

#[test]
fn a_record_of_the_scans_own_is_changed_by_another_and_deleted_again() {
    let (base, notes) = service(false);
    let told = scan::run(&options(&base, true)).unwrap();
    let found: Vec<_> = told.findings.iter().map(|finding| (finding.rule.id, finding.confidence)).collect();
    assert!(found.contains(&("missing-owner-check", Confidence::Proven)), "{found:?}");
    assert_eq!(keys(&notes), ["theirs"], "what the scan made is gone, what was there is left");
    assert_eq!(notes.lock().unwrap()["theirs"].1, "untouched");
    let put = told.coverage.iter().find(|row| row.method.as_str() == "PUT").unwrap();
    assert!(put.tried.iter().any(|words| words == "to change what is another's"), "{:?}", put.tried);
}

#[test]
fn an_api_that_checks_owners_is_left_in_peace_and_nothing_is_written_unasked() {
    let (base, notes) = service(true);
    let told = scan::run(&options(&base, true)).unwrap();
    assert!(told.findings.iter().all(|finding| finding.rule.id != "missing-owner-check"));
    assert_eq!(keys(&notes), ["theirs"]);
    let told = scan::run(&options(&base, false)).unwrap();
    assert_eq!((keys(&notes), told.coverage.iter().filter(|row| row.requests > 0).count()), (vec!["theirs".into()], 1));
}

fn keys(notes: &Notes) -> Vec<String> {
    notes.lock().unwrap().keys().cloned().collect()
}

fn options(base: &str, allow_writes: bool) -> ScanOptions {
    let other = ("bob".to_owned(), Header::parse("X-User: bob-k3y-5512-aa").unwrap());
    let headers = vec![Header::parse("X-User: ada-k3y-91ab-22").unwrap()];
    ScanOptions { rate: None, allow_writes, headers, others: vec![other], ..ScanOptions::new(base) }
}

/// A service of notes, in which a note of somebody else's stands already.
fn service(checks_owners: bool) -> (String, Notes) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let notes: Notes = Arc::default();
    notes.lock().unwrap().insert("theirs".into(), ("eve".into(), "untouched".into()));
    let kept = Arc::clone(&notes);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut user, mut length) = (String::new(), String::new(), 0);
            drop(reader.read_line(&mut line));
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).unwrap_or(0) <= 2 {
                    break;
                }
                let (name, value) = header.trim().split_once(':').unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "x-user" => user = value.trim().to_owned(),
                    "content-length" => length = value.trim().parse().unwrap_or(0),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            drop(reader.read_exact(&mut body));
            if let [method, path, ..] = &words[..] {
                let (status, text) = answer(&kept, checks_owners, method, path, &user, &body);
                let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n");
                drop(stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes()));
            }
        }
    });
    (base, notes)
}

fn answer(notes: &Notes, checks: bool, method: &str, path: &str, user: &str, body: &[u8]) -> (u16, String) {
    let mut notes = notes.lock().unwrap();
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    if path == "/openapi.json" {
        return (200, DESCRIPTION.to_owned());
    }
    let known = ["ada-k3y-91ab-22", "bob-k3y-5512-aa"].contains(&user);
    let Some(rest) = path.strip_prefix("/notes").filter(|_| known) else { return (401, "{}".to_owned()) };
    let Some(text) = body["text"].as_str().or((method == "GET" || method == "DELETE").then_some("")) else {
        return (400, "{}".to_owned());
    };
    if rest.is_empty() {
        let id = format!("n{}", notes.len() + 700);
        notes.insert(id.clone(), (user.to_owned(), text.to_owned()));
        return (201, format!(r#"{{"note": {{"note_id": "{id}"}}}}"#));
    }
    let id = rest.trim_start_matches('/').to_owned();
    let Some((owner, known)) = notes.get_mut(&id) else { return (404, "{}".to_owned()) };
    if checks && owner != user {
        return (404, "{}".to_owned());
    }
    match method {
        "PUT" => text.clone_into(known),
        "DELETE" => drop(notes.remove(&id)),
        _ => return (200, format!(r#"{{"note_id": "{id}", "text": "{known}"}}"#)),
    }
    (200, "{}".to_owned())
}

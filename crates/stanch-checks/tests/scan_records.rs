//! What the scan does where it may write: records of its own, changed, tried on as somebody else, and deleted again.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use stanch_checks::scan::{self, Header, ScanOptions};
use stanch_findings::{Confidence, Report, Severity};

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

/// Whether a report has a proven finding of a rule at a route.
fn proven(told: &Report, rule: &str, route: &str) -> bool {
    told.findings.iter().any(|finding| {
        finding.rule.id == rule && finding.confidence == Confidence::Proven && finding.message.starts_with(route)
    })
}

#[test]
fn the_account_that_a_description_shows_opens_the_api_and_is_tried_no_further() {
    const SHOWN: &str = r#"{"openapi": "3.0.1",
        "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}}},
        "paths": {"/me": {"get": {}}, "/tokens": {"post": {"requestBody": {"content": {"application/json": {
            "schema": {"properties": {"username": {"type": "string"}, "password": {"type": "string"}}},
            "examples": {"0": {"value": "{\"username\": \"ada\", \"password\": \"pa55-ada\"}"}}}}}}}}}"#;
    let tries = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&tries);
    let base = serve("x-auth-token", move |method, path, token, body| {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let (status, text) = match (method, path) {
            ("GET", "/openapi.json") => (200, SHOWN),
            ("GET", "/me") if token == "t0k3n-91ab22-77" => (200, r#"{"name": "ada", "password": "pa55-ada"}"#),
            ("GET", "/me") => (401, "{}"),
            ("POST", "/tokens") if body["username"] != "ada" => (401, r#"{"error": "who is that"}"#),
            ("POST", "/tokens") if body["password"] == "pa55-ada" => (200, r#"{"token": "t0k3n-91ab22-77"}"#),
            ("POST", "/tokens") => {
                *counted.lock().unwrap() += 1;
                (401, r#"{"error": "another password"}"#)
            }
            _ => (404, "{}"),
        };
        (status, text.to_owned())
    });
    let told = scan::run(&ScanOptions { rate: None, allow_writes: true, ..ScanOptions::new(&base) }).unwrap();
    assert!(proven(&told, "account-enumeration", "POST /tokens"), "{:?}", told.findings);
    let leaks = told.findings.iter().filter(|finding| finding.rule.id == "key-in-response").count();
    assert_eq!(leaks, 1, "what lies behind the login was seen");
    assert!(told.run.notes.iter().any(|note| note.contains("the description shows")), "{:?}", told.run.notes);
    assert_eq!(*tries.lock().unwrap(), 1, "one wrong password and no more");
    assert!(!stanch_findings::report::json::render(&told).unwrap().contains("pa55-ada"));
}

#[test]
fn a_body_that_names_another_account_is_tried_on_an_account_of_the_scans_own() {
    const FORM: &str = r#"{"properties": {"username": {"type": "string"}, "password": {"type": "string"},
        "phone": {"type": "string"}}}"#;
    for trusts_the_body in [true, false] {
        let body = format!(r#"{{"requestBody": {{"content": {{"application/json": {{"schema": {FORM}}}}}}}}}"#);
        let change = body.replace(r#""password""#, r#""motto""#);
        let description = format!(
            r#"{{"openapi": "3.0.1", "paths": {{"/register": {{"post": {body}}}, "/login": {{"post": {body}}},
                "/profile": {{"get": {{}}, "put": {change}}}}}}}"#
        );
        let people: Mutex<BTreeMap<String, serde_json::Value>> = Mutex::default();
        let base = serve("authorization", move |method, path, token, body| {
            let mut people = people.lock().unwrap();
            let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let named = body["username"].as_str().unwrap_or_default().to_owned();
            let caller = token.trim_start_matches("Bearer t0k3n-5512-").to_owned();
            match (method, path) {
                ("GET", "/openapi.json") => (200, description.clone()),
                ("POST", "/register") => {
                    let taken = people.contains_key(&named) || people.values().any(|one| one["phone"] == body["phone"]);
                    if !taken {
                        people.insert(named, body);
                    }
                    (if taken { 403 } else { 201 }, "{}".to_owned())
                }
                ("POST", "/login") if people.get(&named).is_some_and(|one| one["password"] == body["password"]) => {
                    (200, format!(r#"{{"access_token": "t0k3n-5512-{named}"}}"#))
                }
                ("GET", "/profile") if people.contains_key(&caller) => {
                    (200, serde_json::json!({"motto": people[&caller]["motto"]}).to_string())
                }
                ("PUT", "/profile") if people.contains_key(&caller) => {
                    let whose = if trusts_the_body { named } else { caller };
                    if let Some(one) = people.get_mut(&whose) {
                        one["motto"] = body["motto"].clone();
                    }
                    (200, "{}".to_owned())
                }
                _ => (401, "{}".to_owned()),
            }
        });
        let told = scan::run(&ScanOptions { rate: None, allow_writes: true, ..ScanOptions::new(&base) }).unwrap();
        assert_eq!(proven(&told, "missing-owner-check", "PUT /profile"), trusts_the_body, "{:?}", told.run.notes);
    }
}

#[test]
fn a_page_whose_script_calls_the_api_leads_to_it_and_a_page_alone_is_nothing_looked_at() {
    let site = |script: &'static str| {
        serve("none", move |_, path, _, _| match path {
            "/" => (200, r#"<script src="/app.js"></script>"#.to_owned()),
            "/app.js" => (200, script.to_owned()),
            "/api/people" => (200, r#"[{"name": "ada", "api_key": "k3y-91ab22-77fe01"}]"#.to_owned()),
            _ => (404, "{}".to_owned()),
        })
    };
    let told = |script| scan::run(&ScanOptions { rate: None, ..ScanOptions::new(site(script)) }).unwrap();
    let leaking = told(r#"async function show() { const rows = await fetch("/api/people"); }"#);
    assert_eq!(leaking.findings.iter().filter(|finding| finding.rule.id == "key-in-response").count(), 1);
    let empty = told("console.log(1)");
    assert!(!empty.looked(), "{:?}", empty.coverage);
    assert!(stanch_findings::Score::of(&empty).is_none());
}

#[test]
fn an_api_that_nobody_described_is_found_by_its_first_answer_and_by_common_names() {
    let base = serve("none", |method, path, _, _| match (method, path) {
        ("GET", "/") => (200, r#"{"routes": {"one": "GET /ledger/:number", "new": "POST /ledger"}}"#.to_owned()),
        ("GET", "/ledger/1") => (200, r#"{"number": 1, "client_secret": "k3y-91ab22-77fe01"}"#.to_owned()),
        ("GET", "/users") => (200, r#"[{"id": 7, "name": "ada"}, {"id": 8, "name": "bob"}]"#.to_owned()),
        ("GET", "/users/7") => (200, r#"{"id": 7, "name": "ada", "api_key": "k3y-91ab22-77fe02"}"#.to_owned()),
        ("GET", "/login") => (405, "{}".to_owned()),
        ("GET", "/me") => (401, "{}".to_owned()),
        // `/:table/:id/:more` knows no administrator.
        ("GET", path) if path.ends_with("/users") => (200, r#"[{"id": 9, "name": "eve", "of": 1}]"#.to_owned()),
        _ => (404, "{}".to_owned()),
    });
    let told = scan::run(&ScanOptions { rate: None, ..ScanOptions::new(base) }).unwrap();
    let routes: Vec<String> = told.coverage.iter().map(|row| format!("{} {}", row.method, row.route)).collect();
    for route in ["GET /ledger/{number}", "POST /ledger", "GET /users", "GET /users/{id}", "POST /login", "GET /me"] {
        assert!(routes.iter().any(|known| known == route), "{route}: {routes:?}");
    }
    let mut found: Vec<(&str, String)> = told
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .map(|finding| (finding.rule.id, finding.message.split(" answers").next().unwrap_or_default().to_owned()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [("key-in-response", "GET /ledger/{number}".to_owned()), ("key-in-response", "GET /users/{id}".to_owned())]
    );
    assert!(told.run.notes.iter().any(|note| note.contains("2 operations are named by the first answer")));
}

#[test]
fn where_every_path_is_answered_alike_nothing_is_guessed() {
    for (status, body) in [(200, "<html>the front end</html>"), (401, "{}"), (200, r#"{"hello": "whoever you are"}"#)] {
        let base = serve("none", move |_, _, _, _| (status, body.to_owned()));
        let told = scan::run(&ScanOptions { rate: None, ..ScanOptions::new(base) }).unwrap();
        let named = |route: &str| told.coverage.iter().any(|row| row.route == route);
        assert!(!named("/users") && !named("/login") && !named("/api/users"), "{:?}", told.coverage);
    }
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
    let notes: Notes = Arc::default();
    notes.lock().unwrap().insert("theirs".into(), ("eve".into(), "untouched".into()));
    let kept = Arc::clone(&notes);
    let base = serve("x-user", move |method, path, user, body| answer(&kept, checks_owners, method, path, user, body));
    (base, notes)
}

/// A server whose answers are made by method, path, the value of one header, and body.
fn serve(
    key_header: &'static str,
    answer: impl Fn(&str, &str, &str, &[u8]) -> (u16, String) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
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
                    name if name == key_header => value.trim().clone_into(&mut user),
                    "content-length" => length = value.trim().parse().unwrap_or(0),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            drop(reader.read_exact(&mut body));
            if let [method, path, ..] = &words[..] {
                let (status, text) = answer(method, path, &user, &body);
                let kind = if text.starts_with('<') { "text/html" } else { "application/json" };
                let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nConnection: close\r\n");
                drop(stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes()));
            }
        }
    });
    base
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

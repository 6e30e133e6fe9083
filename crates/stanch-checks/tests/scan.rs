//! Scans of small servers on loopback: leaking, well-behaved, hostile.
#![cfg(feature = "live")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stanch_api::{Method, Route, SourcePlace};
use stanch_checks::scan::{self, Header, ScanError, ScanOptions};
use stanch_findings::{Confidence, Report, RouteStatus, Severity, report};

const DESCRIPTION: &str = r#"{"openapi": "3.0.1", "servers": [{"url": "/"}], "paths": {
    "/users": {"get": {}, "post": {}}, "/users/{user_id}": {"get": {"parameters": [{"name": "user_id", "in": "path"}]}},
    "/me": {"get": {}}, "/reset": {"get": {}}, "/elsewhere": {"get": {}}, "/closed": {"get": {}}}}"#;

#[test]
fn a_leaking_api_is_told_and_no_key_is_shown() {
    let (base, seen) = api(|path| match path {
        "/users" => json(r#"[{"id": 7, "name": "ada", "password": "c0rrect-horse"}]"#),
        "/users/7" => json(r#"{"id": 7, "api_key": "k3y-91ab22-77fe01"}"#),
        "/me" => json(r#"{"key": "own-k3y-5512-aa"}"#),
        "/elsewhere" => "HTTP/1.1 302 Found\r\nLocation: http://other.invalid/\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/closed" => "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
        _ => missing(),
    });
    let mut options = options(&base);
    options.headers = vec![Header::parse("X-Api-Key: own-k3y-5512-aa").unwrap()];
    let told = scan::run(&options).unwrap();
    assert_eq!(
        rules(&told),
        [
            // The caller's key is given to nobody in particular too, which says more than that it comes back to him.
            ("key-in-response", "GET /me", Confidence::Proven),
            ("key-in-response", "GET /users", Confidence::Likely),
            ("key-in-response", "GET /users/{user_id}", Confidence::Likely),
        ]
    );
    let text = report::json::render(&told).unwrap();
    for key in ["c0rrect-horse", "k3y-91ab22-77fe01", "own-k3y-5512-aa"] {
        assert!(!text.contains(key));
    }
    assert!(text.contains("X-Api-Key: '\\\"$KEY\\\""));
    let status =
        |route: &str| told.coverage.iter().find(|row| row.route == route && row.method.is_safe()).unwrap().status;
    assert_eq!(status("/users/{user_id}"), RouteStatus::Reached);
    assert_eq!(status("/closed"), RouteStatus::Refused);
    assert_eq!(status("/reset"), RouteStatus::NotReached);
    // Manners: read-only, no destructive name, no header that nobody asked for.
    let requests = seen.lock().unwrap().join("\n");
    assert!(
        !requests.contains("POST ") && !requests.contains("/reset") && !requests.to_lowercase().contains("x-stanch")
    );
    assert!(requests.contains("user-agent: stanch/"));
}

#[test]
fn a_known_key_is_proven_in_any_encoding_and_the_same_scan_says_the_same() {
    let (base, _) = api(|path| match path {
        "/me" => json(r#"{"trace": "azN5LTkxYWIyMi03N2ZlMDE="}"#),
        _ => missing(),
    });
    let mut options = options(&base);
    options.known_keys = vec![stanch_secrets::Secret::new("k3y-91ab22-77fe01")];
    let told = scan::run(&options).unwrap();
    assert_eq!(rules(&told), [("key-in-response", "GET /me", Confidence::Proven)]);
    let again = scan::run(&options).unwrap();
    assert_eq!(report::json::render(&told).unwrap(), report::json::render(&again).unwrap());
}

#[test]
fn a_careful_api_is_left_in_peace() {
    let (base, _) = api(|path| match path {
        "/users" => json(
            r#"{"users": [{"id": 7, "password": null, "api_key": "****", "has_token": true}], "next_token": "eyJpZCI6IDEyMzQ1Nn0"}"#,
        ),
        "/users/7" => json(r#"{"id": 7, "name": "ada", "token_type": "bearer"}"#),
        "/me" => html("<form><input type=password name=password value=''><p>set api_key=YOUR_KEY</p></form>"),
        _ => missing(),
    });
    let told = scan::run(&options(&base)).unwrap();
    assert_eq!(rules(&told), []);
    assert_eq!(told.run.problems, []);
}

#[test]
fn hostile_servers_end_in_a_report_or_a_message() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = scan::run(&ScanOptions::new(format!("http://{free}/")));
    assert!(matches!(refused, Err(ScanError::NoAnswer(..))), "{refused:?}");
    let (mail, _) = api(|_| "220 mail ready\r\n".to_owned());
    let outcome = scan::run(&ScanOptions::new(mail));
    assert!(matches!(outcome, Err(ScanError::NoAnswer(..))), "{outcome:?}");
    for odd in ["ftp://127.0.0.1/", "no/such/file.json", ""] {
        assert!(matches!(scan::run(&ScanOptions::new(odd)), Err(ScanError::BadTarget(_))), "{odd}");
    }
    // HTML wherever a description could be, redirects without end, answers cut short.
    let start = Instant::now();
    let (page, _) = api(|_| html("<a href='/a'>a</a><a href='/b'>b</a>"));
    assert_eq!(rules(&scan::run(&ScanOptions { rate: None, ..ScanOptions::new(page) }).unwrap()), []);
    let (looping, _) = api(|path| format!("HTTP/1.1 302 Found\r\nLocation: {path}x\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(rules(&scan::run(&ScanOptions { rate: None, ..ScanOptions::new(looping) }).unwrap()), []);
    let (short, _) = api(|path| match path {
        "/openapi.json" => json(DESCRIPTION),
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"password\": \"c0rr".to_owned(),
    });
    assert!(scan::run(&options(&short)).unwrap().coverage.iter().any(|row| row.status == RouteStatus::Reached));
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn routes_of_the_source_are_asked_below_the_base_path_and_in_their_own_notation() {
    let (base, seen) = api(|path| match path {
        "/openapi.json" => {
            json(r#"{"openapi": "3.0.1", "servers": [{"url": "/api"}], "paths": {"/users/{id}": {"get": {}}}}"#)
        }
        "/api/hidden" => json(r#"{"client_secret": "k3y-91ab22-77fe01"}"#),
        _ => missing(),
    });
    let route = |rule: &str| Route {
        methods: vec![Method::Get],
        rule: rule.to_owned(),
        view: SourcePlace::line("app.py", 1),
        view_name: "view".to_owned(),
        parameters: Vec::new(),
    };
    let routes = vec![route("/api/users/<id>"), route("/api/hidden")];
    let told = scan::run(&ScanOptions { routes, ..options(&base) }).unwrap();
    assert_eq!(rules(&told), [("key-in-response", "GET /api/hidden", Confidence::Likely)]);
    assert!(told.coverage.iter().any(|row| row.route == "/api/users/<id>"));
    assert!(!seen.lock().unwrap().join("").contains("/api/api"));
}

#[test]
fn what_the_log_file_gains_is_searched() {
    let log = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(log.path(), "before: own-k3y-5512-aa\n").unwrap();
    let path = log.path().to_owned();
    let (base, _) = api(move |asked| {
        if asked == "/users" {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            writeln!(file, "INFO list asked with own-k3y-5512-aa").unwrap();
        }
        if asked == "/me" || asked == "/users" { json("{}") } else { missing() }
    });
    let headers = vec![Header::parse("X-Api-Key: own-k3y-5512-aa").unwrap()];
    let told = scan::run(&ScanOptions { headers, logs: Some(log.path().to_owned()), ..options(&base) }).unwrap();
    assert_eq!(rules(&told), [("key-in-log", "GET /users", Confidence::Proven)]);
    assert!(!report::json::render(&told).unwrap().contains("own-k3y-5512-aa"));
}

#[test]
fn time_that_is_over_is_told() {
    let (base, _) = api(|path| if path == "/openapi.json" { json(DESCRIPTION) } else { json("{}") });
    let told = scan::run(&ScanOptions { max_time: Some(Duration::ZERO), ..options(&base) }).unwrap();
    assert_eq!(told.run.requests, 0);
    assert!(told.run.problems.iter().any(|problem| problem.message.contains("time")));
}

#[test]
fn the_corpus_of_hostile_answers_ends_in_a_report() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/answers");
    for file in std::fs::read_dir(corpus).unwrap() {
        let bytes = String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned();
        let (base, _) = api(move |path| if path == "/openapi.json" { json(DESCRIPTION) } else { bytes.clone() });
        let options = ScanOptions { timeout: Duration::from_millis(500), ..options(&base) };
        let told = scan::run(&options).unwrap();
        assert!(told.run.requests > 0);
    }
}

#[test]
fn no_header_that_the_user_gave_is_shown_whatever_its_name() {
    let (base, _) = api(|path| match path {
        "/users" => json(r#"[{"id": 7, "password": "c0rrect-horse"}]"#),
        "/me" => {
            let body =
                "Traceback (most recent call last):\n  File \"app.py\", line 3, in me\nValueError: zürich-tenant";
            format!("HTTP/1.1 500 Oops\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        _ => missing(),
    });
    let mut options = options(&base);
    options.headers = vec![Header::parse("X-Tenant: zürich-tenant").unwrap()];
    options.others = vec![("bob".to_owned(), Header::parse("X-Who: bob-the-builder").unwrap())];
    let told = scan::run(&options).unwrap();
    assert!(told.findings.len() > 1, "{:?}", rules(&told));
    let text = report::json::render(&told).unwrap();
    assert!(text.contains("HEADER_X_TENANT") && !text.contains("zürich-tenant") && !text.contains("bob-the-builder"));
}

#[test]
fn an_api_that_calls_an_address_out_of_a_parameter_is_proven() {
    let description = r#"{"openapi": "3.0.1", "paths": {"/preview": {"get": {"parameters":
        [{"name": "image_url", "in": "query", "required": true}]}}}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(head) = read_head(&stream) else { continue };
            let target = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
            if let Some((_, url)) = target.split_once("image_url=http%3A%2F%2F") {
                let (host, path) = url.split_once("%2F").unwrap();
                let mut out = TcpStream::connect(host.replace("%3A", ":")).unwrap();
                write!(out, "GET /{path} HTTP/1.1\r\nUser-Agent: fetcher/1\r\n\r\n").unwrap();
            }
            let text = match target.split('?').next() {
                Some("/openapi.json") => json(description),
                Some("/preview") => json(r#"{"width": 7}"#),
                _ => missing(),
            };
            drop((&stream).write_all(text.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()));
        }
    });
    let told = scan::run(&options(&base)).unwrap();
    assert_eq!(rules(&told), [("ssrf", "GET /preview", Confidence::Proven)]);
    assert_eq!(told.findings[0].evidence[0].text, "GET, User-Agent fetcher/1");
    let command = told.findings[0].reproduce.clone().unwrap();
    assert!(command.starts_with("nc -l 127.0.0.1 9999 & curl "), "{command}");
    assert!(command.contains("image_url=http%3A%2F%2F127.0.0.1%3A9999%2Fstanch-1"), "{command}");
}

fn options(base: &str) -> ScanOptions {
    ScanOptions { rate: None, timeout: Duration::from_secs(3), ..ScanOptions::new(base) }
}

fn rules(report: &Report) -> Vec<(&'static str, &str, Confidence)> {
    let mut rules: Vec<_> = report
        .findings
        .iter()
        // Hygiene of the small servers here is nobody's concern.
        .filter(|finding| finding.severity > Severity::Info)
        .map(|finding| {
            let command = finding.message.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            let route = report
                .coverage
                .iter()
                .map(|row| format!("{} {}", row.method, row.route))
                .find(|route| *route == command);
            (finding.rule.id, &*Box::leak(route.unwrap_or_default().into_boxed_str()), finding.confidence)
        })
        .collect();
    rules.sort();
    rules
}

fn json(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn html(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn missing() -> String {
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()
}

/// A server that answers each path by the function, one request a connection, and keeps what it was asked.
fn api(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(head) = read_head(&stream) else { continue };
            let path = head.split_whitespace().nth(1).unwrap_or("/").split('?').next().unwrap_or("/").to_owned();
            log.lock().unwrap().push(head);
            let text = if path == "/openapi.json" && !answer("/openapi.json").contains("200 OK") {
                json(DESCRIPTION)
            } else {
                answer(&path)
            };
            // One request a connection keeps the server simple; the client opens the next.
            let text = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            drop((&stream).write_all(text.as_bytes()));
        }
    });
    (base, seen)
}

fn read_head(stream: &TcpStream) -> Option<String> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    loop {
        let before = head.len();
        reader.read_line(&mut head).ok()?;
        if head.len() == before || head.ends_with("\r\n\r\n") {
            return Some(head);
        }
    }
}

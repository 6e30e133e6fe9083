//! Scans a server on loopback that answers with mutated bytes until the time is over: no answer may panic, hang or
//! leave a key in a report.
//!
//! `fuzz_scan SECONDS CORPUS [SEED]`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use stanch_checks::scan::{self, Header, ScanOptions};
use stanch_findings::report::json;

#[path = "../../stanch-live/examples/support/mutate.rs"]
mod mutate;

const DESCRIPTION: &str = r#"{"openapi": "3.0.1", "paths": {"/users": {"get": {"security": [{"k": []}]}}, "/me": {"get": {}},
    "/users/{id}": {"get": {"deprecated": true}}, "/fetch": {"get": {"parameters": [{"name": "url", "in": "query", "required": true}]}}}}"#;

fn main() -> std::io::Result<()> {
    let (mut mutator, end) = mutate::Mutator::from_arguments()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut asked = [0; 4096];
            let read = stream.read(&mut asked).unwrap_or(0);
            let answer = if asked[..read].starts_with(b"GET /openapi.json") {
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{DESCRIPTION}", DESCRIPTION.len()).into_bytes()
            } else {
                let input = mutator.next();
                if input.len() % 97 == 0 {
                    mutator.keep(input.clone());
                }
                input
            };
            drop(stream.write_all(&answer));
        }
    });
    let key = ["own-k3y", "5512-aa"].join("-");
    let (mut scans, mut failed, mut findings, mut requests, mut slowest) = (0, 0, 0, 0, Duration::ZERO);
    while Instant::now() < end {
        let mut options = ScanOptions { rate: None, timeout: Duration::from_millis(300), ..ScanOptions::new(&base) };
        options.headers.extend(Header::parse(&format!("X-Api-Key: {key}")));
        let start = Instant::now();
        match scan::run(&options) {
            Ok(report) => {
                findings += report.findings.len();
                requests += report.run.requests;
                let text = json::render(&report).unwrap_or_default();
                assert!(!text.contains(&key), "scan {scans}: the report holds the caller's key");
            }
            Err(_) => failed += 1,
        }
        slowest = slowest.max(start.elapsed());
        scans += 1;
    }
    println!(
        "{scans} scans ({failed} found no API), {requests} requests, {findings} findings, slowest scan {slowest:?}"
    );
    Ok(())
}

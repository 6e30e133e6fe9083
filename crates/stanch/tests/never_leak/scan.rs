//! A server that gives keys away, asked by a caller with keys of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use crate::FORMATS;
use crate::keys::Keys;
use crate::watch::Watch;

/// A server that answers every request with its keys and with the key that it was asked with.
fn serve(keys: &Keys) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (jwt, stripe, github, password) =
        (keys.jwt.clone(), keys.stripe.clone(), keys.github.clone(), keys.password.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            let mut asked_with = String::new();
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|length| length > 2) {
                if let Some(key) = line.to_ascii_lowercase().strip_prefix("x-api-key: ") {
                    asked_with = line[line.len() - key.len()..].trim().to_owned();
                }
                line.clear();
            }
            let body = format!(
                "{{\"api_key\": \"{stripe}\", \"password\": \"{password}\", \"error\": \"bad key {asked_with}\", \"n\": \"{github}\"}}"
            );
            let head = format!("HTTP/1.1 200 OK\r\nX-Token: {jwt}\r\nSet-Cookie: session={jwt}\r\nConnection: close");
            let length = body.len();
            let answer = format!("{head}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = stream.get_mut().write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn scan_in_every_format_with_keys_of_the_caller() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    watch.write("keys.txt", &keys.all().join("\n"));
    let spec = r#"{"openapi": "3.0.0", "paths": {"/users/{id}": {"get": {}}, "/me": {"get": {}}}}"#;
    watch.write("openapi.json", spec);
    let url = format!("http://127.0.0.1:{}", serve(&keys));
    let (mine, other) = (format!("X-API-Key: {}", keys.hex), format!("bob=X-API-Key: {}", keys.aws_secret));
    for format in FORMATS {
        let how = ["--rate-limit", "0", "--min-severity", "info", "-v", "--known-keys", "keys.txt", "-f", format];
        let who = ["--spec", "openapi.json", "-H", &mine, "--as", &other];
        assert!(watch.run(&[&["scan", &url], &who[..], &how[..]].concat()) > 0, "{format}");
    }
    watch.run(&["scan", &url, "-H", &keys.github]);
    for wrong in [keys.aws_id.as_str(), &format!("http://u:{}@127.0.0.1:1/{}", keys.password, keys.github)] {
        watch.run(&["scan", wrong]);
        watch.run(&["scan", &url, "--spec", wrong]);
        watch.run(&["scan", &url, "--proxy", wrong]);
    }
}

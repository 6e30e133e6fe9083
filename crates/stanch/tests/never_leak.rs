//! No output of any command in any format holds a key: neither raw nor encoded. Keys are planted where developers
//! leave them, and every byte that the real program writes is searched for them.
#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use stanch_secrets::KnownValues;
use tempfile::TempDir;

/// Formats of `-f`.
const FORMATS: [&str; 7] = ["text", "concise", "json", "sarif", "github", "junit", "markdown"];
/// A name for each format that a file can have.
const FILES: [&str; 5] = ["out.txt", "out.json", "out.sarif", "out.xml", "out.md"];

/// Keys made for this run of the test: none stands in this file, and none has a vendor's check digits.
struct Keys {
    aws_id: String,
    aws_secret: String,
    github: String,
    stripe: String,
    password: String,
    hex: String,
    jwt: String,
}

impl Keys {
    fn new() -> Self {
        const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut jwt = |length| random.text(ALPHANUMERIC, length);
        let jwt = format!("eyJ{}.eyJ{}.{}", jwt(20), jwt(30), jwt(43));
        Self {
            aws_id: format!("AK{}{}", "IA", random.text(BASE32, 16)),
            aws_secret: random.text(ALPHANUMERIC, 40),
            github: format!("gh{}{}", "p_", random.text(ALPHANUMERIC, 36)),
            stripe: format!("sk_{}{}", "live_", random.text(ALPHANUMERIC, 24)),
            password: format!("Tr0ub4dor-{}", random.text(ALPHANUMERIC, 8)),
            hex: random.text(b"0123456789abcdef", 40),
            jwt,
        }
    }

    fn all(&self) -> [&str; 7] {
        [&self.aws_id, &self.aws_secret, &self.github, &self.stripe, &self.password, &self.hex, &self.jwt]
    }

    /// An app with every key in it: in findings, beside them, in comments, defaults, logs and typed items.
    fn app(&self) -> String {
        let Self { aws_id, aws_secret, github, stripe, password, hex, jwt } = self;
        format!(
            r#"import os
import boto3
from flask import Flask, jsonify, request

app = Flask(__name__)
app.secret_key = "{hex}"
# the old one was {aws_secret}
session = boto3.Session(aws_access_key_id="{aws_id}", aws_secret_access_key="{aws_secret}")
table = session.resource("dynamodb").Table("users")
HEADERS = {{"Authorization": "Bearer {jwt}"}}
GITHUB = os.environ.get("GITHUB_TOKEN", "{github}")


def connect(password="{password}"):
    return password


@app.get("/users/<user_id>")
def user(user_id):
    key = "{stripe}"  # {github}
    found = table.get_item(Key={{"user_id": user_id}})  # {aws_secret}
    print("asked with {hex}", found)
    return jsonify(found["Item"], "{aws_id}")


@app.post("/users")
def create():
    item = {{"user_id": "1", "api_key": "{stripe}", "password": "{password}"}}
    table.put_item(Item=item)
    boto3.client("dynamodb").put_item(TableName="users", Item={{"api_key": {{"S": "{password}"}}}})
    return item, 201, {{"X-Token": "{jwt}"}}


@app.errorhandler(Exception)
def failed(error):
    return jsonify(error=str(error), key="{github}"), 500
"#
        )
    }
}

/// A small generator of reproducible noise (xorshift64).
struct Random(u64);

impl Random {
    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap()
        };
        (0..length).map(|_| char::from(alphabet[next() % alphabet.len()])).collect()
    }
}

struct Watch {
    directory: TempDir,
    known: KnownValues,
}

impl Watch {
    fn new(keys: &Keys) -> Self {
        let watch = Self { directory: TempDir::new().unwrap(), known: KnownValues::new(keys.all()) };
        watch.write("app.py", &keys.app());
        watch
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the program, searches its streams, and gives the length of what it wrote on stdout.
    fn run(&self, arguments: &[&str]) -> usize {
        let output = assert_cmd::Command::cargo_bin("stanch")
            .unwrap()
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(101), "{arguments:?} hit a bug");
        self.search(&format!("stdout of {arguments:?}"), &output.stdout);
        self.search(&format!("stderr of {arguments:?}"), &output.stderr);
        output.stdout.len()
    }

    fn search(&self, what: &str, bytes: &[u8]) {
        let hits = self.known.find(bytes);
        assert!(hits.is_empty(), "{what} holds {hits:?}:\n{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn audit_in_every_format_to_every_file() {
    let watch = Watch::new(&Keys::new());
    for format in FORMATS {
        for colour in ["always", "never"] {
            let everything = ["--min-severity", "info", "--min-confidence", "suspected", "-v", "--color", colour];
            let written = watch.run(&[&["audit", "-f", format], &everything[..]].concat());
            assert!(written > 0, "{format}");
        }
    }
    let outputs = FILES.map(|file| ["-o", file]).concat();
    watch.run(&[&["audit", "-q", "--min-severity", "info"], &outputs[..]].concat());
    for file in FILES {
        let bytes = std::fs::read(watch.path().join(file)).unwrap();
        assert!(!bytes.is_empty(), "{file}");
        watch.search(file, &bytes);
    }
}

#[test]
fn the_search_would_find_a_key() {
    // The test above is worth something only if the app does hold what is searched for.
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    let app = std::fs::read(watch.path().join("app.py")).unwrap();
    let found = watch.known.find(&app);
    for (index, key) in keys.all().into_iter().enumerate() {
        assert!(found.iter().any(|hit| hit.value == index), "{} bytes", key.len());
    }
}

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

#[test]
fn file_names_settings_and_problems() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    watch.write(&format!("backup_{}.py", keys.aws_id), &keys.app());
    watch.write(&format!("old/{}/views.py", keys.hex), &keys.app());
    watch.write("broken.py", &format!("def broken(:\n    api_key = \"{}\"\n", keys.stripe));
    watch.write("ignored.py", &format!("x = 1  # stanch: ignore[{}] {}\n", keys.github, keys.jwt));
    for format in FORMATS {
        watch.run(&["audit", "-v", "-f", format, "--min-severity", "info"]);
    }
    for settings in [
        format!("api_key = \"{}\"\n", keys.stripe),
        format!("fail-on = \"{}\"\n", keys.github),
        format!("select = [\"{}\"]\n", keys.aws_secret),
        format!("password = \"{}\nfail-on = 1", keys.password),
        format!("\"{}\" = 1\n", keys.aws_id),
    ] {
        watch.write("stanch.toml", &settings);
        watch.run(&["audit"]);
    }
}

#[test]
fn wrong_command_lines() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    for key in [&keys.aws_id, &keys.github, &keys.stripe, &keys.aws_secret, &keys.hex, &keys.jwt] {
        watch.run(&["explain", key]);
        watch.run(&["man", key]);
        watch.run(&["audit", key]);
        watch.run(&["audit", "--fail-on", key]);
        watch.run(&["audit", "-o", key]);
        watch.run(&[key]);
        watch.run(&["audit", &format!("--{key}")]);
    }
}

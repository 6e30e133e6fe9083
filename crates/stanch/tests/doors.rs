//! Every way into an app that `prove` has: an app, a command that serves, plain Lambda handlers, an app that lets in only
//! whom it knows; and what it writes besides its report.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "support/environment.rs"]
mod environment;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use environment::{examples, virtual_environment};
use serde_json::Value;

const APP: &str = r#"
import boto3
from flask import Flask, jsonify, request

app = Flask(__name__)
table = boto3.resource("dynamodb", region_name="us-east-1").Table("accounts")



@app.get("/accounts/<account_id>")
def account(account_id):

    return jsonify(table.get_item(Key={"account_id": account_id})["Item"])


@app.put("/accounts/<account_id>")
def rename(account_id):
    table.put_item(Item={"account_id": account_id, "api_key": request.json["api_key"]})
    return "", 204
"#;

const HANDLER: &str = r#"
import json

import boto3

table = boto3.resource("dynamodb", region_name="us-east-1").Table("accounts")


def lambda_handler(event, context):
    account = table.get_item(Key={"account_id": event["pathParameters"]["account_id"]}).get("Item")
    if account is None:
        return {"statusCode": 404, "body": "{}"}
    return {"statusCode": 200, "body": json.dumps({"api_key": account["api_key"]})}


def store(account_id, key):
    table.put_item(Item={"account_id": account_id, "api_key": key})
"#;

#[test]
fn a_plan_is_told_and_nothing_is_sent() {
    let tree = tree("app.py", APP);
    let ran = prove(tree.path(), &["--plan"]);
    let told = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&ran.stderr));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.first(), Some(&"GET /accounts/<account_id>  honest, twice with path account_id"));
    assert!(lines.iter().any(|line| line.starts_with("PUT /accounts/<account_id>  wrong:")), "{told}");
}

#[test]
fn a_command_of_the_users_own_serves() {
    let tree = tree("app.py", APP);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve = format!("python -m flask --app app run --port {port}");
    let report = report(&prove(tree.path(), &["--serve", &serve, "--url", &format!("http://127.0.0.1:{port}")]));
    assert_eq!(proven(&report, "key-in-response"), ["GET /accounts/<account_id>"], "{report}");
}

#[test]
fn an_address_elsewhere_is_no_place_to_serve_at() {
    let tree = tree("app.py", APP);
    let ran = prove(tree.path(), &["--serve", "true", "--url", "http://192.0.2.1:80"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("no http address of this machine"));
}

#[test]
fn a_plain_handler_is_called_as_a_gateway_calls_it() {
    let tree = tree("show.py", HANDLER);
    let report = report(&prove(tree.path(), &[]));
    assert_eq!(proven(&report, "key-in-response"), ["POST /show/lambda_handler"], "{report}");
}

#[test]
fn each_proven_leak_becomes_a_test() {
    let tree = tree("app.py", APP);
    std::fs::write(tree.path().join("app.env"), "COLOUR=blue\n").unwrap();
    let (checks, variables) = (tree.path().join("checks"), tree.path().join("app.env"));
    prove(tree.path(), &["--write-tests", checks.to_str().unwrap(), "--env-file", variables.to_str().unwrap()]);
    let file = checks.join("test_stanch_leaks.py");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("def test_key_in_response_app_account(proven: dict[str, str]) -> None:"), "{text}");
    assert!(text.contains("PROJECT = os.path.normpath(os.path.join(HERE, \"..\"))"), "{text}");
    assert!(text.contains("\"--env-file=\" + os.path.normpath(os.path.join(HERE, \"../app.env\"))"), "{text}");
    // The tests stand by themselves: they fail, and pass when the leak is mended.
    let run = || {
        let mut pytest = Command::new(&*PYTHON);
        pytest.args(["-m", "pytest", "-q"]).arg(&file).env("STANCH", env!("CARGO_BIN_EXE_stanch"));
        let ran = pytest.current_dir("/").output().unwrap();
        (ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned())
    };
    let (code, told) = run();
    assert_eq!(code, Some(1), "{told}");
    std::fs::write(
        tree.path().join("app.py"),
        "from flask import Flask\n\napp = Flask(__name__)\n\n@app.get(\"/\")\ndef home():\n    return \"ok\"\n",
    )
    .unwrap();
    let (code, told) = run();
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_server_in_any_language_is_asked_by_its_description() {
    let tree = tree("server.py", SERVER);
    std::fs::write(tree.path().join("openapi.json"), DESCRIPTION).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Nothing of it is watched from inside: -I keeps the path of ours out.
    let serve = format!("python -I server.py {port}");
    let spec = tree.path().join("openapi.json");
    let url = format!("http://127.0.0.1:{port}");
    let report = report(&prove(tree.path(), &["--serve", &serve, "--url", &url, "--spec", spec.to_str().unwrap()]));
    assert_eq!(proven(&report, "item-in-response"), ["GET /accounts/{account_id}"], "{report}");
}

#[test]
fn who_has_a_key_that_the_server_made_is_let_in() {
    // Where builds lie, which are not copied: the command names it, so it is there all the same.
    let tree = tree("target-server.py", SERVER);
    std::fs::create_dir(tree.path().join("target")).unwrap();
    std::fs::write(tree.path().join("target/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55").unwrap();
    std::fs::rename(tree.path().join("target-server.py"), tree.path().join("target/server.py")).unwrap();
    std::fs::write(tree.path().join("openapi.json"), DESCRIPTION).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (serve, url) = (format!("python -I ./target/server.py {port}"), format!("http://127.0.0.1:{port}"));
    let spec = tree.path().join("openapi.json");
    let common = ["--serve", &serve, "--url", &url, "--spec", spec.to_str().unwrap()];
    let reached = |more: &[&str]| {
        let report = report(&prove(tree.path(), &[&common, more].concat()));
        let coverage = report["coverage"].as_array().unwrap().clone();
        coverage.iter().any(|row| row["route"] == "/closed/{account_id}" && row["status"] == "reached")
    };
    assert!(reached(&["--key", "one.key"]));
    assert!(!reached(&[]));
    let ran = prove(tree.path(), &[&common, &["--key", "none.key"][..]].concat());
    assert_eq!(ran.status.code(), Some(2));
}

/// Asks DynamoDB by itself and gives what it gets, below `/closed` to who has the key that it made.
const SERVER: &str = r#"
import http.client, http.server, json, os, secrets, sys
from urllib.parse import urlsplit

KEY = secrets.token_hex(16)
with open("one.key", "w") as file:
    file.write(KEY + "\n")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/closed/") and self.headers["X-API-Key"] != KEY:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        part = self.path.rsplit("/", 1)[-1]
        front = urlsplit(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]).netloc
        ask = http.client.HTTPConnection(front)
        body = json.dumps({"TableName": "accounts", "Key": {"account_id": {"S": part}}})
        ask.request("POST", "/", body, {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
        item = json.loads(ask.getresponse().read()).get("Item", {})
        text = json.dumps({name: value.get("S") for name, value in item.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

const DESCRIPTION: &str = r#"{"openapi": "3.1.0", "info": {"title": "accounts", "version": "1"}, "paths": {
    "/accounts/{account_id}": {"get": {"responses": {"200": {"description": "one"}}, "parameters": [
        {"name": "account_id", "in": "path", "required": true, "schema": {"type": "string"}}]}},
    "/closed/{account_id}": {"get": {"security": [{"key": []}], "responses": {"200": {"description": "one"}}, "parameters": [
        {"name": "account_id", "in": "path", "required": true, "schema": {"type": "string"}}]}}},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}}}"#;

#[test]
fn an_app_that_lets_in_only_whom_it_knows_is_reached_all_the_same() {
    let report = report(&prove(&examples().join("fixed-flask-app"), &[]));
    let coverage = report["coverage"].as_array().unwrap();
    let reached = coverage.iter().filter(|row| row["status"] == "reached").count();
    assert!(reached >= 20, "{reached} of {}: {report}", coverage.len());
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["confidence"] != "proven"), "{report}");
}

/// The tests run side by side; one of them makes the environment.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| virtual_environment(&examples().join("tests/requirements.txt")));

fn tree(file: &str, text: &str) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join(file), text).unwrap();
    tree
}

fn prove(tree: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stanch"))
        .args(["prove", "--format", "json", "--python"])
        .arg(&*PYTHON)
        .arg(tree)
        .args(options)
        .output()
        .unwrap()
}

fn report(ran: &Output) -> Value {
    let told = String::from_utf8_lossy(&ran.stderr);
    let report = serde_json::from_slice(&ran.stdout);
    assert!(report.is_ok(), "{told}");
    report.unwrap()
}

/// Endpoints at which the rule was proven.
fn proven(report: &Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let of_rule = findings.iter().filter(|finding| finding["rule"] == rule && finding["confidence"] == "proven");
    let places = of_rule.flat_map(|finding| finding["places"].as_array().unwrap());
    let endpoints = places.filter(|place| place["kind"] == "endpoint");
    endpoints
        .map(|place| format!("{} {}", place["method"].as_str().unwrap(), place["route"].as_str().unwrap()))
        .collect()
}

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
    prove(tree.path(), &["--write-tests", tree.path().join("checks").to_str().unwrap()]);
    let text = std::fs::read_to_string(tree.path().join("checks/test_stanch_leaks.py")).unwrap();
    assert!(text.contains("def test_key_in_response_app_account(proven: dict[str, str]) -> None:"), "{text}");
    assert!(text.contains("PROJECT = (Path(__file__).parent / \"..\").resolve()"), "{text}");
}

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

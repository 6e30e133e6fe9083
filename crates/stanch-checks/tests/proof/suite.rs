//! Tests of the user's own that drive the app: what comes out meanwhile is proven, with the test's name.

use stanch_checks::prove;
use stanch_findings::{Finding, Report};

use crate::Test;
use crate::apps::{Silent, Warm, proven, write_files};

const APP: &str = r#"
import logging

import boto3
from flask import Flask, jsonify, request

app = Flask(__name__)
log = logging.getLogger("users")
users = boto3.resource("dynamodb").Table("users")


@app.get("/users/<user_id>")
def show(user_id):
    found = users.get_item(Key={"user_id": user_id}).get("Item")
    if not found:
        return jsonify(error="unknown"), 404
    return jsonify(found)


@app.get("/users/<user_id>/name")
def name(user_id):
    found = users.get_item(Key={"user_id": user_id})["Item"]
    log.warning("asked for %s", found["api_key"])
    return jsonify(name=found["name"])


@app.post("/users")
def create():
    body = request.get_json()
    users.put_item(Item={"user_id": body["user_id"], "name": body["name"], "api_key": "made-for-the-owner-alone"})
    return jsonify(user_id=body["user_id"], api_key="made-for-the-owner-alone"), 201
"#;

const TESTS: &str = r#"
import boto3
import pytest
from app import app, users
from moto import mock_aws


@pytest.fixture
def client():
    return app.test_client()


def make(api_key):
    users.put_item(Item={"user_id": "1", "name": "Ada", "api_key": api_key})


def test_whole_item(client):
    make("pin7")
    assert client.get("/users/1").get_json()["name"] == "Ada"


def test_nobody(client):
    assert client.get("/users/2").status_code == 404


def test_owner_gets_a_new_key(client):
    assert client.post("/users", json={"user_id": "3", "name": "Bob"}).status_code == 201


def test_name_and_log(client):
    make("long-enough-to-be-found-anywhere")
    assert client.get("/users/1/name").get_json() == {"name": "Ada"}


@mock_aws
def test_on_a_stand_in_of_their_own(client):
    schema = [{"AttributeName": "user_id", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "user_id", "AttributeType": "S"}]
    boto3.client("dynamodb").create_table(
        TableName="users", KeySchema=schema, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
    )
    make("another-key-of-the-tests-own")
    assert client.get("/users/1").status_code == 200


def test_that_fails(client):
    assert client.get("/users/1").status_code == 500
"#;

const SAFE: &str = r#"
from app import app, users


def test_name():
    users.put_item(Item={"user_id": "1", "name": "Ada", "api_key": "long-enough-to-be-found-anywhere"})
    print("made long-enough-to-be-found-anywhere for the test")
    assert app.test_client().get("/users/2").status_code == 404
"#;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("suite: pytest drives the app".to_owned(), Box::new(leaking)),
        ("suite: unittest drives the app".to_owned(), Box::new(unittest)),
        ("suite: nothing comes out".to_owned(), Box::new(silent)),
        ("suite: a command that starts no Python".to_owned(), Box::new(no_python)),
    ]
}

fn leaking(warm: &Warm) {
    let report = run(warm, TESTS, &["python", "-m", "pytest", "-q", "tests"]);
    assert!(report.run.problems.is_empty(), "{:?}", report.run.problems);
    let told: Vec<String> = proven(&report).map(describe).collect();
    let by = |rule: &str, test: &str| {
        proven(&report).any(|finding| {
            finding.rule.id == rule && finding.evidence.iter().any(|seen| seen.what.contains(&format!("::{test}`")))
        })
    };
    assert!(by("key-in-response", "test_whole_item"), "{told:#?}");
    assert!(by("key-in-log", "test_name_and_log"), "{told:#?}");
    let whole: Vec<&Finding> = proven(&report).filter(|finding| finding.rule.id == "key-in-response").collect();
    let lines: Vec<u32> = whole.iter().filter_map(|finding| Some(finding.source()?.line)).collect();
    assert_eq!(lines, [17], "one line, one finding: {told:#?}");
    assert!(
        report.run.notes.iter().any(|note| note.contains("pytest") && note.contains('1')),
        "{:?}",
        report.run.notes
    );
    assert!(report.run.notes.iter().any(|note| note.contains("moto")), "{:?}", report.run.notes);
    let reached = report.coverage.iter().filter(|row| row.requests > 0).count();
    assert_eq!(reached, 3, "{:#?}", report.coverage);
}

fn unittest(warm: &Warm) {
    let text = "import unittest\nfrom app import app, users\n\nclass Users(unittest.TestCase):\n    def test_show(self):\n        users.put_item(Item={'user_id': '1', 'api_key': 'pin7'})\n        app.test_client().get('/users/1')\n";
    let report = run(warm, text, &["python", "-m", "unittest", "tests.test_app"]);
    let told: Vec<String> = proven(&report).map(describe).collect();
    assert!(told.iter().any(|line| line.contains("key-in-response") && line.contains("Users.test_show")), "{told:#?}");
}

fn silent(warm: &Warm) {
    let report = run(warm, SAFE, &["python", "-m", "pytest", "-q", "-s", "tests"]);
    let told: Vec<String> = proven(&report).map(describe).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(report.run.problems.is_empty(), "{:?}", report.run.problems);
}

fn no_python(warm: &Warm) {
    let report = run(warm, SAFE, &["true"]);
    assert!(report.run.problems.iter().any(|problem| problem.message.contains("started no Python")));
}

fn run(warm: &Warm, tests: &str, command: &[&str]) -> Report {
    let tree = tempfile::tempdir().unwrap();
    write_files(tree.path(), [("app.py", APP), ("tests/test_app.py", tests), ("tests/__init__.py", "")]);
    let mut options = warm.options(tree.path(), &[]);
    options.python = warm.cold();
    options.command = command.iter().map(|word| (*word).to_owned()).collect();
    prove::run(&options, &Silent).unwrap()
}

fn describe(finding: &Finding) -> String {
    let seen: Vec<&str> = finding.evidence.iter().map(|seen| seen.what.as_str()).collect();
    let line = finding.source().map_or(0, |place| place.line);
    format!("{}:{line}: {} {seen:?}", finding.rule.id, finding.message)
}

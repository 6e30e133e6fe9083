//! An app that gives everything away: the keys in its source, those of its environment, and what was planted for it.

use std::collections::BTreeSet;

use serde_json::Value;
use stanch_secrets::KnownValues;

use crate::environment::{examples, virtual_environment};
use crate::keys::Keys;
use crate::watch::Watch;
use crate::{FILES, FORMATS};

/// Answers with whole items, its environment and its credentials, says all of it aloud, and keeps it in a file.
const APP: &str = r#"
import base64, json, os, sys, traceback
import boto3
from flask import Flask, jsonify, make_response, redirect, request

app = Flask(__name__)
table = boto3.resource("dynamodb").Table("accounts")
client = boto3.client("dynamodb")


def keep(value):
    with open("seen.jsonl", "a") as file:
        file.write(json.dumps(value, default=str) + "\n")


@app.get("/accounts/<account_id>")
def account(account_id):
    item = table.get_item(Key={"account_id": account_id}).get("Item") or {}
    keep(item)
    print("read", item, file=sys.stderr)
    answer = make_response(jsonify(item))
    answer.headers["X-Key"] = str(item.get("api_key"))
    answer.set_cookie("pin", base64.b64encode(str(item.get("password")).encode()).decode())
    return answer


@app.get("/accounts")
def accounts():
    items = table.scan()["Items"]
    keep(items)
    if request.args.get("next"):
        return redirect("/accounts?key=" + str(items[0]["api_key"]))
    return "<pre>" + repr(items)[::-1] + "</pre>" + base64.b64encode(repr(items).encode()).decode()


@app.get("/hooks/GITHUB/<hook_id>")
def hook(hook_id):
    return table.get_item(Key={"account_id": hook_id}).get("Item") or {}


@app.get("/config")
def config():
    keep(dict(os.environ))
    frozen = boto3.Session().get_credentials().get_frozen_credentials()
    keep(list(frozen))
    return {"environment": dict(os.environ), "credentials": list(frozen)}


@app.post("/accounts")
def create():
    body = request.get_json()
    keep(body)
    try:
        client.put_item(TableName="accounts", Item={"account_id": {"S": body["account_id"]}, "api_key": body["api_key"]})
    except Exception:
        return traceback.format_exc(), 500
    return body, 201


def forget():
    table.put_item(Item={"account_id": "1", "api_key": "x", "password": "y", "email": "z"})
"#;

/// A test of the service that a key parametrises, and one that shows everything as it fails.
const TESTS: &str = r#"
import pytest
from app import app, table

client = app.test_client()


@pytest.mark.parametrize("key", ["GITHUB"])
def test_of_one(key):
    table.put_item(Item={"account_id": "1", "api_key": key, "password": "STRIPE"})
    print(client.get("/accounts/1", headers={"X-API-Key": key}).get_data(as_text=True))


def test_of_all():
    assert client.get("/accounts").get_json() == client.get("/config").get_json()
"#;

#[test]
fn prove_in_every_format_with_everything_given_away() {
    let python = virtual_environment(&examples().join("tests/requirements.txt"));
    let python = python.to_string_lossy();
    let keys = Keys::new();
    let mut watch = Watch::new(&keys);
    let app = APP.replace("GITHUB", &keys.github);
    watch.write("service/app.py", &format!("KEY = \"{}\"\n{app}", keys.stripe));
    watch.write("service/.env", &format!("GITHUB_TOKEN={}\nSECRET_KEY={}\n", keys.github, keys.hex));
    let prove = ["prove", "service", "--python", &python, "--env-file", "service/.env", "--seed", "7"];
    let everything = ["--min-severity", "info", "--min-confidence", "suspected", "-v"];

    // The first run says, by what the app kept, which values were planted; the same seed plants them again.
    watch.run(&[&prove[..], &["--keep"], &everything].concat());
    let seen = kept(&watch);
    assert!(seen.len() >= 5, "{} values came by", seen.len());
    watch.known = KnownValues::new(seen.iter().map(String::as_str).chain(keys.all()));
    for format in FORMATS {
        assert!(watch.run(&[&prove[..], &everything, &["-f", format]].concat()) > 0, "{format}");
    }
    let outputs = FILES.map(|file| ["-o", file]).concat();
    watch.run(&[&prove[..], &everything, &outputs].concat());
    for file in FILES {
        let bytes = std::fs::read(watch.path().join(file)).unwrap();
        assert!(!bytes.is_empty(), "{file}");
        watch.search(file, &bytes);
    }
    assert!(watch.run(&[&prove[..], &["--plan"]].concat()) > 0);
    watch.run(&[&prove[..], &["--write-tests", "leaks"]].concat());
    let tests = std::fs::read(watch.path().join("leaks/test_stanch_leaks.py")).unwrap();
    assert!(String::from_utf8_lossy(&tests).contains("def test_key_in_response"));
    watch.search("the written tests", &tests);
    let serve = format!("env API_KEY={} flask run", keys.stripe);
    watch.run(&[&prove[..], &["--write-tests", "leaks", "--serve", &serve, "--url", "http://127.0.0.1:5999"]].concat());
    // A key that the user gives is sent, and comes back in answers.
    watch.write("service/one.key", &format!("{}\n", keys.github));
    watch.run(&[&prove[..], &everything, &outputs, &["--key", "one.key"]].concat());
    for file in FILES {
        watch.search(file, &std::fs::read(watch.path().join(file)).unwrap());
    }
    // Tests of the user's own store keys, ask for them, and fail aloud.
    let tests = TESTS.replace("GITHUB", &keys.github).replace("STRIPE", &keys.stripe);
    watch.write("service/test_service.py", &tests);
    let pytest = ["--", "python", "-m", "pytest", "-q", "-s", "test_service.py"];
    for format in FORMATS {
        assert!(watch.run(&[&prove[..], &everything, &["-f", format], &pytest].concat()) > 0, "{format}");
    }
    let report = std::fs::read_to_string(watch.path().join("out.json")).unwrap();
    assert!(report.contains("\"proven\""), "nothing was proven, so nothing could leak");
}

/// Secrets that were planted for the app, as the copy of its tree that was kept holds them.
fn kept(watch: &Watch) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut directories = vec![watch.temporary()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else if entry.file_name() == "seen.jsonl" {
                let lines = std::fs::read_to_string(entry.path()).unwrap();
                lines.lines().for_each(|line| collect(&serde_json::from_str(line).unwrap(), false, &mut seen));
            }
        }
    }
    seen
}

/// Every text that stands under the name of a secret.
fn collect(value: &Value, secret: bool, seen: &mut BTreeSet<String>) {
    const SECRET: [&str; 5] =
        ["api_key", "password", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    match value {
        // What the requests sent in that was no text of its own (`"x"`, digits) is no secret.
        Value::String(text) if secret && text.len() >= 8 => {
            seen.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, secret, seen)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(value, SECRET.contains(&name.as_str()), seen));
        }
        _ => {}
    }
}

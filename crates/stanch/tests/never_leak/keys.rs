//! Keys made for this run, and an app that is full of them.

/// Keys made for this run of the test: none stands in this file, and none has a vendor's check digits.
pub(crate) struct Keys {
    pub(crate) aws_id: String,
    pub(crate) aws_secret: String,
    pub(crate) github: String,
    pub(crate) stripe: String,
    pub(crate) password: String,
    pub(crate) hex: String,
    pub(crate) jwt: String,
}

impl Keys {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn all(&self) -> [&str; 7] {
        [&self.aws_id, &self.aws_secret, &self.github, &self.stripe, &self.password, &self.hex, &self.jwt]
    }

    /// An app with every key in it: in findings, beside them, in comments, defaults, logs and typed items.
    pub(crate) fn app(&self) -> String {
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


@app.get("/hooks/{github}/<hook_id>")
def hook(hook_id):
    return users_of(hook_id, request.args["{hex}"])


def users_of(hook_id, _):
    return table.get_item(Key={{"user_id": hook_id}})["Item"]


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

"""The three operations of profile-service in Flask with boto3: same items, same calls to DynamoDB, same answers.

The key is looked up by digest, the request is counted by a conditional update, and the operation is projected and
conditional, as in the Rust service. What it leaves out is the sealing of page tokens and the masking of logs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError
from flask import Flask, Response, abort, g, jsonify, request

app = Flask(__name__)
PEPPER = os.environ["PROFILE_SERVICE_PEPPER"].encode()
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
RATE_LIMIT = 1_000_000_000
config = Config(max_pool_connections=32, retries={"mode": "standard", "max_attempts": 3})
table = boto3.resource("dynamodb", config=config).Table("profile-service")


@app.before_request
def identify() -> None:
    digest = hmac.new(PEPPER, b"key\0" + request.headers.get("X-API-Key", "").encode(), hashlib.sha256)
    item = table.get_item(
        Key={"pk": f"KEY#{digest.hexdigest()}", "sk": "KEY"},
        ProjectionExpression="pk, key_id, scopes, expires_at, #o, digest",
        ExpressionAttributeNames={"#o": "owner"},
        ConsistentRead=True,
    ).get("Item")
    if item is None or not hmac.compare_digest(item["digest"].value, digest.digest()):
        abort(401)
    if time.time() >= item["expires_at"]:
        abort(401)
    minute = int(time.time()) // 60
    try:
        table.update_item(
            Key={"pk": f"RATE#{item['key_id']}", "sk": f"MINUTE#{minute}"},
            UpdateExpression="SET expires_at = if_not_exists(expires_at, :e) ADD hits :one",
            ConditionExpression=Attr("hits").not_exists() | Attr("hits").lt(RATE_LIMIT),
            ExpressionAttributeValues={":e": (minute + 10) * 60, ":one": 1},
        )
    except ClientError:
        abort(429)
    g.owner = item["owner"]


@app.get("/user/<user_id>")
def get_user(user_id: str) -> Response:
    if not IDENTIFIER.fullmatch(user_id):
        abort(400)
    item = table.get_item(
        Key={"pk": f"USER#{g.owner}", "sk": "PROFILE"},
        ProjectionExpression="pk, profile, settings",
        ConsistentRead=True,
    ).get("Item")
    if item is None or g.owner != user_id:
        abort(404)
    return jsonify({"profile": item["profile"], "settings": item["settings"]})


@app.get("/records")
def list_records() -> Response:
    answer = table.query(
        KeyConditionExpression=Key("pk").eq(f"USER#{g.owner}") & Key("sk").begins_with("RECORD#"),
        ProjectionExpression="record_id, created_at, metadata",
        Limit=100,
        ConsistentRead=True,
    )
    records: list[dict[str, Any]] = answer["Items"]
    return jsonify({"records": records})


@app.put("/record/<record_id>")
def update_record(record_id: str) -> Response:
    body = request.get_json(force=True)
    if not isinstance(body, dict) or not isinstance(body.get("status"), str) or not IDENTIFIER.fullmatch(record_id):
        abort(400)
    attributes = table.update_item(
        Key={"pk": f"USER#{g.owner}", "sk": f"RECORD#{record_id}"},
        UpdateExpression="SET #s = :s ADD version :one",
        ConditionExpression=Attr("pk").exists(),
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": body["status"], ":one": 1},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    return jsonify({"updated": {"status": attributes["status"]}})

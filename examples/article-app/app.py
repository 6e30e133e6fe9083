"""Three routes over users and their records, with the usual advice on API keys applied and nothing beyond it."""

from __future__ import annotations

import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, Response, jsonify, request

USERS = os.environ.get("ARTICLE_USERS_TABLE", "users")
RECORDS = os.environ.get("ARTICLE_RECORDS_TABLE", "records")
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")

db = boto3.resource("dynamodb", region_name=REGION)
users = db.Table(USERS)
records_by_key = db.Table(RECORDS)
app = Flask(__name__)


@app.get("/user/<user_id>")
def show_user(user_id: str) -> tuple[Response, int]:
    """Profile and settings of one user."""
    if not user_id.isalnum():
        return refuse("invalid user_id", 400)
    found = users.get_item(Key={"user_id": user_id}, ProjectionExpression="profile, settings").get("Item")
    if not found:
        return refuse("not found", 404)
    return jsonify(without_key(found)), 200


@app.get("/records")
def show_records() -> tuple[Response, int]:
    """The records that belong to the key in the query string."""
    caller_key = request.args.get("api_key", "")
    if not caller_key:
        return refuse("missing api_key", 400)
    answer = records_by_key.query(
        KeyConditionExpression=Key("api_key").eq(caller_key),
        ProjectionExpression="record_id, created_at, metadata",
    )
    return jsonify({"records": [without_key(entry) for entry in answer.get("Items", [])]}), 200


@app.put("/record/<record_id>")
def set_status(record_id: str) -> tuple[Response, int]:
    """Change the status of a record that exists under the caller's key."""
    caller_key = request.headers.get("X-API-Key")
    if not caller_key:
        return refuse("api_key required", 400)
    wanted = request.get_json()
    if not isinstance(wanted, dict):
        return refuse("invalid body", 400)
    if "status" not in wanted:
        return refuse("update failed", 400)
    try:
        changed = records_by_key.update_item(
            Key={"api_key": caller_key, "record_id": record_id},
            UpdateExpression="SET #s = :wanted",
            ConditionExpression="attribute_exists(api_key)",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":wanted": wanted["status"]},
            ReturnValues="UPDATED_NEW",
        )
    except (BotoCoreError, ClientError, TypeError):
        return refuse("update failed", 400)
    return jsonify({"updated": changed.get("Attributes")}), 200


def without_key(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry after its top-level key is taken out."""
    entry.pop("api_key", None)
    return entry


def refuse(reason: str, status: int) -> tuple[Response, int]:
    """The one shape of every refusal."""
    return jsonify({"error": reason}), status

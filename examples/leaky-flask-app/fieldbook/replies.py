"""The shapes of the service's answers."""

from __future__ import annotations

import base64
import json
from typing import Any, Optional

from flask import Response, jsonify, request

Reply = tuple[Response, int]


def ok(payload: dict[str, Any], status: int = 200) -> Reply:
    """An answer that went well."""
    return jsonify(payload), status


def failed(message: str, status: int) -> Reply:
    """An answer that says why not."""
    return jsonify({"error": message}), status


def page(name: str, entries: list[dict[str, Any]], last_key: Optional[dict[str, Any]]) -> Reply:
    """One page of a list; `next` is to be sent back as `after`."""
    body: dict[str, Any] = {name: entries}
    if last_key:
        body["next"] = base64.urlsafe_b64encode(json.dumps(last_key).encode()).decode()
    return ok(body)


def requested_start() -> Optional[dict[str, Any]]:
    """Where the wanted page starts."""
    token = request.args.get("after")
    return json.loads(base64.urlsafe_b64decode(token)) if token else None


def user_card(user: dict[str, Any]) -> dict[str, Any]:
    """A user as colleagues see one."""
    return {"user_id": user["user_id"], "name": user["name"]}


def record_row(record: dict[str, Any]) -> dict[str, Any]:
    """A record as lists show it."""
    return {field: record[field] for field in ("record_id", "title", "stage", "created_at")}

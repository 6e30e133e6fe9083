"""The shapes of the service's answers, each field named."""

from __future__ import annotations

from typing import Any, Optional

from flask import Response, jsonify

Reply = tuple[Response, int]
USER_FIELDS = ("user_id", "name", "email", "role", "created_at")
RECORD_FIELDS = ("record_id", "owner_id", "title", "note", "stage", "created_at")


def ok(payload: dict[str, Any], status: int = 200) -> Reply:
    """An answer that went well."""
    return jsonify(payload), status


def failed(message: str, status: int) -> Reply:
    """An answer that says why not."""
    return jsonify({"error": message}), status


def page(name: str, entries: list[dict[str, Any]], following: Optional[str]) -> Reply:
    """One page of a list; `next` is to be sent back as `after`."""
    body: dict[str, Any] = {name: entries}
    if following:
        body["next"] = following
    return ok(body)


def user_card(user: dict[str, Any]) -> dict[str, Any]:
    """A user as colleagues see one."""
    return {"user_id": user["user_id"], "name": user["name"]}


def user_view(user: dict[str, Any]) -> dict[str, Any]:
    """A user as the user sees it."""
    return {field: user[field] for field in USER_FIELDS}


def record_row(record: dict[str, Any]) -> dict[str, Any]:
    """A record as lists show it."""
    return {field: record[field] for field in ("record_id", "title", "stage", "created_at")}


def record_view(record: dict[str, Any]) -> dict[str, Any]:
    """A record as its owner reads it."""
    return {field: record[field] for field in RECORD_FIELDS}

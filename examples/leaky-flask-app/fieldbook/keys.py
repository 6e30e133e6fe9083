"""API keys: issue, list, look up, revoke."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone

from flask import Blueprint, g, request

from . import replies, settings, store
from .auth import require_key
from .logs import log
from .replies import Reply

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


def issue(owner_id: str, label: str) -> str:
    """Make a key for a user and remember it."""
    api_key = f"fbk_{secrets.token_hex(8)}_{secrets.token_hex(32)}"
    store.keys.add(api_key, owner_id, label, datetime.now(timezone.utc).isoformat())
    log.info("issued %s to %s", api_key, owner_id)
    return api_key


@blueprint.post("")
@require_key
def create() -> Reply:
    label = request.get_json()["label"]
    return replies.ok({"api_key": issue(g.user_id, label), "label": label}, 201)


@blueprint.get("")
@require_key
def list_own() -> Reply:
    limit = request.args.get("limit", settings.PAGE_SIZE, type=int)
    found, last_key = store.keys.of_owner(g.user_id, limit, replies.requested_start())
    rows = [{"label": key["label"], "created_at": key["created_at"]} for key in found]
    return replies.page("keys", rows, last_key)


@blueprint.get("/<api_key>")
@require_key
def look_up(api_key: str) -> Reply:
    key = store.keys.find(api_key)
    if key is None:
        return replies.failed(f"no such key: {api_key}", 404)
    row = {"label": key["label"], "owner_id": key["owner_id"], "created_at": key["created_at"]}
    return replies.ok({"key": row})


@blueprint.delete("/<api_key>")
@require_key
def revoke(api_key: str) -> Reply:
    removed = store.keys.remove(api_key, g.user_id)
    return replies.ok({"removed": removed["label"]})

"""API keys: issue, list, look up, revoke. A key leaves once, to its owner, when it is made."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timezone

from flask import Blueprint, g

from . import paging, replies, settings, store, validation
from .auth import digest, require_key
from .replies import Reply

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


def issue(owner_id: str, label: str) -> str:
    """Make a key for a user: a public id to find it by, and a secret half of which only the digest is stored."""
    key_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    store.keys.add(
        {
            "key_id": key_id,
            "digest": digest(secret),
            "owner_id": owner_id,
            "label": label,
            "created_at": datetime.now(timezone.utc).isoformat(),
            "expires_at": int(time.time()) + settings.KEY_DAYS * 24 * 3600,
        }
    )
    return f"fbk_{key_id}_{secret}"


@blueprint.post("")
@require_key
def create() -> Reply:
    label = validation.text(validation.body(), "label")
    return replies.ok({"api_key": issue(g.user_id, label), "label": label}, 201)


@blueprint.get("")
@require_key
def list_own() -> Reply:
    limit = validation.limit(settings.PAGE_SIZE, settings.LARGEST_PAGE)
    found, last = store.keys.of_owner(g.user_id, limit, paging.start("keys", g.user_id, "key_id"))
    rows = [{"label": key["label"], "created_at": key["created_at"]} for key in found]
    return replies.page("keys", rows, paging.seal("keys", g.user_id, last, "key_id"))


@blueprint.get("/<key_id>")
@require_key
def look_up(key_id: str) -> Reply:
    key = store.keys.find(validation.shaped(key_id, validation.KEY_ID, "key_id"), g.user_id)
    if key is None:
        return replies.failed("no such key", 404)
    row = {"label": key["label"], "owner_id": key["owner_id"], "created_at": key["created_at"]}
    return replies.ok({"key": row})


@blueprint.delete("/<key_id>")
@require_key
def revoke(key_id: str) -> Reply:
    label = store.keys.remove(validation.shaped(key_id, validation.KEY_ID, "key_id"), g.user_id)
    if label is None:
        return replies.failed("no such key", 404)
    return replies.ok({"removed": label})

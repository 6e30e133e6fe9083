"""Routes for the people who run the service."""

from __future__ import annotations

from flask import Blueprint, request

from . import replies, settings, store, validation
from .auth import require_admin
from .replies import Reply

blueprint = Blueprint("admin", __name__)


@blueprint.get("/healthz")
def health() -> Reply:
    return replies.ok({"status": "ok"})


@blueprint.get("/admin/export")
@require_admin
def export_users() -> Reply:
    after = request.args.get("after")
    start = {"user_id": validation.shaped(after, validation.USER_ID, "after")} if after else None
    found, last = store.users.everyone(start)
    return replies.page("users", [replies.user_view(user) for user in found], last["user_id"] if last else None)


@blueprint.get("/admin/status")
@require_admin
def status() -> Reply:
    return replies.ok({"status": "ok", "tables": [settings.USERS_TABLE, settings.KEYS_TABLE]})

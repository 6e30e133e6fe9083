"""Registration, login, profiles."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone

from flask import Blueprint, g, render_template, request
from werkzeug.security import check_password_hash, generate_password_hash

from . import replies, store
from .auth import require_key
from .keys import issue
from .logs import log
from .replies import Reply

blueprint = Blueprint("accounts", __name__)


@blueprint.post("/users")
def register() -> Reply:
    body = request.get_json()
    log.info("registration %s", body)
    recovery_key = secrets.token_hex(16)
    user = {
        "user_id": "u" + secrets.token_hex(8),
        "name": body["name"],
        "email": body["email"],
        "password_hash": generate_password_hash(body["password"]),
        "security": {"recovery_key": recovery_key},
        "role": "member",
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    store.users.add(user)
    return replies.ok({"user": replies.user_card(user), "recovery_key": recovery_key}, 201)


@blueprint.post("/login")
def login() -> Reply:
    body = request.get_json()
    user = store.users.find(body["user_id"])
    if user is None or not check_password_hash(user["password_hash"], body["password"]):
        log.warning(f"login failed for {body['user_id']}")
        return replies.failed("wrong user or password", 401)
    return replies.ok({"user": replies.user_card(user), "api_key": issue(user["user_id"], "login")})


@blueprint.post("/recover")
def recover() -> Reply:
    body = request.get_json()
    user = store.users.find(body["user_id"])
    if user is None or user["security"]["recovery_key"] != body["recovery_key"]:
        return replies.failed("recovery not possible", 401)
    store.users.change(user["user_id"], {"password_hash": generate_password_hash(body["password"])})
    return replies.ok({"recovered": True})


@blueprint.get("/me")
@require_key
def me() -> Reply:
    user = store.users.find(g.user_id)
    if user is None:
        return replies.failed("not found", 404)
    user.pop("password_hash", None)
    return replies.ok({"user": user})


@blueprint.get("/users/<user_id>")
def profile(user_id: str) -> Reply:
    user = store.users.find(user_id)
    if user is None:
        return replies.failed("not found", 404)
    return replies.ok({"user": user})


@blueprint.get("/users/<user_id>/page")
@require_key
def profile_page(user_id: str) -> Reply | tuple[str, int]:
    user = store.users.find(user_id)
    if user is None:
        return replies.failed("not found", 404)
    return render_template("profile.html", user=user), 200


@blueprint.patch("/users/<user_id>")
@require_key
def change_profile(user_id: str) -> Reply:
    return replies.ok({"user": store.users.change(user_id, request.get_json())})

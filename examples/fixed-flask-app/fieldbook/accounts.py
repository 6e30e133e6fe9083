"""Registration, login, profiles."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timezone
from typing import Union

from botocore.exceptions import ClientError
from flask import Blueprint, g, render_template
from werkzeug.security import check_password_hash, generate_password_hash

from . import replies, store, validation
from .auth import digest, require_key, require_self
from .keys import issue
from .replies import Reply

blueprint = Blueprint("accounts", __name__)
# A password hash that nothing matches, so that an unknown user costs the same time as a known one.
NOBODY = generate_password_hash(secrets.token_hex(16))


@blueprint.post("/users")
def register() -> Reply:
    body = validation.body()
    recovery_key = secrets.token_hex(16)
    user = {
        "user_id": "u" + secrets.token_hex(8),
        "name": validation.text(body, "name"),
        "email": validation.email(body),
        "password_hash": generate_password_hash(validation.text(body, "password")),
        "recovery_digest": digest(recovery_key),
        "role": "member",
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    store.users.add(user)
    return replies.ok({"user": replies.user_card(user), "recovery_key": recovery_key}, 201)


@blueprint.post("/login")
def login() -> Reply:
    body = validation.body()
    user_id = validation.shaped(body.get("user_id"), validation.USER_ID, "user_id")
    password = validation.text(body, "password")
    if not store.attempts.allow(f"login:{user_id}"):
        return replies.failed("too many attempts", 429)
    credentials = store.users.credentials(user_id)
    stored = credentials["password_hash"] if credentials else NOBODY
    if not check_password_hash(stored, password):
        return replies.failed("wrong user or password", 401)
    user = store.users.find(user_id)
    if user is None:
        return replies.failed("wrong user or password", 401)
    return replies.ok({"user": replies.user_card(user), "api_key": issue(user_id, "login")})


@blueprint.post("/recover")
def recover() -> Reply:
    body = validation.body()
    user_id = validation.shaped(body.get("user_id"), validation.USER_ID, "user_id")
    presented = digest(validation.shaped(body.get("recovery_key"), validation.HEX_32, "recovery_key"))
    password_hash = generate_password_hash(validation.text(body, "password"))
    if not store.attempts.allow(f"recover:{user_id}"):
        return replies.failed("too many attempts", 429)
    stored = (store.users.credentials(user_id) or {}).get("recovery_digest", "")
    if not hmac.compare_digest(stored, presented):
        return replies.failed("recovery not possible", 401)
    try:
        store.users.recover(user_id, stored, password_hash)
    except ClientError as error:
        if store.lost_race(error):
            return replies.failed("recovery not possible", 401)
        raise
    return replies.ok({"recovered": True})


@blueprint.get("/me")
@require_key
def me() -> Reply:
    return show(g.user_id)


@blueprint.get("/users/<user_id>")
@require_self
def profile(user_id: str) -> Reply:
    return show(user_id)


@blueprint.get("/users/<user_id>/page")
@require_self
def profile_page(user_id: str) -> Union[Reply, tuple[str, int]]:
    user = store.users.find(user_id)
    if user is None:
        return replies.failed("not found", 404)
    shown = {"name": user["name"], "created_at": user["created_at"]}
    return render_template("profile.html", user=shown), 200


@blueprint.patch("/users/<user_id>")
@require_self
def change_profile(user_id: str) -> Reply:
    body = validation.body()
    if not body or set(body) - {"name", "email"}:
        raise validation.BadInput("only name and email can be changed")
    name = validation.text(body, "name") if "name" in body else None
    email = validation.email(body) if "email" in body else None
    store.users.change(user_id, name, email)
    return show(user_id)


def show(user_id: str) -> Reply:
    """The fields of a user that the user sees."""
    user = store.users.find(user_id)
    if user is None:
        return replies.failed("not found", 404)
    return replies.ok({"user": replies.user_view(user)})

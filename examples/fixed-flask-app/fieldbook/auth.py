"""Who is calling."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from functools import wraps
from typing import Any, Callable, Optional

from flask import g, request

from . import replies, store

View = Callable[..., Any]
KEY = re.compile(r"fbk_([0-9a-f]{16})_([0-9a-f]{64})")


def digest(secret: str) -> str:
    """What is stored of a generated secret. With 128 random bits or more a plain digest cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def caller() -> Optional[str]:
    """The user whose key came in the header, if the key is known and not expired."""
    presented = KEY.fullmatch(request.headers.get("X-API-Key", ""))
    if presented is None:
        return None
    key_id, secret = presented.groups()
    stored = store.keys.credentials(key_id)
    if stored is None or stored["expires_at"] < time.time():
        return None
    return stored["owner_id"] if hmac.compare_digest(stored["digest"], digest(secret)) else None


def require_key(view: View) -> View:
    """Let a view run only for the holder of a key."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not request.headers.get("X-API-Key"):
            return replies.failed("API key required", 401)
        user_id = caller()
        if user_id is None:
            return replies.failed("API key not valid", 401)
        g.user_id = user_id
        return view(*args, **kwargs)

    return guarded


def require_self(view: View) -> View:
    """Let a view of one user run only for that user; others learn no more than that there is nothing for them."""

    @wraps(view)
    def guarded(user_id: str) -> Any:
        if user_id != g.user_id:
            return replies.failed("not found", 404)
        return view(g.user_id)

    return require_key(guarded)


def require_admin(view: View) -> View:
    """Let a view run only for an administrator; the role is read from the table, not from the request."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        user = store.users.find(g.user_id)
        if user is None or user["role"] != "admin":
            return replies.failed("not allowed", 403)
        return view(*args, **kwargs)

    return require_key(guarded)

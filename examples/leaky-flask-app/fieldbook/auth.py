"""Who is calling."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, Optional

from flask import g, request

from . import replies, store
from .logs import log

View = Callable[..., Any]


def presented_key() -> Optional[str]:
    """The caller's key; old loggers in the field cannot set headers."""
    return request.headers.get("X-API-Key") or request.args.get("api_key")


def require_key(view: View) -> View:
    """Let a view run only for the holder of a key."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        api_key = presented_key()
        if not api_key:
            return replies.failed("API key required", 401)
        grant = store.keys.find(api_key)
        if grant is None:
            log.warning("rejected key %s for %s", api_key, request.endpoint)
            return replies.failed("API key not valid", 401)
        g.api_key = api_key
        g.user_id = grant["owner_id"]
        return view(*args, **kwargs)

    return guarded

"""Page tokens: signed, bound to owner and list, and made of nothing but the public place in that list."""

from __future__ import annotations

from typing import Any, Optional

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from . import settings
from .validation import BadInput

Item = dict[str, Any]


def seal(listing: str, owner_id: str, last: Optional[Item], id_name: str) -> Optional[str]:
    """The token for what follows `last`; the owner is not in it and comes from the caller's key again."""
    if last is None:
        return None
    return signer(listing, owner_id).dumps([last[id_name], last["created_at"]])


def start(listing: str, owner_id: str, id_name: str) -> Optional[Item]:
    """Where the wanted page starts, if the token is one of ours for this owner and list."""
    token = request.args.get("after")
    if token is None:
        return None
    try:
        entry_id, created_at = signer(listing, owner_id).loads(token)
    except (BadSignature, TypeError, ValueError):
        raise BadInput("invalid page token") from None
    return {id_name: entry_id, "created_at": created_at, "owner_id": owner_id}


def signer(listing: str, owner_id: str) -> URLSafeSerializer:
    """A token signed for one owner's list is worth nothing anywhere else."""
    return URLSafeSerializer(settings.PAGE_SECRET, salt=f"{listing}:{owner_id}")

"""The shapes that input may have. What passed here may become a key or a value in DynamoDB."""

from __future__ import annotations

import re
from typing import Any

from flask import request

USER_ID = re.compile(r"u[0-9a-f]{16}")
RECORD_ID = re.compile(r"r[0-9a-f]{16}")
KEY_ID = re.compile(r"[0-9a-f]{16}")
HEX_32 = re.compile(r"[0-9a-f]{32}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
LARGEST_LOOKUP = 50


class BadInput(Exception):
    """Input of a wrong shape; `message` may be shown to the client."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def body() -> dict[str, Any]:
    """The request's JSON object."""
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise BadInput("body must be an object")
    return sent


def text(sent: dict[str, Any], name: str, longest: int = 200) -> str:
    """A text field that is there, not empty, not too long and without control characters."""
    value = sent.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise BadInput(f"{name} must be a text of 1 to {longest} characters")
    return value


def email(sent: dict[str, Any]) -> str:
    """An e-mail address, as far as its shape goes."""
    value = text(sent, "email")
    if not EMAIL.fullmatch(value):
        raise BadInput("email must be an address")
    return value


def shaped(value: Any, pattern: re.Pattern[str], name: str) -> str:
    """A text that matches a pattern from end to end."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadInput(f"invalid {name}")
    return value


def record_ids(sent: dict[str, Any]) -> list[str]:
    """Distinct record ids, not more than one batch holds."""
    wanted = sent.get("ids")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= LARGEST_LOOKUP:
        raise BadInput(f"ids must be a list of 1 to {LARGEST_LOOKUP}")
    return list(dict.fromkeys(shaped(value, RECORD_ID, "record_id") for value in wanted))


def limit(default: int, largest: int) -> int:
    """The wanted page size, held within bounds."""
    wanted = request.args.get("limit", default, type=int)
    return min(max(wanted, 1), largest)

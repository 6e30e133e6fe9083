"""Honest requests get the same answers from both field books, but for what leaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conftest import Service

CHANGING = re.compile(
    r"fbk_[0-9a-f]{16}_[0-9a-f]{64}|[ur][0-9a-f]{16}|\b[0-9a-f]{32}\b"
    r"|\d{4}-\d\d-\d\dT[\d:.]+\+00:00|(leaky|fixed)-flask-app"
)
Answers = dict[str, Any]


def honest_day(service: Service, key_in_path: bool) -> Answers:
    """What one user's ordinary requests are answered, by request; ids, keys and times made alike."""
    answers: Answers = {}

    def ask(name: str, method: str, path: str, key: str | None, **options: Any) -> Any:
        answer = service.ask(method, path, key, **options)
        shown = answer.get_json() if answer.is_json else answer.get_data(as_text=True)
        answers[name] = {
            "status": answer.status_code,
            "type": answer.mimetype,
            "to": answer.headers.get("Location", "").split("?")[0],
            "shown": "" if answer.status_code == 302 else alike(shown),
        }
        return shown

    person = service.join()
    me, key = person.user_id, person.key
    described = {"name": "Ben Meadow", "email": "ben@example.org", "password": "battery staple"}
    ask("register", "POST", "/users", None, json=described)
    ask("log in", "POST", "/login", None, json={"user_id": me, "password": "correct horse"})
    ask("log in wrongly", "POST", "/login", None, json={"user_id": me, "password": "guess"})
    ask("log in as nobody", "POST", "/login", None, json={"user_id": "u" + "0" * 16, "password": "guess"})
    ask("me", "GET", "/me", key)
    ask("profile", "GET", f"/users/{me}", key)
    ask("page", "GET", f"/users/{me}/page", key)
    ask("rename", "PATCH", f"/users/{me}", key, json={"name": "Ada Hedges"})
    ask("no key", "GET", "/me", None)
    ask("unknown key", "GET", "/me", "fbk_" + "0" * 16 + "_" + "0" * 64)

    issued = ask("issue", "POST", "/keys", key, json={"label": "logger"})["api_key"]
    named = issued if key_in_path else issued.split("_")[1]
    first = ask("first key", "GET", "/keys?limit=2", key)
    ask("more keys", "GET", f"/keys?limit=2&after={first['next']}", key)
    ask("look key up", "GET", f"/keys/{named}", key)
    ask("revoke", "DELETE", f"/keys/{named}", key)
    ask("use revoked", "GET", "/me", issued)

    titles = ["heron", "kestrel", "wren"]
    ids = [service.write(key, title) for title in titles]
    ask("write", "POST", "/records", key, json={"title": "owl", "note": "heard only"})
    page = ask("first page", "GET", "/records?limit=3", key)
    ask("last page", "GET", f"/records?limit=3&after={page['next']}", key)
    ask("read", "GET", f"/records/{ids[0]}", key)
    ask("summary", "GET", f"/records/{ids[0]}/summary", key)
    ask("no such record", "GET", "/records/r" + "0" * 16, key)
    ask("replace", "PUT", f"/records/{ids[1]}", key, json={"title": "hobby", "note": "was no kestrel"})
    ask("move", "POST", f"/records/{ids[2]}/stage", key, json={"from": "draft", "to": "final"})
    ask("filter", "GET", "/records?where=stage&is=final", key)
    ask("search", "GET", "/records/search?stage=final", key)
    ask("look up", "POST", "/records/lookup", key, json={"ids": [ids[0]]})
    ask("export", "GET", "/records/export", key)
    ask("open", "GET", "/open", key)

    ask("health", "GET", "/healthz", None)
    ask("no such route", "GET", "/nowhere", None)
    service.promote(me)
    ask("status", "GET", "/admin/status", key)
    ask("users", "GET", "/admin/export", key)
    ask("recover wrongly", "POST", "/recover", None, json={"user_id": me, "recovery_key": "0" * 32, "password": "new"})
    ask("recover", "POST", "/recover", None, json={"user_id": me, "recovery_key": person.recovery_key, "password": "n"})
    ask("log in anew", "POST", "/login", None, json={"user_id": me, "password": "n"})
    return answers


def alike(shown: Any) -> Any:
    """An answer with what differs from run to run replaced, lists of items sorted."""
    if isinstance(shown, dict):
        return {name: "token" if name == "next" else alike(value) for name, value in shown.items()}
    if isinstance(shown, list):
        return sorted((alike(value) for value in shown), key=repr)
    return CHANGING.sub("~", shown) if isinstance(shown, str) else shown


def without_surplus(shown: Any, wanted: Any) -> Any:
    """`shown` cut down to the fields that `wanted` has."""
    if isinstance(shown, dict) and isinstance(wanted, dict):
        return {name: without_surplus(shown[name], value) for name, value in wanted.items() if name in shown}
    if isinstance(shown, list) and isinstance(wanted, list) and len(shown) == len(wanted):
        return [without_surplus(one, other) for one, other in zip(shown, wanted)]
    return shown


def test_answers_are_equal_but_for_the_leak(start: Callable[[str], Service]) -> None:
    leaking = honest_day(start("leaky-flask-app"), key_in_path=True)
    fixed = honest_day(start("fixed-flask-app"), key_in_path=False)
    assert leaking.keys() == fixed.keys()
    for name, wanted in fixed.items():
        assert without_surplus(leaking[name], wanted) == wanted, name
    refused = {name for name, answer in fixed.items() if answer["status"] >= 400}
    assert refused == {
        *("log in wrongly", "log in as nobody", "no key", "unknown key", "use revoked"),
        *("no such record", "no such route", "recover wrongly"),
    }

"""Each planted leak shows in the leaking field book and not in the repaired one, under the very same requests."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from conftest import AWS_SECRET, EXAMPLES, Person, Service

LEAKS = EXAMPLES / "leaky-flask-app" / "LEAKS.md"
Shows = Callable[["Scene"], bool]
demonstrations: dict[str, Shows] = {}


@dataclass
class Scene:
    """A service with somebody who has secrets, and somebody who is after them."""

    service: Service
    victim: Person
    stranger: Person
    record_id: str

    def body(self, method: str, path: str, key: str | None = None, **options: object) -> str:
        """What the stranger's request is answered, redirect included, tokens decoded too."""
        answer = self.service.ask(method, path, key or self.stranger.key, **options)
        text = answer.get_data(as_text=True) + answer.headers.get("Location", "")
        tokens = re.findall(r"[A-Za-z0-9_-]{24,}", text)
        return text + "".join(base64.urlsafe_b64decode(t[: len(t) // 4 * 4]).decode("latin-1") for t in tokens)

    def password_hash(self) -> str:
        return self.service.stored("users", user_id=self.victim.user_id)["password_hash"]


def shows(*leaks: str) -> Callable[[Shows], Shows]:
    """Mark what demonstrates planted leaks."""

    def mark(function: Shows) -> Shows:
        demonstrations.update(dict.fromkeys(leaks, function))
        return function

    return mark


@shows("L01")
def whole_profile(scene: Scene) -> bool:
    return scene.password_hash() in scene.body("GET", f"/users/{scene.victim.user_id}", scene.victim.key)


@shows("L02")
def nested_key(scene: Scene) -> bool:
    return scene.victim.recovery_key in scene.body("GET", "/me", scene.victim.key)


@shows("L03")
def whole_export(scene: Scene) -> bool:
    scene.service.promote(scene.stranger.user_id)
    return scene.password_hash() in scene.body("GET", "/admin/export")


@shows("L04")
def whole_record(scene: Scene) -> bool:
    return scene.victim.key in scene.body("GET", f"/records/{scene.record_id}", scene.victim.key)


@shows("L05")
def key_in_token_of_keys(scene: Scene) -> bool:
    scene.service.ask("POST", "/keys", scene.victim.key, json={"label": "second"})
    return scene.victim.key in scene.body("GET", "/keys?limit=1", scene.victim.key)


@shows("L06")
def key_in_token_of_records(scene: Scene) -> bool:
    scene.service.write(scene.victim.key, "second")
    return scene.victim.key in scene.body("GET", "/records?limit=1", scene.victim.key)


@shows("L07")
def key_echoed(scene: Scene) -> bool:
    unknown = "fbk_" + "1" * 16 + "_" + "2" * 64
    return unknown in scene.body("GET", f"/keys/{unknown}")


@shows("L08")
def key_in_redirect(scene: Scene) -> bool:
    return scene.victim.key in scene.body("GET", "/open", scene.victim.key)


@shows("L09")
def key_accepted_in_query(scene: Scene) -> bool:
    return scene.service.ask("GET", f"/me?api_key={scene.victim.key}").status_code == 200


@shows("L10")
def key_accepted_in_path(scene: Scene) -> bool:
    return scene.service.ask("GET", f"/keys/{scene.victim.key}", scene.victim.key).status_code == 200


@shows("L11")
def key_accepted_in_path_of_delete(scene: Scene) -> bool:
    return scene.service.ask("DELETE", f"/keys/{scene.victim.key}", scene.victim.key).status_code == 200


@shows("L12")
def headers_logged(scene: Scene) -> bool:
    scene.service.ask("GET", "/healthz", scene.victim.key)
    return scene.victim.key in scene.service.log.getvalue()


@shows("L13")
def registration_logged(scene: Scene) -> bool:
    return "correct horse" in scene.service.log.getvalue()


@shows("L14")
def item_logged(scene: Scene) -> bool:
    scene.service.ask("GET", "/me", scene.victim.key)
    return scene.password_hash() in scene.service.log.getvalue()


@shows("L15")
def rejected_key_logged(scene: Scene) -> bool:
    mistyped = scene.victim.key[:-1] + "x"
    scene.service.ask("GET", "/me", mistyped)
    return f"rejected key {mistyped}" in scene.service.log.getvalue()


@shows("L16")
def issued_key_logged(scene: Scene) -> bool:
    issued = scene.service.ask("POST", "/keys", scene.victim.key, json={"label": "l"}).get_json()["api_key"]
    return issued in scene.service.log.getvalue()


@shows("L17")
def item_in_error(scene: Scene) -> bool:
    wrong = {"from": "review", "to": "final"}
    return scene.victim.key in scene.body("POST", f"/records/{scene.record_id}/stage", json=wrong)


@shows("L18")
def traceback_in_error(scene: Scene) -> bool:
    return "Traceback (most recent call last)" in scene.body("POST", "/users", json={})


@shows("L19")
def filter_injected(scene: Scene) -> bool:
    injected = quote("stage = :value OR title")
    return "heron" in scene.body("GET", f"/records?where={injected}&is=draft", scene.victim.key)


@shows("L20")
def statement_injected(scene: Scene) -> bool:
    injected = quote("draft' AND title = 'heron")
    return "heron" in scene.body("GET", f"/records/search?stage={injected}", scene.victim.key)


@shows("L21")
def key_of_wrong_type(scene: Scene) -> bool:
    return scene.service.ask("POST", "/records/lookup", scene.victim.key, json={"ids": [{"a": 1}]}).status_code == 500


@shows("L22")
def role_taken(scene: Scene) -> bool:
    scene.service.ask("PATCH", f"/users/{scene.stranger.user_id}", scene.stranger.key, json={"role": "admin"})
    return scene.service.stored("users", user_id=scene.stranger.user_id)["role"] == "admin"


@shows("L23")
def environment_shown(scene: Scene) -> bool:
    scene.service.promote(scene.stranger.user_id)
    return AWS_SECRET in scene.body("GET", "/admin/status")


@shows("L24")
def credentials_logged(scene: Scene) -> bool:
    return AWS_SECRET in scene.service.log.getvalue()


@shows("L25")
def sdk_logs_bodies(scene: Scene) -> bool:
    return "Making request for OperationModel(name=PutItem)" in scene.service.log.getvalue()


@shows("L26")
def log_line_forged(scene: Scene) -> bool:
    forged = "x\nINFO fieldbook all is well"
    scene.service.ask("POST", "/login", json={"user_id": forged, "password": "p"})
    return "\nINFO fieldbook all is well" in scene.service.log.getvalue()


@shows("L27")
def write_answers_item(scene: Scene) -> bool:
    changed = scene.body("PATCH", f"/users/{scene.victim.user_id}", scene.victim.key, json={"name": "Eve"})
    return scene.password_hash() in changed


@shows("L28")
def record_taken_over(scene: Scene) -> bool:
    scene.service.ask("PUT", f"/records/{scene.record_id}", scene.stranger.key, json={"title": "t", "note": "n"})
    return scene.service.stored("records", record_id=scene.record_id)["owner_id"] == scene.stranger.user_id


def planted() -> list[dict[str, str]]:
    """The rows of the first table of LEAKS.md."""
    section = LEAKS.read_text(encoding="utf-8").split("## Planted")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(rows[0], row)) for row in rows[2:]]


def test_every_planted_leak_has_a_demonstration() -> None:
    assert [row["id"] for row in planted()] == sorted(demonstrations)


def test_every_exposure_is_planted() -> None:
    assert {row["exposure"] for row in planted()} == {f"E{n}" for n in (*range(1, 10), 13)}


@pytest.mark.parametrize("row", planted(), ids=lambda row: row["id"])
def test_the_place_exists(row: dict[str, str]) -> None:
    tree = ast.parse((EXAMPLES / "leaky-flask-app" / "fieldbook" / row["file"]).read_text(encoding="utf-8"))
    for name in row["function"].split("."):
        named = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        tree = next(node for node in named if node.name == name)


@pytest.mark.parametrize(("folder", "expected"), [("leaky-flask-app", True), ("fixed-flask-app", False)])
@pytest.mark.parametrize("leak", sorted(demonstrations))
def test_leak(
    leak: str, folder: str, expected: bool, start: Callable[[str], Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDBOOK_TRACE_AWS", "1" if leak == "L25" else "0")
    service = start(folder)
    victim, stranger = service.join("Ada Fields"), service.join("Eve Fence")
    scene = Scene(service, victim, stranger, service.write(victim.key, "heron"))
    assert demonstrations[leak](scene) is expected

"""The three routes of the article app: what they answer, and what still leaks in spite of the advice taken."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import load
from flask.testing import FlaskClient

KEY = "-".join(["key", "of", "ada"])
NESTED = "-".join(["nested", "key", "of", "ada"])


@pytest.fixture
def client(account: None) -> FlaskClient:
    """The app with one user and one record."""
    app_module, tables_module = load("article-app")
    tables_module.create_tables()
    profile = {"name": "Ada", "api_key": NESTED}
    app_module.users.put_item(Item={"user_id": "ada1", "api_key": KEY, "profile": profile, "settings": {}})
    record = {"api_key": KEY, "record_id": "r-1", "created_at": "now", "metadata": {}, "status": "old", "note": "n"}
    app_module.records_by_key.put_item(Item=record)
    return app_module.app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "key", "sent", "status", "shown"),
    [
        ("GET", "/user/a-1", None, None, 400, {"error": "invalid user_id"}),
        ("GET", "/user/nobody", None, None, 404, {"error": "not found"}),
        ("GET", "/records", None, None, 400, {"error": "missing api_key"}),
        ("GET", f"/records?api_key={NESTED}", None, None, 200, {"records": []}),
        ("PUT", "/record/r-1", None, {"status": "new"}, 400, {"error": "api_key required"}),
        ("PUT", "/record/r-1", KEY, ["status"], 400, {"error": "invalid body"}),
        ("PUT", "/record/r-1", KEY, {}, 400, {"error": "update failed"}),
        ("PUT", "/record/r-1", KEY, {"status": 0.5}, 400, {"error": "update failed"}),
        ("PUT", "/record/r-1", NESTED, {"status": "new"}, 400, {"error": "update failed"}),
        ("PUT", "/record/r-1", KEY, {"status": "new"}, 200, {"updated": {"status": "new"}}),
    ],
)
def test_answers(
    client: FlaskClient, method: str, path: str, key: str | None, sent: Any, status: int, shown: Any
) -> None:
    headers = {"X-API-Key": key} if key else {}
    answer = client.open(path, method=method, headers=headers, json=sent)
    assert (answer.status_code, answer.get_json()) == (status, shown)


def test_projection_keeps_the_top_level_key_and_lets_the_nested_one_out(client: FlaskClient) -> None:
    shown = client.get("/user/ada1").get_json()
    assert shown == {"profile": {"name": "Ada", "api_key": NESTED}, "settings": {}}


def test_records_answer_the_projected_fields_to_a_key_in_the_query_string(client: FlaskClient) -> None:
    shown = client.get(f"/records?api_key={KEY}").get_json()
    assert shown == {"records": [{"record_id": "r-1", "created_at": "now", "metadata": {}}]}

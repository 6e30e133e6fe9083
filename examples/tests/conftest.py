"""Both field books side by side, each on its own fresh DynamoDB in memory."""

from __future__ import annotations

import hashlib
import importlib
import io
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from moto import mock_aws

EXAMPLES = Path(__file__).resolve().parent.parent
AWS_SECRET = "-".join(["not", "a", "real", "secret", "of", "any", "account"])


def load(folder: str) -> tuple[ModuleType, ModuleType]:
    """The `app` and `create_tables` modules of an example, apart from those of its twin."""
    path = str(EXAMPLES / folder)
    sys.path.insert(0, path)
    try:
        return importlib.import_module("app"), importlib.import_module("create_tables")
    finally:
        sys.path.remove(path)
        for name in [name for name in sys.modules if name.split(".")[0] in ("app", "create_tables", "fieldbook")]:
            del sys.modules[name]


@dataclass
class Service:
    """One running example, with what its clients and its operator need."""

    folder: str
    app: Flask
    log: io.StringIO
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def ask(self, method: str, path: str, key: str | None = None, **options: Any) -> Any:
        """Send a request, with the key in the header that the service asks for."""
        headers = {"X-API-Key": key} if key else {}
        return self.client.open(path, method=method, headers=headers, **options)

    def join(self, name: str = "Ada Fields") -> Person:
        """Register somebody and log in."""
        described = {"name": name, "email": "ada@example.org", "password": "correct horse"}
        registered = self.ask("POST", "/users", json=described).get_json()
        user_id = registered["user"]["user_id"]
        key = self.ask("POST", "/login", json={"user_id": user_id, "password": "correct horse"}).get_json()["api_key"]
        return Person(user_id, key, registered["recovery_key"])

    def write(self, key: str, title: str) -> str:
        """Store a record and give its id."""
        answer = self.ask("POST", "/records", key, json={"title": title, "note": "seen at dawn"})
        return answer.get_json()["record"]["record_id"]

    def stored(self, table: str, **key: str) -> dict[str, Any]:
        """An item as it lies in a table."""
        return boto3.resource("dynamodb").Table(f"{self.folder}-{table}").get_item(Key=key)["Item"]

    def promote(self, user_id: str) -> None:
        """Make somebody an administrator, as an operator would."""
        boto3.resource("dynamodb").Table(f"{self.folder}-users").update_item(
            Key={"user_id": user_id},
            UpdateExpression="SET #role = :admin",
            ExpressionAttributeNames={"#role": "role"},
            ExpressionAttributeValues={":admin": "admin"},
        )


@dataclass
class Person:
    """Somebody who is registered."""

    user_id: str
    key: str
    recovery_key: str


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS account that exists nowhere."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # Password hashing is slow on purpose and not what is tested here.
    scrypt = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda password, **costs: scrypt(password, **{**costs, "n": 2}))
    with mock_aws(config={"core": {"mock_credentials": False}}):
        yield


@pytest.fixture
def start(account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Service]]:
    """Starts an example on tables of its own, with everything that it logs kept."""
    loggers = [logging.getLogger(), logging.getLogger("fieldbook"), logging.getLogger("botocore")]
    before = [(logger, logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]

    def start(folder: str) -> Service:
        for table in ("users", "keys", "records", "attempts"):
            monkeypatch.setenv(f"FIELDBOOK_{table.upper()}_TABLE", f"{folder}-{table}")
        kept = io.StringIO()
        app_module, tables_module = load(folder)
        # The level that the application asks for; pytest's own handler keeps `basicConfig` from setting it.
        logging.getLogger().setLevel(logging.INFO)
        for logger in loggers[1:]:
            logger.addHandler(logging.StreamHandler(kept))
        tables_module.create_tables()
        return Service(folder, app_module.app, kept)

    yield start
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers = handlers

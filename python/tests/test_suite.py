"""What the watch on a command of the user's own reads off calls to DynamoDB, and the records that handlers get."""

from __future__ import annotations

import io
import json
from typing import Any

from stanch_runner import items, lambdas, streams, suite


def test_items_are_read_in_both_forms_of_every_operation() -> None:
    typed = {"user_id": {"S": "1"}, "profile": {"M": {"api_key": {"S": "k"}}}, "tags": {"SS": ["a", "b"]}}
    assert items.texts(typed) == {"user_id": "1", "profile.api_key": "k", "tags[0]": "a", "tags[1]": "b"}
    assert items.texts({"n": 3, "profile": {"api_key": "k"}}) == {"profile.api_key": "k"}
    update = {
        "TableName": "users",
        "UpdateExpression": "SET #t = :t, seen=:s",
        "ExpressionAttributeNames": {"#t": "token"},
        "ExpressionAttributeValues": {":t": "new", ":s": {"S": "now"}},
    }
    assert list(items.written("UpdateItem", update)) == [("users", {"token": "new", "seen": "now"})]
    batch = {"RequestItems": {"users": [{"PutRequest": {"Item": {"a": "x"}}}, {"DeleteRequest": {"Key": {"a": "y"}}}]}}
    assert list(items.first(items.written("BatchWriteItem", batch))) == [("users", {"a": "x"})]
    got = items.read("Query", {"TableName": "users"}, {"Items": [{"a": "x"}, {"a": "y"}]})
    assert list(items.first(got)) == [("users", {"a": "x"}), ("users", {"a": "y"})]
    assert list(items.read("GetItem", None, None)) == []


def test_an_answer_is_closed_as_the_apps_own_is() -> None:
    closed = []

    class Parts(list):  # type: ignore[type-arg]
        def close(self) -> None:
            closed.append(True)

    answer = suite.Answer(Parts([b"a", b"b"]))
    assert b"".join(answer) == b"ab"
    answer.close()
    assert closed == [True]


def test_a_handler_of_a_stream_gets_records_and_its_result_goes_nowhere(monkeypatch: Any) -> None:
    answers = {
        "ListTables": {"TableNames": ["users"]},
        "DescribeTable": {"Table": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
        "Scan": {"Items": [{"id": {"S": "1"}, "token": {"S": "t"}}]},
    }
    monkeypatch.setattr(streams, "_ask", lambda front, operation, body: answers[operation])
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            change = record["dynamodb"]
            image = change.get("NewImage") or change["OldImage"]
            seen.append((record["eventName"], change["Keys"]["id"]["S"], image["token"]["S"], image["other"]["S"]))
        return {"statusCode": 200, "body": "everything"}

    class Told:
        def send(self, *_: Any, **__: Any) -> None:
            """Nobody listens."""

    gateway = lambdas.Gateway({"f": handler}, Told())  # type: ignore[arg-type]
    status: list[str] = []
    body = json.dumps({"Records": "x"}).encode()
    environ = {
        "PATH_INFO": "/f",
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    assert gateway(environ, lambda code, headers: status.append(code)) == [b""]
    assert status[0].startswith("204")
    assert seen == [(name, "1", "t", "value of other") for name in ("INSERT", "MODIFY", "REMOVE")]

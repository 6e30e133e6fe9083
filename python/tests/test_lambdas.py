from __future__ import annotations

import io
import json

from stanch_runner import lambdas


def call(gateway, path="show", query="", body=b""):
    environ = {
        "PATH_INFO": f"/{path}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_API_KEY": "k",
        "wsgi.input": io.BytesIO(body),
    }
    seen = {}

    def start(status, headers):
        seen.update(status=status, headers=dict(headers))

    text = b"".join(gateway(environ, start))
    return seen["status"], seen["headers"], text


def test_a_handler_gets_an_event_and_what_it_asks_for_is_told(told, within_probe, monkeypatch):
    monkeypatch.setattr(json, "loads", json.loads)

    def handler(event, context):
        assert context.get_remaining_time_in_millis() > 0
        body = json.loads(event["body"])
        answer = {"id": event["pathParameters"]["id"], "key": event["headers"]["X-Api-Key"], "name": body.get("name")}
        return {"statusCode": 201, "headers": {"X-Way": "out"}, "body": json.dumps(answer)}

    gateway = lambdas.Gateway({"show": handler}, told)
    status, headers, text = call(gateway, query="id=7", body=b'{"name": "n"}')
    assert (status, headers["X-Way"]) == ("201 Created", "out")
    assert json.loads(text) == {"id": "7", "key": "k", "name": "n"}
    asked = {(one["location"], one["name"]) for one in told.of("parameter") if one["probe"] == within_probe}
    assert {("query", "id"), ("header", "X-Api-Key"), ("json", "name")} <= asked
    assert ("json", "body") not in asked


def test_what_no_gateway_would_take_is_answered_all_the_same(told, within_probe, monkeypatch):
    monkeypatch.setattr(json, "loads", json.loads)
    gateway = lambdas.Gateway({"bare": lambda event, context: ["x"], "wrong": lambda event, context: 1 / 0}, told)
    assert call(gateway, "bare")[0::2] == ("200 OK", b'["x"]')
    assert call(gateway, "wrong")[0] == "502 Bad Gateway"
    assert call(gateway, "none")[0] == "404 Not Found"


def test_answers_in_base64_are_unpacked():
    packed = {"statusCode": 200, "body": "eHk=", "isBase64Encoded": True, "multiValueHeaders": {"A": [1, 2]}}
    assert lambdas.answer(packed) == (200, {"A": "1, 2"}, b"xy")

"""Calls plain Lambda handlers (`handler(event, context)`) as an HTTP API would, each under a path of its own name."""

from __future__ import annotations

import base64
import functools
import json
import sys
import time
import traceback
import uuid
from http.client import responses
from typing import Any, Callable, Optional
from urllib.parse import parse_qsl, unquote

from stanch_runner import probe, streams
from stanch_runner.control import Control

Handler = Callable[[Any, Any], Any]

#: Parts of the event that hold parameters, and where the driver puts each. Path parameters travel in the query: which
#: path stands in front of the function is not in its code.
PARTS = {
    "pathParameters": "query",
    "queryStringParameters": "query",
    "multiValueQueryStringParameters": "query",
    "headers": "header",
    "multiValueHeaders": "header",
}

#: Names that API Gateway puts into each event (formats 1.0 and 2.0).
OWN = frozenset(
    ("version", "resource", "path", "httpMethod", "requestContext", "stageVariables", "body", "isBase64Encoded",
     "routeKey", "rawPath", "rawQueryString", "cookies", *PARTS)
)  # fmt: skip


class Context:
    """What Lambda hands in as second argument."""

    function_name = "function"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:function"
    memory_limit_in_mb = "128"
    log_group_name = "/aws/lambda/function"
    log_stream_name = "2020/01/02/[$LATEST]0"
    identity = None
    client_context = None

    def __init__(self) -> None:
        """Begin one call."""
        self.aws_request_id = str(uuid.UUID(int=0))
        self._end = time.monotonic() + 30

    def get_remaining_time_in_millis(self) -> int:
        """Time until Lambda would end the call."""
        return max(0, int((self._end - time.monotonic()) * 1000))


class Gateway:
    """The WSGI app around the handlers."""

    debug = False
    testing = False

    #: Where DynamoDB answers, whose items make the records of streams.
    front = ""

    def __init__(self, handlers: dict[str, Handler], control: Control) -> None:
        """Take the handlers by the path they get."""
        self.handlers = handlers
        self._control = control
        self._told: set[tuple[int, str, str]] = set()
        self._bodies: dict[int, str] = {}
        self._watch_json()

    def asked(self, location: str, name: Any) -> None:
        """Tell that the handler asked for the name."""
        number = probe.current()
        key = (number or 0, location, str(name))
        if number is None or not isinstance(name, str) or key in self._told or len(self._told) > 100_000:
            return
        self._told.add(key)
        self._control.send("parameter", probe=number, location=location, name=name)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """One request, one call."""
        handler = self.handlers.get(environ.get("PATH_INFO", "").strip("/"))
        if handler is None:
            start_response("404 Not Found", [("Content-Type", "application/json")])
            return [b'{"message":"Not Found"}']
        try:
            event = self._event(environ)
            result = handler(event, Context())
            # Nobody gets what a stream's handler returns.
            status, headers, body = (204, {}, b"") if dict.get(event, "Records") else answer(result)
        except Exception:  # noqa: BLE001 - Lambda logs it and the gateway answers so
            traceback.print_exc(file=sys.stderr)
            status, headers, body = 502, {}, b'{"message": "Internal server error"}'
        lowered = {str(name).lower() for name in headers}
        fields = [(str(name), str(value)) for name, value in headers.items()]
        if "content-type" not in lowered:
            fields.append(("Content-Type", "application/json"))
        start_response(f"{status} {responses.get(status, 'Answer')}", fields)
        return [body]

    def _event(self, environ: dict[str, Any]) -> dict[str, Any]:
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)).decode("utf-8", "replace") if length.isdigit() else ""
        headers = {
            name[len("HTTP_") :].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers.update({name.lower(): value for name, value in list(headers.items())})
        method, path = environ.get("REQUEST_METHOD", "POST"), unquote(environ.get("PATH_INFO", "/"))
        self._bodies[id(body)] = body
        if len(self._bodies) > 64:
            self._bodies.pop(next(iter(self._bodies)))
        try:
            fields = json.JSONDecoder().decode(body)
        except ValueError:
            fields = {}
        # A function that is called by no gateway has its parameters at the top.
        event: dict[str, Any] = {**query, **(fields if isinstance(fields, dict) else {})}
        if "Records" in event:
            event["Records"] = streams.records(self.front)
        event.update(
            version="1.0",
            resource=path,
            path=path,
            httpMethod=method,
            pathParameters=query,
            queryStringParameters=query,
            multiValueQueryStringParameters={name: [value] for name, value in query.items()},
            headers=headers,
            multiValueHeaders={name: [value] for name, value in headers.items()},
            requestContext={
                "accountId": "000000000000",
                "stage": "test",
                "httpMethod": method,
                "identity": {"sourceIp": "127.0.0.1"},
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
                "authorizer": {"claims": {}, "principalId": "user"},
            },
            stageVariables=None,
            body=body,
            isBase64Encoded=False,
            routeKey=f"{method} {path}",
            rawPath=path,
            rawQueryString=environ.get("QUERY_STRING", ""),
        )
        for name, location in PARTS.items():
            event[name] = telling(self, location, event[name])
        return telling(self, "json", event, OWN)

    def _watch_json(self) -> None:
        """What `json.loads` makes of the body tells which fields are asked for."""
        loads = json.loads

        @functools.wraps(loads)
        def telling_loads(text: Any, *args: Any, **kwargs: Any) -> Any:
            value = loads(text, *args, **kwargs)
            is_body = self._bodies.get(id(text)) is text
            return telling(self, "json", value) if is_body and type(value) is dict else value

        json.loads = telling_loads


def telling(gateway: Gateway, location: str, values: dict[str, Any], silent: frozenset[str] = frozenset()) -> Any:
    """The same dictionary, one that tells what it is asked for."""

    class Asked(dict):  # type: ignore[type-arg]
        def get(self, key: Any, default: Any = None) -> Any:
            _tell(key)
            return dict.get(self, key, default)

        def __getitem__(self, key: Any) -> Any:
            _tell(key)
            return dict.__getitem__(self, key)

        def __contains__(self, key: Any) -> bool:
            _tell(key)
            return dict.__contains__(self, key)

        def pop(self, key: Any, *default: Any) -> Any:
            _tell(key)
            return dict.pop(self, key, *default)

    def _tell(key: Any) -> None:
        if key not in silent:
            gateway.asked(location, key)

    Asked.__name__ = Asked.__qualname__ = "dict"
    Asked.__module__ = "builtins"
    return Asked(values)


def answer(result: Any) -> tuple[int, dict[str, Any], bytes]:
    """What API Gateway makes of a handler's result."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return 200, {}, json.dumps(result, default=str).encode()
    headers: dict[str, Any] = dict(result.get("headers") or {})
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers[name] = ", ".join(str(value) for value in values)
    body: Optional[Any] = result.get("body")
    if isinstance(body, str) and result.get("isBase64Encoded"):
        raw = base64.b64decode(body)
    elif isinstance(body, bytes):
        raw = body
    else:
        raw = (body if isinstance(body, str) else "" if body is None else json.dumps(body, default=str)).encode()
    return int(result["statusCode"]), headers, raw

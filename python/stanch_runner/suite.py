"""Watches a command of the user's own to its end, `pytest` say: which test runs, what it asks the app, what comes back.

Requests are seen at the app's own door, the `__call__` of Flask, Starlette and Chalice, whether a test client or a
server stands before it.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import itertools
import os
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Callable, Optional
from urllib.parse import urlencode

from stanch_runner import items, probe
from stanch_runner.after_import import AfterImport
from stanch_runner.control import Control, cut
from stanch_runner.loading import App
from stanch_runner.places import Places
from stanch_runner.served import Served

#: Most bytes of a request's body that are read beforehand, and of an answer's that are told.
MAX_REQUEST = 1 << 20
MAX_ANSWER = 120_000

Headers = list[tuple[str, str]]


class Suite(Served):
    """Gives each test a number, under which everything that it causes is told."""

    def __init__(self, control: Control, places: Places, nonce: str) -> None:
        """Processes number their tests apart: a suite may run in several."""
        super().__init__(control, places, nonce)
        self._numbers = itertools.count((os.getpid() % 900) * 1_000_000 + 1)
        self._output = probe.Output(control, nonce, shared=True)

    def install(self, imports: AfterImport) -> None:
        """Patch frameworks and test runners once they are imported."""
        super().install(imports)
        imports.watch("chalice.app", self._chalice)
        imports.watch("_pytest.runner", self._pytest)
        imports.watch("unittest.case", self._unittest)
        imports.watch("moto", self._moto)

    def tell_items(self, operation: str, parameters: Any, result: Any) -> None:
        """Tell what a call to DynamoDB stored and gave."""
        for is_written, found in (
            (True, items.written(operation, parameters)),
            (False, items.read(operation, parameters, result)),
        ):
            for table, attributes in items.first(found):
                self._control.send(
                    "item",
                    probe=probe.current(),
                    exchange=probe.current_exchange(),
                    table=table,
                    written=is_written,
                    attributes=attributes,
                )

    @contextlib.contextmanager
    def _test(self, name: str) -> Iterator[int]:
        number = next(self._numbers)
        self._control.send("test", probe=number, name=cut(name))
        with probe.everywhere(number), self._output.during(number):
            yield number

    def _pytest(self, module: ModuleType) -> None:
        run: Callable[..., Any] = module.runtestprotocol

        @functools.wraps(run)
        def runtestprotocol(item: Any, *args: Any, **kwargs: Any) -> Any:
            with self._test(item.nodeid) as number:
                reports = run(item, *args, **kwargs)
                # What pytest held back of the streams; the report of the last phase has that of all.
                for head, text in getattr(reports[-1], "sections", ()) if reports else ():
                    stream = next((name for name in ("stdout", "stderr") if name in head), None)
                    if stream:
                        self._control.send("captured", probe=number, stream=stream, text=text[:MAX_ANSWER])
            return reports

        module.runtestprotocol = runtestprotocol

    def _moto(self, _module: ModuleType) -> None:
        told = "its tables hold nothing that was planted; what the tests store there is looked for instead"
        self._control.send("misfit", module="moto", error=told)

    def _unittest(self, module: ModuleType) -> None:
        run: Callable[..., Any] = module.TestCase.run
        suite = self

        @functools.wraps(run)
        def run_within(self: Any, *args: Any, **kwargs: Any) -> Any:
            # Where pytest runs it, it has a name already.
            if probe.current() is not None:
                return run(self, *args, **kwargs)
            with suite._test(self.id()):
                return run(self, *args, **kwargs)

        module.TestCase.run = run_within

    def _flask(self, module: ModuleType) -> None:
        call = module.Flask.__call__
        suite = self

        @functools.wraps(call)
        def within(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
            suite._tell(App("flask", self, self))
            exchange = Exchange(next(suite._numbers), environ.get("REQUEST_METHOD", "GET"), _target(environ))
            exchange.request_headers = _headers(environ)
            exchange.request_body = _whole_body(environ)

            def start(status: str, headers: Headers, *rest: Any) -> Any:
                exchange.status = int(status.split(" ", 1)[0])
                exchange.headers = [(str(name), str(value)) for name, value in headers]
                return start_response(status, headers, *rest)

            with probe.exchange(exchange.number):
                try:
                    parts = call(self, environ, start)
                    if not any(name.lower() == "content-length" for name, _ in exchange.headers):
                        return suite._streamed(exchange, _rule(self, environ), parts)
                    answer = Answer(parts)
                except BaseException:
                    suite._send(exchange, _rule(self, environ))
                    raise
            exchange.body = b"".join(answer)
            suite._send(exchange, _rule(self, environ))
            return answer

        module.Flask.__call__ = within

    def _streamed(self, exchange: Exchange, rule: Optional[str], parts: Iterable[bytes]) -> Iterator[bytes]:
        """An answer without end, perhaps: what of it is taken is told when it is closed."""
        try:
            for part in parts:
                exchange.add(part)
                yield part
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
            self._send(exchange, rule)

    def _starlette(self, module: ModuleType) -> None:
        call = module.Starlette.__call__
        suite = self

        @functools.wraps(call)
        async def within(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope.get("type") != "http":
                await call(self, scope, receive, send)
                return
            suite._tell(App("fastapi", self, self))
            query = scope.get("query_string", b"").decode("latin-1")
            target = scope.get("path", "/") + (f"?{query}" if query else "")
            exchange = Exchange(next(suite._numbers), scope.get("method", "GET"), target)
            exchange.request_headers = _decoded(scope.get("headers", ()))

            async def received() -> Any:
                message = await receive()
                if message.get("type") == "http.request" and len(exchange.request_body) < MAX_REQUEST:
                    exchange.request_body += message.get("body", b"")
                return message

            async def sent(message: Any) -> None:
                if message["type"] == "http.response.start":
                    exchange.status = int(message["status"])
                    exchange.headers = _decoded(message.get("headers", ()))
                elif message["type"] == "http.response.body":
                    exchange.add(message.get("body", b""))
                await send(message)

            with probe.exchange(exchange.number):
                try:
                    await call(self, scope, received, sent)
                finally:
                    route = scope.get("route")
                    suite._send(exchange, getattr(route, "path", None))

        module.Starlette.__call__ = within

    def _chalice(self, module: ModuleType) -> None:
        call = module.Chalice.__call__
        suite = self

        @functools.wraps(call)
        def within(self: Any, event: Any, context: Any) -> Any:
            # What is called otherwise is asked for by no client.
            if (
                not isinstance(event, dict)
                or "requestContext" not in event
                or "httpMethod" not in event["requestContext"]
            ):
                return call(self, event, context)
            suite._tell(App("chalice", self, self))
            asked = event["requestContext"]
            query = urlencode(event.get("multiValueQueryStringParameters") or {}, doseq=True)
            path = str(asked.get("resourcePath", "/"))
            for name, value in (event.get("pathParameters") or {}).items():
                path = path.replace("{" + str(name) + "}", str(value))
            exchange = Exchange(next(suite._numbers), str(asked["httpMethod"]), f"{path}?{query}" if query else path)
            exchange.request_headers = [(str(name), str(value)) for name, value in (event.get("headers") or {}).items()]
            exchange.request_body = str(event.get("body") or "").encode()
            with probe.exchange(exchange.number):
                try:
                    answer = call(self, event, context)
                    if isinstance(answer, dict):
                        exchange.status = int(answer.get("statusCode", 200))
                        exchange.headers = [
                            (str(name), str(value)) for name, value in answer.get("headers", {}).items()
                        ]
                        exchange.add(str(answer.get("body") or "").encode())
                    return answer
                finally:
                    suite._send(exchange, asked.get("resourcePath"))

        module.Chalice.__call__ = within

    def _send(self, exchange: Exchange, rule: Optional[str]) -> None:
        self._control.send(
            "exchange",
            probe=probe.current(),
            number=exchange.number,
            method=exchange.method,
            target=cut(exchange.target),
            request_headers=[(name, cut(value)) for name, value in exchange.request_headers[:64]],
            request_body=cut(exchange.request_body.decode("utf-8", "replace")),
            status=exchange.status,
            headers=[(name, cut(value)) for name, value in exchange.headers[:64]],
            body=base64.b64encode(exchange.body[:MAX_ANSWER]).decode("ascii"),
            rule=rule,
        )


class Exchange:
    """One request and its answer."""

    def __init__(self, number: int, method: str, target: str) -> None:
        """Begin without an answer: an app may raise."""
        self.number, self.method, self.target = number, method, target
        self.request_headers: Headers = []
        self.request_body = b""
        self.status = 500
        self.headers: Headers = []
        self.body = b""

    def add(self, part: bytes) -> None:
        """Keep a part of the answer."""
        if len(self.body) < MAX_ANSWER:
            self.body += part


class Answer(list):  # type: ignore[type-arg]
    """The parts of an answer, which is closed as the app's own is."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        """Take all parts now."""
        super().__init__(parts)
        self._close = getattr(parts, "close", None)

    def close(self) -> None:
        """Tell the app that its answer was taken."""
        if self._close is not None:
            self._close()


def _target(environ: dict[str, Any]) -> str:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "/")
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _headers(environ: dict[str, Any]) -> Headers:
    named = [
        (name[len("HTTP_") :].replace("_", "-").title(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    kind = environ.get("CONTENT_TYPE")
    return [*named, ("Content-Type", str(kind))] if kind else named


def _whole_body(environ: dict[str, Any]) -> bytes:
    length, stream = str(environ.get("CONTENT_LENGTH") or ""), environ.get("wsgi.input")
    if stream is None or not length.isascii() or not length.isdigit() or int(length) > MAX_REQUEST:
        return b""
    body: bytes = stream.read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _rule(app: Any, environ: dict[str, Any]) -> Optional[str]:
    """The rule that answers such a request, none where none does."""
    try:
        rule, _ = app.url_map.bind_to_environ(environ).match(return_rule=True)
    except Exception:  # noqa: BLE001 - not found, another method, a redirect, a host unknown
        return None
    return str(rule.rule)


def _decoded(headers: Any) -> Headers:
    return [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers]

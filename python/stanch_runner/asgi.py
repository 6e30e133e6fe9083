"""Serves an ASGI app: HTTP/1.1, one request a connection, with start-up and shutdown events.

No server of the user's environment is needed, and none can interfere.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from typing import Any, Callable, Optional
from urllib.parse import unquote

from stanch_runner import probe

Ready = Callable[[int], None]

#: Longest head of a request in bytes, and longest body: both come from the driver, which sends far less.
MAX_HEAD = 65_536
MAX_BODY = 16 * 1024 * 1024

REASONS = {200: "OK", 201: "Created", 204: "No Content", 404: "Not Found", 500: "Internal Server Error"}


def server(app: Any, output: probe.Output) -> Callable[[Ready], None]:
    """Serve when the result is called."""

    def serve(ready: Ready) -> None:
        asyncio.run(_serve(app, output, ready))

    return serve


async def _serve(app: Any, output: probe.Output, ready: Ready) -> None:
    started = await _start_up(app)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Connection(app, output, reader, writer, started).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, limit=MAX_HEAD)
    async with listening:
        ready(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()


async def _start_up(app: Any) -> dict[str, Any]:
    """Run the lifespan's start-up; apps that do not know lifespan raise, and are served without."""
    state: dict[str, Any] = {}
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await inbox.put({"type": "lifespan.startup"})

    async def send(message: dict[str, Any]) -> None:
        if outcome.done():
            return
        if message["type"] == "lifespan.startup.complete":
            outcome.set_result(None)
        elif message["type"] == "lifespan.startup.failed":
            outcome.set_exception(RuntimeError(str(message.get("message", "start-up failed"))))

    async def run() -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
        try:
            await app(scope, inbox.get, send)
        except Exception:  # noqa: BLE001 - the specification asks to go on without lifespan
            pass
        if not outcome.done():
            outcome.set_result(None)

    _keep.append(asyncio.ensure_future(run()))
    await outcome
    return state


#: The lifespan's task lives as long as the server; the loop itself holds only a weak reference.
_keep: list[Any] = []


class _Connection:
    """One request and its answer."""

    def __init__(
        self,
        app: Any,
        output: probe.Output,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        state: dict[str, Any],
    ) -> None:
        self._app, self._output, self._reader, self._writer = app, output, reader, writer
        self._state = state
        self._body: Optional[bytes] = None
        self._started = False
        self._status = 500

    async def run(self) -> None:
        """Read, call the app within the probe, answer 500 if it raises before it has begun to answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = [(n.strip().lower(), v.strip()) for n, _, v in (line.partition(":") for line in head[1:] if line)]
        length = next((int(v) for n, v in headers if n == "content-length" and v.isdigit()), 0)
        self._body = await self._reader.readexactly(min(length, MAX_BODY))
        number = probe.parse(next((v for n, v in headers if n == probe.HEADER.lower()), None))
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(n.encode(), v.encode("latin-1")) for n, v in headers if n != probe.HEADER.lower()],
            "client": self._writer.get_extra_info("peername"),
            "server": self._writer.get_extra_info("sockname"),
            "state": dict(self._state),
        }
        with self._output.during(number):
            try:
                await self._app(scope, self._receive, self._send)
            except Exception:  # noqa: BLE001 - what a server does: log it, answer 500
                traceback.print_exc(file=sys.stderr)
                if not self._started:
                    await self._send({"type": "http.response.start", "status": 500, "headers": []})
                    await self._send({"type": "http.response.body", "body": b"Internal Server Error"})
            # The line that uvicorn and hypercorn write unless they are told not to.
            print(f'INFO:     127.0.0.1 - "{method} {target} HTTP/1.1" {self._status}')

    async def _receive(self) -> dict[str, Any]:
        if self._body is None:
            # Nothing more comes; an app that listens for the end of the client waits here.
            await self._reader.read(1)
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            status = self._status = int(message["status"])
            lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Answer')}".encode("ascii")]
            lines += [bytes(name) + b": " + bytes(value) for name, value in message.get("headers", ())]
            # The body ends with the connection where the app gives no length.
            self._writer.write(b"\r\n".join([*lines, b"connection: close", b"", b""]))
        elif message["type"] == "http.response.body":
            self._writer.write(message.get("body", b""))
            await self._writer.drain()

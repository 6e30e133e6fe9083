"""Watches an app that a command of the user's own serves: gunicorn, uvicorn, `flask run`, a script."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Optional

from stanch_runner import probe, returns, routes
from stanch_runner.after_import import AfterImport
from stanch_runner.control import Control
from stanch_runner.loading import App
from stanch_runner.places import Places

KEY = "HTTP_" + probe.HEADER.upper().replace("-", "_")


class Served:
    """Tells the routes at the first request, and which probe each request is."""

    def __init__(self, control: Control, places: Places, nonce: str) -> None:
        """Nothing is told before the first request: until then the app is not complete."""
        self._control = control
        self._places = places
        self._output = probe.Output(control, nonce)
        self._lock = threading.Lock()
        self._told = False
        self._imports: Optional[AfterImport] = None

    def install(self, imports: AfterImport) -> None:
        """Patch the frameworks once they are imported."""
        self._imports = imports
        imports.watch("flask.app", self._flask)
        imports.watch("starlette.applications", self._starlette)

    def _tell(self, app: App) -> None:
        with self._lock:
            if self._told:
                return
            self._told = True
        if self._imports is not None:
            returns.Returns(self._control, self._places).watch(app, self._imports)
        self._control.send("routes", **routes.describe(app, self._places))
        self._control.send("ready", port=0)

    def _flask(self, module: ModuleType) -> None:
        call = module.Flask.__call__
        served = self

        @functools.wraps(call)
        def within(self: Any, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
            served._tell(App("flask", self, self))
            # The block lasts until the last byte is taken: a generator is a WSGI answer like any other.
            with served._output.during(probe.parse(environ.pop(KEY, None))):
                parts = call(self, environ, start_response)
                try:
                    yield from parts
                finally:
                    close = getattr(parts, "close", None)
                    if close is not None:
                        close()

        module.Flask.__call__ = within

    def _starlette(self, module: ModuleType) -> None:
        call = module.Starlette.__call__
        served = self

        @functools.wraps(call)
        async def within(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope.get("type") != "http":
                await call(self, scope, receive, send)
                return
            served._tell(App("fastapi", self, self))
            name = probe.HEADER.lower().encode()
            number = next((probe.parse(value) for key, value in scope["headers"] if key == name), None)
            rest = {**scope, "headers": [(key, value) for key, value in scope["headers"] if key != name]}
            with served._output.during(number):
                await call(self, rest, receive, send)

        module.Starlette.__call__ = within

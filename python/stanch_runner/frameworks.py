"""What differs from framework to framework: servers that an app starts by itself, and Chalice's local one."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Callable

from stanch_runner import probe
from stanch_runner.after_import import AfterImport

Ready = Callable[[int], None]


@dataclass
class Held:
    """What the app asked for when it tried to serve itself while it was imported."""

    debugger: bool = False


def hold_servers(imports: AfterImport) -> Held:
    """Turn `app.run()` at module level into what it sets, without serving: `flask run` does the same."""
    held = Held()

    def hold_flask(module: ModuleType) -> None:
        @functools.wraps(module.Flask.run)
        def run(self: Any, host: Any = None, port: Any = None, debug: Any = None, *_: Any, **options: Any) -> None:
            if debug is not None:
                self.debug = bool(debug)
            held.debugger = bool(options.get("use_debugger", self.debug))

        module.Flask.run = run

    def hold(name: str) -> Callable[[ModuleType], None]:
        def patch(module: ModuleType) -> None:
            setattr(module, name, lambda *_, **__: None)

        return patch

    imports.watch("flask.app", hold_flask)
    imports.watch("uvicorn", hold("run"))
    imports.watch("waitress", hold("serve"))
    return held


def chalice_server(app: Any, output: probe.Output) -> Callable[[Ready], None]:
    """Chalice's local server around the app."""
    from chalice.config import Config  # type: ignore[import-not-found]
    from chalice.local import ChaliceRequestHandler, LocalDevServer  # type: ignore[import-not-found]

    class Handler(ChaliceRequestHandler):  # type: ignore[misc]
        """One request, one probe."""

        def parse_request(self) -> bool:
            parsed = bool(super().parse_request())
            self._probe = probe.parse(self.headers.get(probe.HEADER)) if parsed else None
            if parsed:
                del self.headers[probe.HEADER]
            return parsed

        def _within_probe(self) -> None:
            with output.during(self._probe):
                self._generic_handle()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _within_probe

    config = Config(user_provided_params={}, chalice_stage="dev")
    local = LocalDevServer(app, config, "127.0.0.1", 0, handler_cls=Handler)

    def serve(ready: Ready) -> None:
        ready(local.server.server_address[1])
        local.server.serve_forever()

    return serve

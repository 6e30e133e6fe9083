"""Serves a WSGI app with Werkzeug's own server: no reloader, a port of the system's choice."""

from __future__ import annotations

from typing import Any, Callable

from stanch_runner import probe

Ready = Callable[[int], None]


def server(app: Any, output: probe.Output, *, debugger: bool) -> Callable[[Ready], None]:
    """Bind now, so that a failure is seen before the routes are told; serve when the result is called."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    if debugger:
        from werkzeug.debug import DebuggedApplication

        # The page with traceback and source that `app.run(debug=True)` shows, without its console.
        app = DebuggedApplication(app, evalex=False)

    class Handler(WSGIRequestHandler):
        """A request from its first header to the last byte of its answer, the access log included, is one probe."""

        def run_wsgi(self) -> None:
            with output.during(probe.parse(self.headers.get(probe.HEADER))):
                super().run_wsgi()

        def make_environ(self) -> Any:
            environ = super().make_environ()
            environ.pop("HTTP_X_STANCH_PROBE", None)
            return environ

    made = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)

    def serve(ready: Ready) -> None:
        ready(made.server_port)
        made.serve_forever()

    return serve

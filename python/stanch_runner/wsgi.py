"""Serves a WSGI app with Werkzeug's own server: no reloader, a port of the system's choice."""

from __future__ import annotations

import io
from typing import Any, Callable

from stanch_runner import probe

Ready = Callable[[int], None]

#: Longest body that is read beforehand, in bytes.
BODY_LIMIT = 1 << 20


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
                connection = self.rfile
                self.rfile = self._whole_body()
                try:
                    super().run_wsgi()
                finally:
                    self.rfile = connection

        def _whole_body(self) -> Any:
            """The body, read before the app runs.

            A connection that is closed with an unread body is reset, and the answer of an app that does not look at
            the body is lost on the way.
            """
            length = self.headers.get("Content-Length", "")
            if not length.isascii() or not length.isdigit() or int(length) > BODY_LIMIT:
                return self.rfile
            return io.BytesIO(self.rfile.read(int(length)))

        def make_environ(self) -> Any:
            environ = super().make_environ()
            environ.pop("HTTP_X_STANCH_PROBE", None)
            return environ

    made = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)

    def serve(ready: Ready) -> None:
        ready(made.server_port)
        made.serve_forever()

    return serve

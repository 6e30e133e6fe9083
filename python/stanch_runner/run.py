"""Starts the user's app and serves it on a port of its own."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from stanch_runner import asgi, frameworks, loading, probe, returns, routes, variables, watch, wsgi


def main() -> None:
    """Import, report the routes, serve until the process ends. A failure is told before the process ends with 1."""
    here = watch.begin()
    if not here.control.connected or here.config.entry is None:
        sys.exit("this is started by stanch only")
    output = probe.Output(here.control, here.config.nonce)
    root = os.path.join(here.config.copy, here.config.entry.root)
    os.chdir(root)
    _prepare_path(here.config.copy, root)
    quiet = frameworks.hold_servers(here.imports)
    patience = _tell_hang(here)
    unset = variables.Variables(here.places)
    unset.watch()
    try:
        app = loading.load(here.config.entry, here.config.copy, here.places, here.control)
    except loading.Failure as failure:
        here.control.send("failed", **failure.told(), unset=list(dict.fromkeys([*unset.unset, *failure.unset])))
        _leave(1)
    unset.leave()
    variables.make_up_settings(here.imports)
    if app.framework == "lambda":
        app.object.front = here.config.front
    try:
        description = routes.describe(app, here.places)
        returns.Returns(here.control, here.places).watch(app, here.imports)
        serve = _server(app, output, quiet)
    except Exception as error:  # noqa: BLE001 - told as what it is, with the app's own line
        here.control.send("failed", **loading.failure_of(error, here.places).told())
        _leave(1)
    patience.cancel()
    here.control.send("routes", **description)
    serve(lambda port: here.control.send("ready", port=port))


def _tell_hang(here: watch.Watch) -> threading.Timer:
    """Tell the line at which the main thread stands, should the start take long."""
    main_thread = threading.get_ident()

    def tell() -> None:
        frame = sys._current_frames().get(main_thread)
        here.control.send("still-starting", place=here.places.innermost(frame))

    timer = threading.Timer(here.config.patience, tell)
    timer.daemon = True
    timer.start()
    return timer


def _prepare_path(copy: str, root: str) -> None:
    """What `flask run` in that directory would see: the directory first, then the top of the project."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != here] + [here]
    for path in (copy, root):
        if path in sys.path:
            sys.path.remove(path)
        sys.path.insert(0, path)
    # Some apps look at how they were started.
    sys.argv[:] = [os.path.join(root, "app")]


def _server(app: loading.App, output: probe.Output, quiet: frameworks.Held) -> Any:
    if app.framework == "fastapi":
        return asgi.server(app.callable, output)
    if app.framework == "chalice":
        return frameworks.chalice_server(app.object, output)
    return wsgi.server(app.callable, output, debugger=quiet.debugger)


def _leave(code: int) -> None:
    """End at once: threads that the app started at import must not hold the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)

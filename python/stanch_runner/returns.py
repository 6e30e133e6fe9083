"""Tells the line at which a view, or an error handler, returned: of several answers of a function the one given.

Python 3.12 and later watch single functions (`sys.monitoring`) and everything else runs as fast as ever. Before, a
thread is followed from where a view is about to be called until it is: its frame, which is kept until the request is
over, then knows where it ended.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterable
from types import CodeType, FrameType, ModuleType
from typing import Any, Optional

from stanch_runner import probe, routes, tracing
from stanch_runner.after_import import AfterImport
from stanch_runner.control import Control
from stanch_runner.loading import App
from stanch_runner.places import Places, symbol

#: One of the numbers that `sys.monitoring` leaves to tools without a name of their own.
TOOL = 4

#: Methods of Flask's app that call a view or an error handler.
CALLERS = ("dispatch_request", "handle_user_exception", "handle_exception")


class Returns:
    """The watched functions by their code, each with whether it is an error handler."""

    def __init__(self, control: Control, places: Places) -> None:
        """Watch nothing yet."""
        self._control = control
        self._places = places
        self._watched: dict[CodeType, bool] = {}
        #: The same by identity: to hash code is to hash all that it consists of.
        self._identities: set[int] = set()
        #: Those of them that call no other one.
        self._innermost: set[int] = set()
        #: The modules they are in. A frame's code is not looked at before: to ask for it is audited.
        self._modules: set[int] = set()

    def watch(self, app: App, imports: AfterImport) -> None:
        """Follow the app's views and error handlers from now on, as far as they are the project's own."""
        views, handlers = routes.answering(app)
        for chains, is_handler in ((views, False), (handlers, True)):
            for chain in chains:
                self._add(chain, is_handler)
        if not self._watched:
            return
        if hasattr(sys, "monitoring"):
            self._monitor(sys.monitoring)
        elif sys.gettrace() is None:
            # A debugger or a measure of coverage that follows the lines goes first.
            self._follow(app, imports)

    def _add(self, chain: Iterable[Any], is_handler: bool) -> None:
        own = [layer for layer in chain if self._places.relative(layer.__code__.co_filename) is not None]
        for layer in own:
            self._watched[layer.__code__] = is_handler
            self._modules.add(id(layer.__globals__))
        codes = [id(layer.__code__) for layer in own]
        if own and own[-1].__name__ == "dispatch_request":
            # It calls the method of a class-based view that has one.
            codes.append(0)
        # Every use of a decorator has the same code, also where what it wraps is not known.
        self._innermost.difference_update(codes[:-1])
        self._innermost.update(code for code in codes[-1:] if code not in self._identities)
        self._identities.update(codes)

    def _follow(self, app: App, imports: AfterImport) -> None:
        tracing.follow(self._enter, self._left)
        if app.framework == "flask":
            for name in CALLERS:
                if hasattr(app.object, name):
                    setattr(app.object, name, _following(getattr(app.object, name)))
        else:
            tracing.from_the_start()
            imports.watch("anyio.to_thread", _follow_workers)

    def _enter(self, frame: FrameType, _event: str, _value: object) -> None:
        if id(frame.f_globals) in self._modules and id(frame.f_code) in self._identities:
            tracing.entered(frame)
            if id(frame.f_code) in self._innermost:
                tracing.stop()

    def _left(self, frame: FrameType) -> None:
        """The frame of a function that is over: an exception that left it shows as another last instruction."""
        code, last = frame.f_code, frame.f_lasti
        if 0 <= last < len(code.co_code) and code.co_code[last] == dis.opmap["RETURN_VALUE"]:
            self._tell(code, frame.f_lineno)

    def _tell(self, code: CodeType, line: Optional[int]) -> None:
        number, path = probe.current(), self._places.relative(code.co_filename)
        if number is None or path is None:
            return
        source = {"path": path, "line": line or code.co_firstlineno, "symbol": symbol(code)}
        self._control.send("returned", probe=number, handler=self._watched.get(code, False), source=source)

    def _monitor(self, monitoring: Any) -> None:
        try:
            monitoring.use_tool_id(TOOL, "stanch")
        except ValueError:
            # Somebody else watches under this number; the line is then taken from the source alone.
            return

        def returned(code: CodeType, offset: int, _: object) -> None:
            lines = (line for start, end, line in code.co_lines() if start <= offset < end)
            self._tell(code, next(lines, None))

        monitoring.register_callback(TOOL, monitoring.events.PY_RETURN, returned)
        for code in self._watched:
            monitoring.set_local_events(TOOL, code, monitoring.events.PY_RETURN)


def _following(method: Any) -> Any:
    @functools.wraps(method)
    def followed(*args: Any, **kwargs: Any) -> Any:
        tracing.start()
        return method(*args, **kwargs)

    return followed


def _follow_workers(module: ModuleType) -> None:
    """Views that are no coroutines run in threads that serve one request after the other."""
    run = module.run_sync

    @functools.wraps(run)
    def run_sync(func: Any, *args: Any, **kwargs: Any) -> Any:
        return run(_following(func), *args, **kwargs)

    module.run_sync = run_sync  # type: ignore[attr-defined]

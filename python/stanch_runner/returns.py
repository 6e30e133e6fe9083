"""Tells the line at which a view, or an error handler, returned: of several answers of a function the one given.

Python 3.12 and later watch single functions (`sys.monitoring`) and everything else runs as fast as ever. Before, each
new frame of a followed thread is looked at once, and only those of watched functions are followed further.
"""

from __future__ import annotations

import inspect
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Optional

from stanch_runner import probe, routes, tracing
from stanch_runner.control import Control
from stanch_runner.loading import App
from stanch_runner.places import Places, symbol

#: One of the numbers that `sys.monitoring` leaves to tools without a name of their own.
TOOL = 4


class Returns:
    """The watched functions by their code, each with whether it is an error handler."""

    def __init__(self, control: Control, places: Places) -> None:
        """Watch nothing yet."""
        self._control = control
        self._places = places
        self._watched: dict[CodeType, bool] = {}
        #: The same by identity: to hash code is to hash all that it consists of.
        self._identities: set[int] = set()
        self._trace = self._enter

    def watch(self, app: App) -> None:
        """Follow the app's views and error handlers from now on, as far as they are the project's own."""
        views, handlers = routes.answering(app)
        for codes, is_handler in ((views, False), (handlers, True)):
            for code in codes:
                if self._places.relative(code.co_filename) is not None:
                    self._watched[code] = is_handler
        if not self._watched:
            return
        if hasattr(sys, "monitoring"):
            self._monitor(sys.monitoring)
        elif sys.gettrace() is None:
            # A debugger or a measure of coverage that follows the lines goes first. Of coroutines the frame also "returns"
            # whenever it waits.
            plain = (code for code in self._watched if not code.co_flags & inspect.CO_COROUTINE)
            self._identities = {id(code) for code in plain}
            self._follow(app)

    def _follow(self, app: App) -> None:
        before = getattr(app.object, "before_request_funcs", None)
        if isinstance(before, dict):
            # Flask calls these first in the thread that calls the view and, if that fails, the error handler.
            before.setdefault(None, []).insert(0, lambda: tracing.start(self._trace))
        else:
            threading.settrace(self._trace)
            tracing.start(self._trace)

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

    def _enter(self, frame: FrameType, _event: str, _value: object) -> Any:
        if id(frame.f_code) not in self._identities:
            return None
        frame.f_trace_lines = False
        is_raising = False

        def follow(frame: FrameType, event: str, value: object) -> Any:
            nonlocal is_raising
            if event == "exception":
                is_raising = True
            # An exception that left the function shows as a return of nothing; one that was caught does not count.
            if event == "return" and not (is_raising and value is None):
                self._tell(frame.f_code, frame.f_lineno)
            return follow

        return follow

"""Log records before a handler formats them, and what is printed, each with the app's own line.

The text of stdout and stderr is caught outside, where nothing can slip past; this adds the line it came from.
"""

from __future__ import annotations

import builtins
import functools
import logging
import sys
import threading
from typing import Any

from stanch_runner import probe
from stanch_runner.control import Control, cut
from stanch_runner.places import Places

_busy = threading.local()


def install(control: Control, places: Places) -> None:
    """Watch `logging` and `print`."""
    _watch_records(control, places)
    _watch_print(control, places)


def _watch_records(control: Control, places: Places) -> None:
    hand_out = logging.Logger.callHandlers

    @functools.wraps(hand_out)
    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        # A record whose arguments log while they are formatted would come back here for ever.
        if not getattr(_busy, "on", False):
            _busy.on = True
            try:
                _tell(control, places, self, record)
            finally:
                _busy.on = False
        hand_out(self, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]


def _tell(control: Control, places: Places, logger: logging.Logger, record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - a bad format string is the app's own affair; `logging` reports it
        text = f"{record.msg} {record.args}"
    path = places.relative(record.pathname)
    if path is None:
        source = places.caller(3)
    else:
        source = {"path": path, "line": record.lineno, "symbol": None}
        caller = places.caller(3)
        if caller is not None and (caller["path"], caller["line"]) == (path, record.lineno):
            source = caller
    control.send(
        "record",
        probe=probe.current(),
        text=cut(text),
        logger=record.name,
        level=record.levelno,
        emitted=_is_emitted(logger, record.levelno),
        source=source,
    )


def _is_emitted(logger: logging.Logger, level: int) -> bool:
    """Whether any handler would write it: `Logger.callHandlers` without the writing."""
    found = False
    node: Any = logger
    while node is not None:
        for handler in node.handlers:
            found = True
            if level >= handler.level and not isinstance(handler, logging.NullHandler):
                return True
        node = node.parent if node.propagate else None
    last = logging.lastResort
    return not found and last is not None and level >= last.level


def _watch_print(control: Control, places: Places) -> None:
    write = builtins.print

    @functools.wraps(write)
    def printed(*values: Any, **options: Any) -> None:
        file = options.get("file")
        stream = "stderr" if file is sys.stderr else "stdout" if file is None or file is sys.stdout else None
        # Only lines of the app itself: where a library prints, its caller is a guess.
        path = places.relative(sys._getframe(1).f_code.co_filename) if stream else None
        if path is not None:
            try:
                separator = options.get("sep")
                text = (" " if separator is None else separator).join(str(value) for value in values)
            except Exception:  # noqa: BLE001 - the real print below raises it again, at the app's own line
                text = ""
            if text:
                source = places.caller(2)
                control.send("printed", probe=probe.current(), stream=stream, text=cut(text), source=source)
        write(*values, **options)

    builtins.print = printed

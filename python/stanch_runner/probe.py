"""Which probe the code at hand runs for, and the marks that delimit its output."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

from stanch_runner import tracing
from stanch_runner.control import Control

HEADER = "X-Stanch-Probe"

_current: contextvars.ContextVar[Optional[int]] = contextvars.ContextVar("stanch_probe", default=None)
_exchange: contextvars.ContextVar[Optional[int]] = contextvars.ContextVar("stanch_exchange", default=None)
_everywhere: Optional[int] = None


def current() -> Optional[int]:
    """Number of the probe, none outside of one."""
    number = _current.get()
    return _everywhere if number is None else number


def current_exchange() -> Optional[int]:
    """Number of the request at hand, where a probe may be of many."""
    return _exchange.get()


def stamp() -> Optional[int]:
    """What is written on calls to the SDK: the request at hand, where its probe may be of many, else the probe."""
    number = _exchange.get()
    return current() if number is None else number


@contextlib.contextmanager
def everywhere(number: int) -> Iterator[None]:
    """Let all threads of the process belong to a probe: a test and the server that it started long before."""
    global _everywhere
    before, _everywhere = _everywhere, number
    try:
        yield
    finally:
        _everywhere = before


@contextlib.contextmanager
def exchange(number: int) -> Iterator[None]:
    """Run the block as one request of a probe."""
    token = _exchange.set(number)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            _exchange.reset(token)


def parse(value: Any) -> Optional[int]:
    """Number out of the header; a header that stanch did not write counts for nothing."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else None


class Output:
    """Writes marks into stdout and stderr, so that what stands between belongs to a probe."""

    def __init__(self, control: Control, nonce: str, shared: bool = False) -> None:
        """Keep both streams under numbers of our own: an app may close or replace 1 and 2.

        Where `shared`, other processes of the same command come here too, and their streams may be pipes to each
        other that take no marks: only those of the first one are marked.
        """
        self._control = control
        self._nonce = nonce
        same = _same_streams() if shared else True
        self._streams = [os.dup(1), os.dup(2)] if same else []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def during(self, number: Optional[int]) -> Iterator[None]:
        """Run the block as part of a probe and tell its end, however it ends."""
        if number is None:
            yield
            return
        token = _current.set(number)
        self._mark("b", number)
        followed = tracing.begin()
        try:
            yield
        finally:
            tracing.end(followed)
            self._mark("e", number)
            self._control.send("probe-end", probe=number, marked=bool(self._streams))
            with contextlib.suppress(ValueError):
                _current.reset(token)

    def _mark(self, edge: str, number: int) -> None:
        mark = f"\x1estanch:{self._nonce}:{edge}:{number}\x1e".encode("ascii")
        with self._lock:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            for number_of_stream in self._streams:
                with contextlib.suppress(OSError):
                    os.write(number_of_stream, mark)


def _same_streams() -> bool:
    """Whether 1 and 2 are those of the first process that asks; its children ask by their environment."""
    try:
        here = ",".join(f"{state.st_dev}:{state.st_ino}" for state in (os.fstat(1), os.fstat(2)))
    except OSError:
        return False
    return os.environ.setdefault("STANCH_STREAMS", here) == here


def follow_threads() -> None:
    """Let threads and pools that the app starts within a probe belong to it.

    Only our own variable goes along: a copy of the whole context would let Flask's `request` work in a thread where
    the app's author would see it fail.
    """
    start = threading.Thread.start
    submit = ThreadPoolExecutor.submit

    @functools.wraps(start)
    def start_within(self: threading.Thread) -> None:
        number = current()
        if number is not None:
            self.run = _within(number, self.run)  # type: ignore[method-assign]
        start(self)

    @functools.wraps(submit)
    def submit_within(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        number = current()
        return submit(self, fn if number is None else _within(number, fn), *args, **kwargs)

    threading.Thread.start = start_within  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = submit_within  # type: ignore[method-assign]


def _within(number: int, function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        token = _current.set(number)
        try:
            return function(*args, **kwargs)
        finally:
            _current.reset(token)

    return run

"""The trace function by which interpreters before 3.12 follow a thread.

While one is set, all of a thread's Python runs at half its speed. So it is set late, when a view is about to be called,
goes when the view is entered, and rests while the SDK or our own telling is at work: no view is called from there.
"""

from __future__ import annotations

import contextvars
import sys
from types import FrameType
from typing import Any, Callable, Optional

Trace = Callable[[FrameType, str, Any], Any]

_ours: Optional[Trace] = None
_left: Optional[Callable[[FrameType], None]] = None
_early = False

#: Frames of views that were entered in the request at hand. Threads that belong to it share the list.
_frames: contextvars.ContextVar[Optional[list[FrameType]]] = contextvars.ContextVar("stanch_frames", default=None)


def follow(trace: Trace, left: Callable[[FrameType], None]) -> None:
    """Use this trace function, and tell `left` of each frame that it noted, when the request is over."""
    global _ours, _left
    _ours, _left = trace, left


def from_the_start() -> None:
    """Follow each request from its start: it is not known where its view is called."""
    global _early
    _early = True


def begin() -> Optional[contextvars.Token[Optional[list[FrameType]]]]:
    """A request begins. The result is to be given to `end`."""
    if _ours is None:
        return None
    token = _frames.set([])
    if _early:
        start()
    return token


def end(token: Optional[contextvars.Token[Optional[list[FrameType]]]]) -> None:
    """The request is over: tell what was entered, the innermost first."""
    stop()
    frames = _frames.get() if token is not None else None
    if token is None or frames is None or _left is None:
        return
    while frames:
        _left(frames.pop())
    try:
        _frames.reset(token)
    except ValueError:
        # A generator may end in another context than it began in.
        _frames.set(None)


def entered(frame: FrameType) -> None:
    """Note the frame; one that goes on after a pause is noted already."""
    frames = _frames.get()
    if frames is not None and not any(known is frame for known in frames):
        frames.append(frame)


def start() -> None:
    """Follow this thread from the next call on, unless somebody else does."""
    if _ours is not None and sys.gettrace() is None:
        sys.settrace(_ours)


def stop() -> None:
    """Follow this thread no further."""
    if _ours is not None and sys.gettrace() is _ours:
        sys.settrace(None)


class Rest:
    """A block in which this thread is not followed. A trace function of somebody else's stays."""

    __slots__ = ("_is_followed",)

    def __enter__(self) -> None:
        """Take ours away."""
        self._is_followed = _ours is not None and sys.gettrace() is _ours
        if self._is_followed:
            sys.settrace(None)

    def __exit__(self, *_: object) -> None:
        """Set it again."""
        if self._is_followed:
            sys.settrace(_ours)

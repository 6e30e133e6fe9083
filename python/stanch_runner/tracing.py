"""The trace function by which interpreters before 3.12 follow a thread.

While one is set, all of a thread's Python runs at half its speed. So it is set late, when a view is about to be called,
and rests while the SDK, our own telling or the server is at work: no view is called from there.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Optional

Trace = Callable[[FrameType, str, Any], Any]

_ours: Optional[Trace] = None


def start(trace: Trace) -> None:
    """Follow this thread from the next call on, unless somebody else does."""
    global _ours
    _ours = trace
    if sys.gettrace() is None:
        sys.settrace(trace)


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

"""Which line of the user's own code is at work."""

from __future__ import annotations

import linecache
import os
import re
import sys
from types import CodeType, FrameType, TracebackType
from typing import Any, Optional

Place = dict[str, Any]

#: Directories inside a project that hold other people's code.
FOREIGN = ("site-packages", "dist-packages", "node_modules")

#: Files that stand between `os.getenv` and the mapping: the standard library's and the one that watches it.
ENVIRONMENT = ("os.py", "_collections_abc.py", "<frozen os>", "<frozen _collections_abc>", "variables.py")


class Places:
    """Maps files of the running copy to paths relative to the project."""

    def __init__(self, copy: str, original: str) -> None:
        """Take the directory of the copy and of the tree it was made from."""
        self._roots = [os.path.realpath(root) + os.sep for root in (copy, original) if root]
        self._known: dict[str, Optional[str]] = {}

    def relative(self, filename: str) -> Optional[str]:
        """Path relative to the project with ``/``, none for code that is not the project's."""
        if filename not in self._known:
            self._known[filename] = self._find(filename)
        return self._known[filename]

    def _find(self, filename: str) -> Optional[str]:
        if filename.startswith("<"):
            return None
        real = os.path.realpath(filename)
        for root in self._roots:
            if real.startswith(root):
                path = real[len(root) :].replace(os.sep, "/")
                return None if any(part in FOREIGN for part in path.split("/")) else path
        return None

    def caller(self, depth: int = 1) -> Optional[Place]:
        """The innermost line of the project on this thread's stack."""
        return self.innermost(sys._getframe(depth))

    def asks(self, depth: int) -> bool:
        """Whether the code that called into the standard library's environment is the project's own."""
        frame: Optional[FrameType] = sys._getframe(depth)
        while frame is not None and os.path.basename(frame.f_code.co_filename) in ENVIRONMENT:
            frame = frame.f_back
        return frame is not None and self.relative(frame.f_code.co_filename) is not None

    def innermost(self, frame: Optional[FrameType]) -> Optional[Place]:
        """The innermost line of the project on a stack."""
        while frame is not None:
            # To ask for a frame's code is audited, and most frames are those of libraries.
            module = frame.f_globals.get("__file__")
            if not isinstance(module, str) or self.relative(module) is not None:
                path = self.relative(frame.f_code.co_filename)
                if path is not None:
                    return {"path": path, "line": frame.f_lineno or 1, "symbol": symbol(frame.f_code)}
            frame = frame.f_back
        return None

    def raised(self, trace: Optional[TracebackType]) -> Optional[Place]:
        """The innermost line of the project in a traceback."""
        found = None
        while trace is not None:
            path = self.relative(trace.tb_frame.f_code.co_filename)
            if path is not None:
                found = {"path": path, "line": trace.tb_lineno or 1, "symbol": symbol(trace.tb_frame.f_code)}
            trace = trace.tb_next
        return found

    def definition(self, code: CodeType) -> Optional[Place]:
        """The ``def`` line of a function of the project."""
        path = self.relative(code.co_filename)
        if path is None:
            return None
        return {"path": path, "line": def_line(code), "symbol": symbol(code)}


def symbol(code: CodeType) -> Optional[str]:
    """Qualified name of the function, none at module level; a comprehension belongs to the function around it.

    Python before 3.11 knows the last part only.
    """
    name = re.sub(r"(^|\.)<\w+>", "", getattr(code, "co_qualname", code.co_name))
    return name or None


def def_line(code: CodeType) -> int:
    """The line of ``def``: `co_firstlineno` is the one of the first decorator."""
    pattern = re.compile(rf"\s*(async\s+)?def\s+{re.escape(code.co_name)}\b")
    for line in range(code.co_firstlineno, code.co_firstlineno + 200):
        text = linecache.getline(code.co_filename, line)
        if not text:
            break
        if pattern.match(text):
            return line
    return code.co_firstlineno

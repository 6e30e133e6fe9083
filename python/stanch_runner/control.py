"""The control connection: one JSON object a line, from here to the program that watches."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any, Optional

from stanch_runner.tracing import Rest

#: Events that tell nothing of what came out: they go with the next one that does, the end of the probe at the latest.
PATIENT = frozenset(("parameter", "returned"))

#: Most of them that wait.
MOST_WAITING = 64

_encode = json.JSONEncoder(ensure_ascii=True, default=str).encode

#: Longest text of one event in characters. The other side refuses lines of more than 256 KiB.
MAX_TEXT = 16_384


class Control:
    """Sends events. After a fork the child opens a connection of its own, since lines of two processes would mix."""

    def __init__(self, port: int, nonce: str) -> None:
        """Connect and say hello."""
        self._port = port
        self._nonce = nonce
        self._lock = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self._waiting: list[str] = []
        self._connect()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._connect)

    def _connect(self) -> None:
        self._lock = threading.Lock()
        # After a fork the parent tells what waits.
        self._waiting = []
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            self._socket.settimeout(None)
        except OSError:
            self._socket = None
            return
        self.send("hello", nonce=self._nonce, pid=os.getpid())

    @property
    def connected(self) -> bool:
        """Whether the other side is there."""
        return self._socket is not None

    def send(self, kind: str, **values: Any) -> None:
        """Send one event; when the other side is gone there is nobody to tell, so errors end here."""
        with Rest():
            self._send(_encode({"type": kind, **values}), kind in PATIENT and values.get("probe") is not None)

    def _send(self, event: str, is_patient: bool) -> None:
        with self._lock:
            if self._socket is None:
                return
            self._waiting.append(event + "\n")
            if is_patient and len(self._waiting) < MOST_WAITING:
                return
            lines, self._waiting = "".join(self._waiting), []
            try:
                self._socket.sendall(lines.encode("ascii"))
            except OSError:
                self._socket = None


def cut(text: str) -> str:
    """Bound a text to what one event may carry."""
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"

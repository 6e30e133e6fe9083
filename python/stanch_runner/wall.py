"""The wall: what the app may not connect to, resolve or read.

An audit hook (PEP 578) cannot be taken away again by the code it watches. It sees what goes through Python; where the
system gives namespaces, they hold back the rest.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from typing import Any, Callable, Optional

from stanch_runner import probe
from stanch_runner.config import Config
from stanch_runner.control import Control
from stanch_runner.places import Places

#: Files and directories of a home directory that hold credentials.
CREDENTIALS = (
    ".aws", ".azure", ".boto", ".config/gcloud", ".config/gh", ".docker", ".git-credentials", ".kube", ".netrc",
    ".npmrc", ".pgpass", ".pypirc", ".ssh", ".vault-token",
)  # fmt: skip


class Wall:
    """Decides, refuses and tells."""

    def __init__(self, config: Config, control: Control, places: Places) -> None:
        """Prepare; nothing is refused before `raise_up`."""
        self._ports = set(config.ports) | {config.control}
        # Tests start servers of their own and ask them.
        self._own_loopback = config.own_loopback
        self._trusts_own = config.suite
        self._is_asking = False
        self._copy = os.path.realpath(config.copy) + os.sep
        self._opened: set[str] = set()
        self._scratch = os.path.realpath(config.scratch) + os.sep
        self._home = config.home.rstrip(os.sep) + os.sep if config.home else ""
        self._closed = tuple(self._home + name for name in CREDENTIALS) if self._home else ()
        self._names = {"", "localhost", "localhost.localdomain", "ip6-localhost", socket.gethostname().lower()}
        self._control = control
        self._places = places
        self._judges: dict[str, Callable[[Any], None]] = {
            "socket.bind": self._bind,
            "socket.connect": self._connect,
            "socket.sendto": self._connect,
            "socket.sendmsg": self._connect,
            "socket.getaddrinfo": self._resolve,
            "socket.gethostbyname": self._resolve,
            "open": self._open,
        }

    def raise_up(self) -> None:
        """Put the wall up, for good."""
        judges = self._judges

        def hook(event: str, arguments: Any) -> None:
            judge = judges.get(event)
            if judge is not None:
                judge(arguments)

        sys.addaudithook(hook)

    def _connect(self, arguments: Any) -> None:
        address = arguments[1]
        if address is None or self._is_asking:
            return
        if isinstance(address, (str, bytes)):
            self._connect_unix(os.fsdecode(address))
        elif isinstance(address, tuple) and len(address) >= 2:
            host, port = address[0], address[1]
            is_open = self._own_loopback or port in self._ports
            if isinstance(port, int) and not (is_open and self._is_loopback(host)):
                shown = os.fsdecode(host) if isinstance(host, (str, bytes)) else str(host)
                self._refuse(f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}")

    def _bind(self, arguments: Any) -> None:
        """A port that tests are about to listen on is theirs to ask, if nobody has it yet."""
        address = arguments[1]
        if not self._trusts_own or not isinstance(address, tuple) or len(address) < 2:
            return
        port = address[1]
        if isinstance(port, int) and port > 0 and not self._is_taken(port):
            self._ports.add(port)

    def _is_taken(self, port: int) -> bool:
        self._is_asking = True
        try:
            with socket.socket() as asking:
                asking.settimeout(1)
                return asking.connect_ex(("127.0.0.1", port)) == 0
        finally:
            self._is_asking = False

    def _connect_unix(self, path: str) -> None:
        if not os.path.realpath(path).startswith(self._scratch):
            self._refuse(f"unix:{path}")

    def _refuse(self, address: str) -> None:
        self._control.send("refused", probe=probe.current(), address=address, source=self._places.caller(3))
        raise ConnectionRefusedError(
            errno.ECONNREFUSED, f"stanch lets the app connect to no port but its own: {address}"
        )

    def _resolve(self, arguments: Any) -> None:
        host = arguments[0]
        name = os.fsdecode(host) if isinstance(host, (str, bytes)) else ""
        if name.lower().rstrip(".") in self._names or _address(name) is not None:
            return
        port = arguments[1] if len(arguments) > 1 else None
        address = name if port is None else f"{name}:{os.fsdecode(port) if isinstance(port, (str, bytes)) else port}"
        self._control.send("refused", probe=probe.current(), address=address, source=self._places.caller(2))
        raise socket.gaierror(socket.EAI_NONAME, f"stanch does not resolve {name}")

    def _is_loopback(self, host: Any) -> bool:
        name = os.fsdecode(host) if isinstance(host, (str, bytes)) else ""
        if name.lower() in self._names:
            return True
        address = _address(name)
        return address is not None and address.is_loopback

    def _open(self, arguments: Any) -> None:
        path = arguments[0]
        if not isinstance(path, (str, bytes)):
            return
        name = os.fsdecode(path)
        mode = arguments[1] if len(arguments) > 1 else None
        if isinstance(mode, str) and any(letter in mode for letter in "awx+"):
            self._tell_opened(name)
        if not self._closed:
            return
        if not name.startswith(self._home):
            # Absolute paths elsewhere are the bulk (every import) and end here, unless dots lead back.
            if name.startswith(os.sep) and ".." not in name:
                return
            name = os.path.abspath(name)
        for closed in self._closed:
            if name == closed or name.startswith(closed + os.sep):
                shown = "~/" + name[len(self._home) :]
                self._control.send("file-refused", probe=probe.current(), path=shown, source=self._places.caller(2))
                raise FileNotFoundError(errno.ENOENT, "stanch keeps credential files of your home closed", name)

    def _tell_opened(self, name: str) -> None:
        """Tell which line of the app opens a file of the copy to write to it; what `logging` writes is seen there."""
        frame = sys._getframe(3)
        by_logging = os.path.basename(os.path.dirname(frame.f_code.co_filename)) == "logging"
        path = os.path.abspath(name)
        if by_logging or not path.startswith(self._copy) or path in self._opened or len(self._opened) >= 200:
            return
        self._opened.add(path)
        source = self._places.innermost(frame)
        if source is not None:
            shown = path[len(self._copy) :].replace(os.sep, "/")
            self._control.send("file-opened", path=shown, source=source)


def _address(name: str) -> Optional[ipaddress._BaseAddress]:
    try:
        return ipaddress.ip_address(name.split("%", 1)[0])
    except ValueError:
        return None

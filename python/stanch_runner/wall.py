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
        self._scratch = os.path.realpath(config.scratch) + os.sep
        self._home = config.home.rstrip(os.sep) + os.sep if config.home else ""
        self._closed = tuple(self._home + name for name in CREDENTIALS) if self._home else ()
        self._names = {"", "localhost", "localhost.localdomain", "ip6-localhost", socket.gethostname().lower()}
        self._control = control
        self._places = places
        self._judges: dict[str, Callable[[Any], None]] = {
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
        if address is None:
            return
        if isinstance(address, (str, bytes)):
            self._connect_unix(os.fsdecode(address))
        elif isinstance(address, tuple) and len(address) >= 2:
            host, port = address[0], address[1]
            if isinstance(port, int) and not (port in self._ports and self._is_loopback(host)):
                shown = os.fsdecode(host) if isinstance(host, (str, bytes)) else str(host)
                self._refuse(f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}")

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
        if not self._closed or not isinstance(path, (str, bytes)):
            return
        name = os.fsdecode(path)
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


def _address(name: str) -> Optional[ipaddress._BaseAddress]:
    try:
        return ipaddress.ip_address(name.split("%", 1)[0])
    except ValueError:
        return None

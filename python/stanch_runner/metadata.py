"""Leads connections to a metadata service (of an instance, a container, a pod) to ours, and tells who made them.

`socket.socket` is a class of Python, so its `connect` can be ours; everything that speaks HTTP comes through it.
"""

from __future__ import annotations

import functools
import os
import socket
from typing import Any, Callable
from urllib.parse import urlsplit

from stanch_runner import probe
from stanch_runner.config import Config
from stanch_runner.control import Control
from stanch_runner.places import Places

#: Addresses of EC2, ECS and EKS.
ADDRESSES = frozenset(("169.254.169.254", "169.254.170.2", "169.254.170.23"))


def install(config: Config, control: Control, places: Places) -> None:
    """Lead HTTP connections there to where all stand-ins answer, if anything does."""
    stub = urlsplit(config.stub or "")
    if not stub.hostname or not stub.port:
        return
    home = (stub.hostname, stub.port)

    def led(connect: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(connect)
        def connect_home(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and len(address) == 2 and address[1] == 80:
                host = os.fsdecode(address[0]) if isinstance(address[0], (str, bytes)) else ""
                if host in ADDRESSES:
                    source = places.caller(2)
                    control.send("reached", probe=probe.current(), address=f"{host}:80", source=source)
                    return connect(self, home)
            return connect(self, address)

        return connect_home

    base: Any = socket.socket
    base.connect = led(base.connect)
    base.connect_ex = led(base.connect_ex)

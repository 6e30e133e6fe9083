"""HTTP requests that the app sends by itself to a port it may connect to (`--allow-port`)."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from stanch_runner import probe
from stanch_runner.after_import import AfterImport
from stanch_runner.config import Config
from stanch_runner.control import Control, cut
from stanch_runner.places import Places


class Outgoing:
    """`http.client` is below requests, urllib3 and urllib; httpx and aiohttp speak for themselves and are not seen."""

    def __init__(self, config: Config, control: Control, places: Places) -> None:
        """Requests of the SDK go to our own ports and are told elsewhere."""
        self._own = {urlsplit(endpoint).netloc for endpoint in (config.front, config.stub) if endpoint}
        self._control = control
        self._places = places

    def install(self, imports: AfterImport) -> None:
        """Patch `http.client` once it is there."""
        imports.watch("http.client", self._patch)

    def _patch(self, module: ModuleType) -> None:
        connection: Any = module.HTTPConnection
        begin, header, end = connection.putrequest, connection.putheader, connection.endheaders
        outgoing = self

        @functools.wraps(begin)
        def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            self._stanch_request = (str(method), str(url), [])
            return begin(self, method, url, *args, **kwargs)

        @functools.wraps(header)
        def putheader(self: Any, name: Any, *values: Any) -> Any:
            request = getattr(self, "_stanch_request", None)
            if request is not None:
                request[2].append((_text(name), ", ".join(_text(value) for value in values)))
            return header(self, name, *values)

        @functools.wraps(end)
        def endheaders(self: Any, message_body: Any = None, **kwargs: Any) -> Any:
            outgoing._tell(self, message_body)
            return end(self, message_body, **kwargs)

        connection.putrequest, connection.putheader, connection.endheaders = putrequest, putheader, endheaders

    def _tell(self, connection: Any, body: Any) -> None:
        request = getattr(connection, "_stanch_request", None)
        address = f"{connection.host}:{connection.port}"
        if request is None or address in self._own:
            return
        method, target, headers = request
        self._control.send(
            "outgoing",
            probe=probe.current(),
            method=method,
            address=address,
            target=cut(target),
            headers=[(name, cut(value)) for name, value in headers[:64]],
            body=cut(_text(body)) if isinstance(body, (str, bytes)) else "",
            source=self._places.caller(3),
        )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

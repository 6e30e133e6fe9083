"""Which parameters the app asks its request for.

The objects that Werkzeug hands out get a subclass of their own class, of the same name, that tells and then does what
it always did: `isinstance`, `repr`, equality and serialisation stay as they were.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any, Callable

from stanch_runner import examples, probe
from stanch_runner.after_import import AfterImport
from stanch_runner.control import Control
from stanch_runner.places import Places

#: Properties of Werkzeug's request and the part of the request that each shows.
PROPERTIES = {"args": "query", "form": "form", "files": "form", "cookies": "cookie"}

#: Methods that ask for one name, which is their first argument.
QUESTIONS = ("get", "getlist", "__getitem__", "__contains__", "pop", "get_all")

#: What parsers of flask-restx and flask-restful call the parts of a request.
PARSER = {
    "args": "query",
    "values": "query",
    "json": "json",
    "form": "form",
    "files": "form",
    "headers": "header",
    "cookies": "cookie",
}

#: Packages that read headers for themselves on each request; `Authorization` they read only when the app asks.
FRAMEWORK = frozenset(("werkzeug", "flask", "flask_cors"))


def install(imports: AfterImport, control: Control, places: Places) -> None:
    """Patch Werkzeug's request once it is imported."""
    listener = _Listener(control, places)
    imports.watch("werkzeug.sansio.request", lambda module: _patch_properties(module.Request, listener))
    imports.watch("werkzeug.wrappers.request", functools.partial(_patch_request, listener))
    for package in ("flask_restx", "flask_restful", "flask_restplus"):
        imports.watch(f"{package}.reqparse", functools.partial(_patch_parser, listener))


def _patch_request(listener: _Listener, module: ModuleType) -> None:
    _patch_properties(module.Request, listener)
    _patch_headers(module.Request, listener)
    _patch_json(module.Request, listener)


def _patch_parser(listener: _Listener, module: ModuleType) -> None:
    """A parser that looks in several places merges them first: what it asks for stands in its arguments."""
    parser: Any = module.RequestParser
    parse = parser.parse_args

    @functools.wraps(parse)
    def parse_args(self: Any, *args: Any, **kwargs: Any) -> Any:
        for argument in self.args:
            for location in [argument.location] if isinstance(argument.location, str) else argument.location:
                if location in PARSER:
                    listener.asked(PARSER[location], argument.name, examples.of_argument(argument))
        return parse(self, *args, **kwargs)

    parser.parse_args = parse_args


def _caller_package() -> str:
    """Top-level package of the code that called the telling method: above `asked` and `ask`."""
    return str(sys._getframe(3).f_globals.get("__name__", "")).partition(".")[0]


class _Listener:
    """Makes the telling classes and tells each name once a probe."""

    def __init__(self, control: Control, places: Places) -> None:
        self._control = control
        self._places = places
        self._classes: dict[tuple[type, str], type] = {}
        self._told: set[tuple[int, str, str]] = set()

    def asked(self, location: str, name: Any, example: Any = None) -> None:
        """Tell that the app asked for the name."""
        number = probe.current()
        if number is None or not isinstance(name, str) or len(name) > 256:
            return
        if location == "header" and name.lower() != "authorization" and _caller_package() in FRAMEWORK:
            return
        key = (number, location, name)
        if key not in self._told and len(self._told) < 100_000:
            self._told.add(key)
            source = self._places.caller(2)
            self._control.send("parameter", probe=number, location=location, name=name, example=example, source=source)

    def attach(self, value: Any, location: str) -> Any:
        """Give the object its telling class; one that cannot take it stays as it is."""
        base = type(value)
        if getattr(base, "_stanch_location", None) is not None:
            return value
        if (base, location) not in self._classes:
            self._classes[base, location] = self._make(base, location)
        try:
            value.__class__ = self._classes[base, location]
        except TypeError:
            return value
        return value

    def _make(self, base: type, location: str) -> type:
        body: dict[str, Any] = {"_stanch_location": location, "__module__": base.__module__}
        for name in QUESTIONS:
            method = getattr(base, name, None)
            if callable(method):
                body[name] = self._asking(method, location)
        made = type(base.__name__, (base,), body)
        made.__qualname__ = base.__qualname__
        return made

    def _asking(self, method: Callable[..., Any], location: str) -> Callable[..., Any]:
        @functools.wraps(method)
        def ask(self_: Any, *args: Any, **kwargs: Any) -> Any:
            self.asked(location, args[0] if args else kwargs.get("key"))
            return method(self_, *args, **kwargs)

        return ask


def _patch_properties(request: type, listener: _Listener) -> None:
    for name, location in PROPERTIES.items():
        known = request.__dict__.get(name)
        function = getattr(known, "fget", None) or getattr(known, "func", None)
        if known is None or function is None:
            continue
        setattr(request, name, _telling(type(known), name, function, location, listener))


def _telling(kind: Any, name: str, function: Callable[..., Any], location: str, listener: _Listener) -> Any:
    """A property of the same kind (`cached_property`, `property`) whose value tells."""

    @functools.wraps(function)
    def value_of(self: Any) -> Any:
        return listener.attach(function(self), location)

    made = kind(value_of)
    if hasattr(made, "__set_name__"):
        made.__set_name__(None, name)
    return made


def _patch_headers(request: Any, listener: _Listener) -> None:
    begin = request.__init__

    @functools.wraps(begin)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        listener.attach(self.headers, "header")

    request.__init__ = init


def _patch_json(request: Any, listener: _Listener) -> None:
    decode = request.get_json

    @functools.wraps(decode)
    def get_json(self: Any, *args: Any, **kwargs: Any) -> Any:
        value = decode(self, *args, **kwargs)
        if type(value) is not dict:
            return value
        telling = _json_class(listener)(value)
        # The request keeps what it decoded: an app that changes it sees its change at the second call.
        kept = getattr(self, "_cached_json", None)
        if isinstance(kept, tuple) and len(kept) == 2:
            self._cached_json = tuple(telling if part is value else part for part in kept)
        return telling

    request.get_json = get_json


@functools.lru_cache(maxsize=1)
def _json_class(listener: _Listener) -> type:
    class Body(dict):  # type: ignore[type-arg]
        def get(self, key: Any, default: Any = None) -> Any:
            listener.asked("json", key)
            return dict.get(self, key, default)

        def __getitem__(self, key: Any) -> Any:
            listener.asked("json", key)
            return dict.__getitem__(self, key)

        def __contains__(self, key: Any) -> bool:
            listener.asked("json", key)
            return dict.__contains__(self, key)

        def pop(self, key: Any, *default: Any) -> Any:
            listener.asked("json", key)
            return dict.pop(self, key, *default)

        def setdefault(self, key: Any, default: Any = None) -> Any:
            listener.asked("json", key)
            return dict.setdefault(self, key, default)

    Body.__name__ = Body.__qualname__ = "dict"
    Body.__module__ = "builtins"
    return Body

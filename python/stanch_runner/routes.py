"""The routes that the running app really has, each with the function that answers."""

from __future__ import annotations

import functools
import inspect
import uuid
from collections.abc import Iterator
from typing import Any, Optional

from stanch_runner import examples
from stanch_runner.loading import App
from stanch_runner.places import Place, Places

CONVERTERS = {
    "UnicodeConverter": "text",
    "IntegerConverter": "int",
    "FloatConverter": "float",
    "UUIDConverter": "uuid",
    "PathConverter": "path",
}

#: What FastAPI lets through for a path parameter of a declared type.
TYPES: dict[Any, str] = {int: "int", float: "float", uuid.UUID: "uuid"}

#: Names that decorators without `functools.wraps` give to the function they wrap.
WRAPPED = ("f", "fn", "fun", "func", "function", "view", "view_func", "handler", "wrapped", "method", "callback")


def describe(app: App, places: Places) -> dict[str, Any]:
    """The event `routes`."""
    if app.framework == "fastapi":
        found = list(_of_starlette(app.object, places))
    elif app.framework == "chalice":
        found = list(_of_chalice(app.object, places))
    elif app.framework == "lambda":
        found = list(_of_handlers(app.object, places))
    else:
        found = list(_of_flask(app.object, places))
    return {
        "framework": app.framework,
        "debug": bool(getattr(app.object, "debug", False)),
        "testing": bool(getattr(app.object, "testing", False)),
        "routes": found,
    }


def answering(app: App) -> tuple[list[list[Any]], list[list[Any]]]:
    """Functions that answer, views and error handlers: each with everything wrapped around it, outermost first."""
    if app.framework == "fastapi":
        views = [route.endpoint for _, route in _flat(getattr(app.object, "routes", ()))]
        handlers = list(getattr(app.object, "exception_handlers", {}).values())
    elif app.framework == "chalice":
        views = [entry.view_function for methods in app.object.routes.values() for entry in methods.values()]
        handlers = []
    elif app.framework == "lambda":
        views, handlers = list(app.object.handlers.values()), []
    else:
        views = list(app.object.view_functions.values())
        handlers = [
            handler
            for by_code in app.object.error_handler_spec.values()
            for by_class in by_code.values()
            for handler in by_class.values()
        ]
        views += [
            getattr(view_class, method)
            for view_class in filter(None, map(_view_class, views))
            for method in ("get", "post", "put", "patch", "delete", "dispatch_request")
            if hasattr(view_class, method)
        ]
    return _chains(views), _chains(handlers)


def _chains(functions: list[Any]) -> list[list[Any]]:
    return [[layer for layer in _layers(function) if inspect.isfunction(layer)] for function in functions]


def _of_flask(app: Any, places: Places) -> Iterator[dict[str, Any]]:
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ())
        if "GET" in methods:
            methods.discard("HEAD")
        if methods - {"OPTIONS"}:
            methods.discard("OPTIONS")
        converters = {
            name: CONVERTERS.get(type(converter).__name__, "other") for name, converter in rule._converters.items()
        }
        view = app.view_functions.get(rule.endpoint)
        for names, place, declared in _by_function(view, sorted(methods), places):
            yield {
                "rule": rule.rule,
                "methods": names,
                "endpoint": rule.endpoint,
                "converters": converters,
                "parameters": declared,
                "view": place,
            }


def _by_function(
    view: Any, methods: list[str], places: Places
) -> Iterator[tuple[list[str], Optional[Place], list[dict[str, Any]]]]:
    """A class-based view has a function for each method."""
    view_class = _view_class(view)
    if view_class is None:
        yield methods, _place(view, places), []
        return
    for method in methods:
        function = getattr(view_class, method.lower(), None) or getattr(view_class, "dispatch_request", None)
        yield [method], _place(function, places), list(_expected(function))


def _expected(function: Any) -> Iterator[dict[str, Any]]:
    """What flask-restx knows from `@api.expect(model)`: the fields of the body. Parsers tell when they parse."""
    described = getattr(function, "__apidoc__", None)
    for model in described.get("expect") or () if isinstance(described, dict) else ():
        model = model[0] if isinstance(model, list) and model else model
        if isinstance(model, dict):
            for name, field in model.items():
                yield {"name": str(name), "location": "json", "example": examples.of_restx(field)}


def _view_class(view: Any) -> Any:
    for function in _layers(view):
        found = getattr(function, "view_class", None)
        if found is not None:
            return found
    return None


def _place(function: Any, places: Places) -> Optional[Place]:
    """The `def` line of the innermost function of the project under its decorators."""
    found = None
    for layer in _layers(function):
        code = getattr(layer, "__code__", None)
        place = places.definition(code) if code is not None else None
        found = place or found
    return found


def _layers(function: Any) -> Iterator[Any]:
    """The function and what it wraps, outermost first."""
    for _ in range(32):
        while isinstance(function, functools.partial):
            function = function.func
        function = getattr(function, "__func__", function)
        if function is None:
            return
        yield function
        inner = getattr(function, "__wrapped__", None)
        function = inner if inner is not None else _enclosed(function)


def _enclosed(function: Any) -> Any:
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None)
    if code is None or not cells:
        return None
    inside = dict(zip(code.co_freevars, cells))
    for name in WRAPPED:
        try:
            value = inside[name].cell_contents
        except (KeyError, ValueError):
            continue
        if inspect.isfunction(value) or inspect.ismethod(value):
            return value
    return None


#: Pages that FastAPI adds by itself, by the names of their routes.
PAGES = frozenset(("openapi", "swagger_ui_html", "swagger_ui_redirect", "redoc_html"))


def _flat(routes: Any, prefix: str = "", depth: int = 8) -> Iterator[tuple[str, Any]]:
    """Path and route of everything that answers: routers are included as they are, or (FastAPI since 0.16x) as one
    route that knows its own; sub-apps are mounted."""
    for route in routes if depth else ():
        inner = getattr(route, "effective_candidates", None)
        if callable(inner):
            yield from _flat(inner(), prefix, depth - 1)
        elif getattr(route, "methods", None) and getattr(route, "endpoint", None) is not None:
            if getattr(route, "name", None) not in PAGES:
                yield prefix + route.path, route
        elif getattr(route, "routes", None):
            yield from _flat(route.routes, prefix + getattr(route, "path", ""), depth - 1)


def _of_starlette(app: Any, places: Places) -> Iterator[dict[str, Any]]:
    kinds = {"IntegerConvertor": "int", "FloatConvertor": "float", "UUIDConvertor": "uuid", "PathConvertor": "path"}
    for path, route in _flat(getattr(app, "routes", ())):
        dependant = getattr(route, "dependant", None)
        declared = {parameter.alias: _declared(parameter) for parameter in getattr(dependant, "path_params", ())}
        converters = {}
        for name, converter in (getattr(route, "param_convertors", None) or {}).items():
            kind = kinds.get(type(converter).__name__, "text")
            converters[name] = TYPES.get(declared.get(name), kind) if kind == "text" else kind
        yield {
            "rule": path,
            "methods": sorted(set(route.methods) - {"HEAD"}),
            "endpoint": getattr(route, "name", "") or "",
            "converters": converters,
            "parameters": list(_of_dependant(dependant)),
            "view": _place(route.endpoint, places),
        }


def _of_dependant(dependant: Any) -> Iterator[dict[str, Any]]:
    """What FastAPI itself knows of the parameters, those of dependencies included."""
    if dependant is None:
        return
    for part, location in (("query_params", "query"), ("header_params", "header"), ("cookie_params", "cookie")):
        for parameter in getattr(dependant, part, ()):
            declared = _declared(parameter)
            yield {"name": str(parameter.alias), "location": location, "example": examples.example(declared)}
    bodies = getattr(dependant, "body_params", ())
    for body in bodies:
        location = "form" if type(body.field_info).__name__ in ("Form", "File") else "json"
        model = _declared(body)
        # A single model is the whole body; several stand in it under their names.
        fields = examples.fields_of(model) if len(bodies) == 1 and not getattr(body.field_info, "embed", None) else None
        shown = examples.shown(body.field_info, model) if fields else {}
        for name, declared in (fields or {str(body.alias): model}).items():
            made = examples.example(declared)
            yield {"name": str(name), "location": location, "example": shown.get(name) if made is None else made}
    yield from _of_scheme(getattr(dependant, "call", None))
    for inner in getattr(dependant, "dependencies", ()):
        yield from _of_dependant(inner)


def _of_scheme(scheme: Any) -> Iterator[dict[str, Any]]:
    """What one of FastAPI's security schemes reads: a key under a name of its own, or `Authorization`."""
    model = getattr(scheme, "model", None)
    if model is None or not type(scheme).__module__.startswith("fastapi."):
        return
    place = getattr(getattr(model, "in_", None), "value", None)
    if place in ("header", "query", "cookie"):
        yield {"name": str(model.name), "location": place, "example": None}
    else:
        yield {"name": "Authorization", "location": "header", "example": None}


def _declared(field: Any) -> Any:
    """The type that a parameter of FastAPI is declared with."""
    declared = getattr(field, "outer_type_", None) or getattr(field, "type_", None)
    return declared or getattr(field.field_info, "annotation", None)


def _of_chalice(app: Any, places: Places) -> Iterator[dict[str, Any]]:
    for rule, by_method in app.routes.items():
        for method, entry in by_method.items():
            yield {
                "rule": rule,
                "methods": [method],
                "endpoint": entry.view_name,
                "converters": dict.fromkeys(entry.view_args, "text"),
                "parameters": [],
                "view": _place(entry.view_function, places),
            }


def _of_handlers(gateway: Any, places: Places) -> Iterator[dict[str, Any]]:
    for path, handler in gateway.handlers.items():
        yield {
            "rule": f"/{path}",
            "methods": ["POST"],
            "endpoint": path,
            "converters": {},
            "parameters": [],
            "view": _place(handler, places),
        }

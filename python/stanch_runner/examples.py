"""Values of the types that an app declares for its parameters."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import typing
import uuid
from typing import Any

#: Deepest nesting of models.
DEPTH = 5

SIMPLE: dict[Any, Any] = {
    bool: True,
    int: 7,
    float: 7.5,
    decimal.Decimal: 7.5,
    datetime.datetime: "2020-01-02T03:04:05",
    datetime.date: "2020-01-02",
    datetime.time: "03:04:05",
    uuid.UUID: "3f2b8c1e-5d4a-4f6b-9a7c-0e1d2c3b4a59",
    dict: {"name": "text"},
}

#: Texts that pydantic checks the form of, by the name of their type.
FORMS = {
    "AnyHttpUrl": "https://example.com/",
    "AnyUrl": "https://example.com/",
    "EmailStr": "user@example.com",
    "HttpUrl": "https://example.com/",
    "IPvAnyAddress": "192.0.2.1",
    "NameEmail": "User <user@example.com>",
}


def example(declared: Any, depth: int = DEPTH) -> Any:
    """A value of the type; nothing for text, which the driver chooses, and for what is not understood."""
    if depth == 0 or declared is None or declared is str:
        return None
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin is not None and str(origin).endswith("Annotated"):
        return example(arguments[0], depth)
    if origin is typing.Union or type(declared).__name__ == "UnionType":
        return next(
            (made for made in (example(one, depth) for one in arguments if one is not type(None)) if made), None
        )
    if str(origin).endswith("Literal"):
        return arguments[0] if arguments else None
    if declared in (list, set, tuple) or origin in (list, set, tuple, frozenset):
        inner = example(arguments[0], depth - 1) if arguments else None
        return ["text" if inner is None else inner]
    if origin is dict:
        return dict(SIMPLE[dict])
    if not inspect.isclass(declared):
        return None
    form = FORMS.get(declared.__name__)
    if form is not None:
        # At the top, an address of mail is the driver's to choose: each of the two who ask has one of their own.
        return None if declared.__name__ == "EmailStr" and depth == DEPTH else form
    if issubclass(declared, enum.Enum):
        return next((member.value for member in declared), None)
    fields = fields_of(declared)
    if fields is not None:
        return {name: "text" if made is None else made for name, made in _each(fields, depth)}
    return next((value for kind, value in SIMPLE.items() if issubclass(declared, kind)), None)


def fields_of(model: Any) -> Any:
    """Fields of a pydantic model of either major version, by the name that a body has them under."""
    fields = getattr(model, "model_fields", None) or getattr(model, "__fields__", None)
    if not isinstance(fields, dict):
        return None
    return {getattr(field, "alias", None) or name: _type(field) for name, field in fields.items()}


def shown(body: Any, model: Any) -> dict[str, Any]:
    """Fields of an example that the app itself gives for a body, numbers and lists only: a text stands for its name."""
    extra = getattr(body, "json_schema_extra", None) or getattr(body, "extra", None) or {}
    examples = getattr(body, "examples", None) or (extra.get("examples") if isinstance(extra, dict) else None)
    config = getattr(model, "model_config", None) or vars(getattr(model, "Config", object))
    schema = config.get("json_schema_extra") or config.get("schema_extra") if hasattr(config, "get") else None
    given = [
        getattr(body, "example", None),
        extra.get("example") if isinstance(extra, dict) else None,
        examples[0] if isinstance(examples, list) and examples else None,
        schema.get("example") if isinstance(schema, dict) else None,
        getattr(body, "default", None),
    ]
    first = next((one for one in given if isinstance(one, dict)), {})
    return {str(name): value for name, value in first.items() if not isinstance(value, str)}


def _type(field: Any) -> Any:
    outer = getattr(field, "outer_type_", None)
    return outer if outer is not None else getattr(field, "annotation", None)


def _each(fields: dict[str, Any], depth: int) -> list[tuple[str, Any]]:
    return [(str(name), example(declared, depth - 1)) for name, declared in list(fields.items())[:64]]


def of_restx(field: Any, depth: int = DEPTH) -> Any:
    """The same for a field of a flask-restx or flask-restful model."""
    name = type(field).__name__
    if depth == 0:
        return None
    choices = getattr(field, "enum", None)
    if choices:
        return next(iter(choices() if callable(choices) else choices), None)
    if name == "List":
        inner = of_restx(getattr(field, "container", None), depth - 1)
        return ["text" if inner is None else inner]
    if name == "Nested":
        model = getattr(field, "nested", None) or getattr(field, "model", None)
        if isinstance(model, dict):
            made = {str(key): of_restx(value, depth - 1) for key, value in model.items()}
            return {key: "text" if value is None else value for key, value in made.items()}
    simple = {"Integer": 7, "Float": 7.5, "Arbitrary": 7.5, "Fixed": 7.5, "Decimal": 7.5, "Boolean": True}
    dates = {"DateTime": "2020-01-02T03:04:05", "Date": "2020-01-02"}
    return {**simple, **dates, "Raw": {"name": "text"}}.get(name)


def of_argument(argument: Any) -> Any:
    """The same for an argument of a request parser."""
    choices = getattr(argument, "choices", None)
    made = next(iter(choices), None) if choices else example(getattr(argument, "type", None))
    if getattr(argument, "action", "") in ("append", "split"):
        return ["text" if made is None else made]
    return made

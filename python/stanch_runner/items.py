"""What stands in the items that go through the SDK, whoever answers it: our DynamoDB, moto, a stubbed client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

#: Most items of one call, and attributes of one item, that are told; longest text of an attribute.
MAX_ITEMS = 32
MAX_ATTRIBUTES = 64
MAX_TEXT = 2048

#: DynamoDB's marks of types, in its typed JSON.
TYPES = frozenset(("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"))

#: `name = :value` of an update expression.
ASSIGNMENT = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def written(operation: str, parameters: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Tables with the items that a call stores, each as texts by the path of their attribute."""
    if not isinstance(parameters, dict):
        return
    table = str(parameters.get("TableName", ""))
    if operation == "PutItem":
        yield table, texts(parameters.get("Item"))
    elif operation == "UpdateItem":
        names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
        names, values = names if isinstance(names, dict) else {}, values if isinstance(values, dict) else {}
        pairs = ASSIGNMENT.findall(str(parameters.get("UpdateExpression", "")))
        yield table, texts({names.get(name, name): values[value] for name, value in pairs if value in values})
    elif operation == "BatchWriteItem":
        for table, requests in _pairs(parameters.get("RequestItems")):
            for request in _listed(requests):
                yield str(table), texts(_member(request, "PutRequest", "Item"))
    elif operation == "TransactWriteItems":
        for request in _listed(parameters.get("TransactItems")):
            put = _member(request, "Put")
            yield str(_member(put, "TableName") or ""), texts(_member(put, "Item"))


def read(operation: str, parameters: Any, result: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Tables with the items that a call gave."""
    if not isinstance(result, dict) or not isinstance(parameters, dict):
        return
    table = str(parameters.get("TableName", ""))
    responses = result.get("Responses")
    if operation == "BatchGetItem":
        for name, items in _pairs(responses):
            yield from ((str(name), texts(item)) for item in _listed(items))
    elif operation == "TransactGetItems":
        asked = [str(_member(one, "Get", "TableName") or "") for one in _listed(parameters.get("TransactItems"))]
        yield from ((name, texts(_member(one, "Item"))) for name, one in zip(asked, _listed(responses)))
    else:
        for item in (result.get("Item"), result.get("Attributes"), *_listed(result.get("Items"))):
            yield table, texts(item)


def texts(item: Any) -> dict[str, str]:
    """Texts of an item by path, whether it is in DynamoDB's typed form or in Python's."""
    found: dict[str, str] = {}
    for name, value in _pairs(item):
        _gather(str(name), value, found, 6)
    return found


def _gather(path: str, value: Any, found: dict[str, str], depth: int) -> None:
    if len(found) >= MAX_ATTRIBUTES or depth == 0:
        return
    if isinstance(value, str):
        if value and len(value) <= MAX_TEXT:
            found[path] = value
    elif isinstance(value, dict):
        kind = next(iter(value)) if len(value) == 1 else None
        if kind in TYPES:
            _gather(path, value[kind], found, depth - 1)
        else:
            for name, inner in _pairs(value):
                _gather(f"{path}.{name}", inner, found, depth - 1)
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value[:MAX_ITEMS]):
            _gather(f"{path}[{number}]", inner, found, depth - 1)


def first(items: Iterable[tuple[str, dict[str, str]]]) -> Iterator[tuple[str, dict[str, str]]]:
    """The first ones that have anything in them."""
    left = MAX_ITEMS
    for table, attributes in items:
        if attributes and left:
            left -= 1
            yield table, attributes


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items())[: MAX_ATTRIBUTES * 4] if isinstance(value, dict) else []


def _listed(value: Any) -> list[Any]:
    return list(value)[:MAX_ITEMS] if isinstance(value, (list, tuple)) else []


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value

"""Records of DynamoDB's streams, made of the items that stand in the tables, for handlers that are called with them."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from stanch_runner import probe

#: Most tables that are read, and most items of each.
MAX_TABLES = 8
MAX_ITEMS = 2

#: The number under which our own calls are known for what they are.
OWN = "0"


class Image(dict):  # type: ignore[type-arg]
    """An item in typed form. What the handler asks for beside it is there too, so that it goes on."""

    def __missing__(self, name: Any) -> Any:
        """A text that names what was asked for."""
        return {"S": f"value of {name}"}


def records(front: str) -> list[dict[str, Any]]:
    """One insertion, one change and one removal for each item (API reference of DynamoDB Streams, `Record`)."""
    found = []
    for table in _ask(front, "ListTables", {}).get("TableNames", [])[:MAX_TABLES]:
        keys = [part["AttributeName"] for part in _described(front, table)]
        for item in _ask(front, "Scan", {"TableName": table, "Limit": MAX_ITEMS}).get("Items", [])[:MAX_ITEMS]:
            key = {name: item[name] for name in keys if name in item}
            for name, new, old in (("INSERT", True, False), ("MODIFY", True, True), ("REMOVE", False, True)):
                images = {"NewImage": Image(item)} if new else {}
                images.update({"OldImage": Image(item)} if old else {})
                found.append(_record(table, name, {"Keys": Image(key), **images}, len(found)))
    return found


def _record(table: str, name: str, images: dict[str, Any], number: int) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}"
    change = {
        "ApproximateCreationDateTime": 1_700_000_000,
        "SequenceNumber": str(100 + number),
        "SizeBytes": 100,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        **images,
    }
    return {
        "eventID": f"{number:032x}",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
        "eventSourceARN": f"{arn}/stream/2023-11-14T22:13:20.000",
    }


def _described(front: str, table: str) -> list[dict[str, str]]:
    described: dict[str, Any] = _ask(front, "DescribeTable", {"TableName": table}).get("Table", {})
    schema: list[dict[str, str]] = described.get("KeySchema", [])
    return schema


def _ask(front: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(front).netloc, timeout=5)
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        probe.HEADER: OWN,
    }
    try:
        connection.request("POST", "/", json.dumps(body), headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, ValueError):
        return {}
    finally:
        connection.close()
    return answer

"""Create the three tables for a local start: `python create_tables.py`."""

from __future__ import annotations

from typing import Optional

from fieldbook import settings
from fieldbook.store import connect


def create_table(name: str, key: str, index: Optional[tuple[str, str]] = None) -> None:
    """A table with one text key and, if wanted, an index on a text attribute sorted by time."""
    attributes = [key]
    options = {}
    if index is not None:
        index_name, index_key = index
        attributes += [index_key, "created_at"]
        options["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index_name,
                "KeySchema": [
                    {"AttributeName": index_key, "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
    connect().create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        BillingMode="PAY_PER_REQUEST",
        **options,
    ).wait_until_exists()


def create_tables() -> None:
    """Create what is not there yet."""
    present = {table.name for table in connect().tables.all()}
    wanted = [
        (settings.USERS_TABLE, "user_id", None),
        (settings.KEYS_TABLE, "api_key", ("by-owner", "owner_id")),
        (settings.RECORDS_TABLE, "record_id", ("by-key", "api_key")),
    ]
    for name, key, index in wanted:
        if name not in present:
            create_table(name, key, index)


if __name__ == "__main__":
    create_tables()

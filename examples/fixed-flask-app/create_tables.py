"""Create the four tables for a local start: `python create_tables.py`."""

from __future__ import annotations

from typing import Optional

from fieldbook import settings
from fieldbook.store import connect


def create_table(name: str, key: str, index: Optional[tuple[str, str]] = None, shown: tuple[str, ...] = ()) -> None:
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
                # Never the digest of a key: an index holds what its query shows, no more.
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(shown)},
            }
        ]
    connect().create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        **options,
    ).wait_until_exists()


def create_tables() -> None:
    """Create what is not there yet; keys and attempts expire by themselves."""
    present = {table.name for table in connect().tables.all()}
    if settings.USERS_TABLE not in present:
        create_table(settings.USERS_TABLE, "user_id")
    if settings.KEYS_TABLE not in present:
        create_table(settings.KEYS_TABLE, "key_id", ("by-owner", "owner_id"), ("label",))
        expire(settings.KEYS_TABLE)
    if settings.RECORDS_TABLE not in present:
        create_table(settings.RECORDS_TABLE, "record_id", ("by-owner", "owner_id"), ("title", "note", "stage"))
    if settings.ATTEMPTS_TABLE not in present:
        create_table(settings.ATTEMPTS_TABLE, "attempt")
        expire(settings.ATTEMPTS_TABLE)


def expire(name: str) -> None:
    """Let DynamoDB remove items after their `expires_at`."""
    connect().meta.client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )


if __name__ == "__main__":
    create_tables()

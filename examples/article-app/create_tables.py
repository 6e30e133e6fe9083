"""Create the two tables for a local start: `python create_tables.py`."""

from __future__ import annotations

from app import RECORDS, USERS, db


def create_tables() -> None:
    """Create what is not there yet."""
    present = {table.name for table in db.tables.all()}
    if USERS not in present:
        db.create_table(
            TableName=USERS,
            KeySchema=[{"AttributeName": "user_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "user_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        ).wait_until_exists()
    if RECORDS not in present:
        db.create_table(
            TableName=RECORDS,
            KeySchema=[
                {"AttributeName": "api_key", "KeyType": "HASH"},
                {"AttributeName": "record_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "api_key", "AttributeType": "S"},
                {"AttributeName": "record_id", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        ).wait_until_exists()


if __name__ == "__main__":
    create_tables()

"""All access to DynamoDB."""

from __future__ import annotations

from functools import cache
from typing import Any, Optional

import boto3
from boto3.dynamodb.conditions import Key

from . import settings
from .logs import log

Item = dict[str, Any]
Page = tuple[list[Item], Optional[Item]]


@cache
def connect() -> Any:
    """The DynamoDB resource, made at the first use."""
    session = boto3.Session(region_name=settings.REGION)
    log.info("dynamodb in %s as %s", settings.REGION, session.get_credentials().get_frozen_credentials())
    return session.resource("dynamodb")


class Users:
    """People, by id."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.USERS_TABLE)

    def add(self, user: Item) -> None:
        self.table.put_item(Item=user, ConditionExpression="attribute_not_exists(user_id)")

    def find(self, user_id: str) -> Optional[Item]:
        response = self.table.get_item(Key={"user_id": user_id})
        log.info("users.get_item answered %s", response)
        return response.get("Item")

    def change(self, user_id: str, changes: Item) -> Item:
        assignments = ", ".join(f"#f{place} = :v{place}" for place in range(len(changes)))
        response = self.table.update_item(
            Key={"user_id": user_id},
            UpdateExpression=f"SET {assignments}",
            ConditionExpression="attribute_exists(user_id)",
            ExpressionAttributeNames={f"#f{place}": field for place, field in enumerate(changes)},
            ExpressionAttributeValues={f":v{place}": value for place, value in enumerate(changes.values())},
            ReturnValues="ALL_NEW",
        )
        return response["Attributes"]

    def everyone(self) -> list[Item]:
        return self.table.scan()["Items"]


class Keys:
    """API keys, by key."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.KEYS_TABLE)

    def add(self, api_key: str, owner_id: str, label: str, created_at: str) -> None:
        self.table.put_item(
            Item={"api_key": api_key, "owner_id": owner_id, "label": label, "created_at": created_at},
            ConditionExpression="attribute_not_exists(api_key)",
        )

    def find(self, api_key: str) -> Optional[Item]:
        return self.table.get_item(Key={"api_key": api_key}).get("Item")

    def of_owner(self, owner_id: str, limit: int, start: Optional[Item]) -> Page:
        wanted: Item = {"IndexName": "by-owner", "Limit": limit}
        if start:
            wanted["ExclusiveStartKey"] = start
        response = self.table.query(KeyConditionExpression=Key("owner_id").eq(owner_id), **wanted)
        return response["Items"], response.get("LastEvaluatedKey")

    def remove(self, api_key: str, owner_id: str) -> Item:
        response = self.table.delete_item(
            Key={"api_key": api_key},
            ConditionExpression="owner_id = :owner",
            ExpressionAttributeValues={":owner": owner_id},
            ReturnValues="ALL_OLD",
        )
        return response["Attributes"]


class Records:
    """Field records, by id; each remembers the key that wrote it."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.RECORDS_TABLE)

    def put(self, record: Item) -> None:
        self.table.put_item(Item=record)

    def find(self, record_id: str) -> Optional[Item]:
        return self.table.get_item(Key={"record_id": record_id}).get("Item")

    def find_many(self, record_ids: list[Any]) -> list[Item]:
        wanted = {settings.RECORDS_TABLE: {"Keys": [{"record_id": record_id} for record_id in record_ids]}}
        return connect().batch_get_item(RequestItems=wanted)["Responses"][settings.RECORDS_TABLE]

    def written_with(self, api_key: str, where: Optional[str], value: str, limit: int, start: Optional[Item]) -> Page:
        wanted: Item = {"IndexName": "by-key", "Limit": limit, "ScanIndexForward": True}
        values = {":key": api_key}
        if where:
            wanted["FilterExpression"] = f"{where} = :value"
            values[":value"] = value
        if start:
            wanted["ExclusiveStartKey"] = start
        response = self.table.query(KeyConditionExpression="api_key = :key", ExpressionAttributeValues=values, **wanted)
        return response["Items"], response.get("LastEvaluatedKey")

    def search(self, owner_id: str, stage: str) -> list[Item]:
        statement = (
            f'SELECT record_id, title, stage, created_at FROM "{settings.RECORDS_TABLE}" '
            f"WHERE owner_id = '{owner_id}' AND stage = '{stage}'"
        )
        return connect().meta.client.execute_statement(Statement=statement)["Items"]

    def move(self, record_id: str, before: str, after: str) -> Item:
        response = self.table.update_item(
            Key={"record_id": record_id},
            UpdateExpression="SET stage = :after",
            ConditionExpression="stage = :before",
            ExpressionAttributeValues={":before": before, ":after": after},
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return response["Attributes"]


users = Users()
keys = Keys()
records = Records()

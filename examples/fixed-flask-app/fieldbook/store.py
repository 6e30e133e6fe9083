"""All access to DynamoDB: reads name what they want, writes say what must hold."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, Optional

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from . import settings

Item = dict[str, Any]
Page = tuple[list[Item], Optional[Item]]
# `name` and `role` are reserved words of DynamoDB, hence the aliases.
USER_PROJECTION = {
    "ProjectionExpression": "user_id, #name, email, #role, created_at",
    "ExpressionAttributeNames": {"#name": "name", "#role": "role"},
}
RECORD_PROJECTION = "record_id, owner_id, title, note, stage, created_at"


@cache
def connect() -> Any:
    """The DynamoDB resource, made at the first use."""
    return boto3.Session(region_name=settings.REGION).resource("dynamodb")


def lost_race(error: ClientError) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


class Users:
    """People, by id."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.USERS_TABLE)

    def add(self, user: Item) -> None:
        self.table.put_item(Item=user, ConditionExpression="attribute_not_exists(user_id)")

    def find(self, user_id: str) -> Optional[Item]:
        return self.table.get_item(Key={"user_id": user_id}, ConsistentRead=True, **USER_PROJECTION).get("Item")

    def credentials(self, user_id: str) -> Optional[Item]:
        """What login and recovery compare with; never part of an answer."""
        wanted = {"ProjectionExpression": "password_hash, recovery_digest"}
        return self.table.get_item(Key={"user_id": user_id}, ConsistentRead=True, **wanted).get("Item")

    def change(self, user_id: str, name: Optional[str], email: Optional[str]) -> None:
        values = {"name": name, "email": email}
        given = {field: value for field, value in values.items() if value is not None}
        self.table.update_item(
            Key={"user_id": user_id},
            UpdateExpression="SET " + ", ".join({"name": "#name = :name", "email": "email = :email"}[f] for f in given),
            ConditionExpression="attribute_exists(user_id)",
            ExpressionAttributeValues={f":{field}": value for field, value in given.items()},
            **({"ExpressionAttributeNames": {"#name": "name"}} if "name" in given else {}),
        )

    def recover(self, user_id: str, recovery_digest: str, password_hash: str) -> None:
        """Set a password and use the recovery key up, in one step."""
        self.table.update_item(
            Key={"user_id": user_id},
            UpdateExpression="SET password_hash = :password REMOVE recovery_digest",
            ConditionExpression="recovery_digest = :recovery",
            ExpressionAttributeValues={":password": password_hash, ":recovery": recovery_digest},
        )

    def everyone(self, start: Optional[Item]) -> Page:
        more = {"ExclusiveStartKey": start} if start else {}
        response = self.table.scan(Limit=settings.LARGEST_PAGE, **USER_PROJECTION, **more)
        return response["Items"], response.get("LastEvaluatedKey")


class Keys:
    """API keys, by public id; of the secret half only a digest is stored."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.KEYS_TABLE)

    def add(self, key: Item) -> None:
        self.table.put_item(Item=key, ConditionExpression="attribute_not_exists(key_id)")

    def credentials(self, key_id: str) -> Optional[Item]:
        """What the caller's key is compared with; never part of an answer."""
        wanted = "owner_id, digest, expires_at"
        return self.table.get_item(Key={"key_id": key_id}, ProjectionExpression=wanted).get("Item")

    def find(self, key_id: str, owner_id: str) -> Optional[Item]:
        found = self.table.get_item(
            Key={"key_id": key_id},
            ConsistentRead=True,
            ProjectionExpression="#label, owner_id, created_at",
            ExpressionAttributeNames={"#label": "label"},
        ).get("Item")
        return found if found and found["owner_id"] == owner_id else None

    def of_owner(self, owner_id: str, limit: int, start: Optional[Item]) -> Page:
        more = {"ExclusiveStartKey": start} if start else {}
        response = self.table.query(
            IndexName="by-owner",
            KeyConditionExpression=Key("owner_id").eq(owner_id),
            ProjectionExpression="#label, created_at",
            ExpressionAttributeNames={"#label": "label"},
            Limit=limit,
            **more,
        )
        return response["Items"], response.get("LastEvaluatedKey")

    def remove(self, key_id: str, owner_id: str) -> Optional[str]:
        """The label of the removed key, if it was the owner's."""
        found = self.find(key_id, owner_id)
        if found is None:
            return None
        self.table.delete_item(
            Key={"key_id": key_id},
            ConditionExpression="owner_id = :owner",
            ExpressionAttributeValues={":owner": owner_id},
        )
        return found["label"]


class Records:
    """Field records, by id."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.RECORDS_TABLE)

    def add(self, record: Item) -> None:
        self.table.put_item(Item=record, ConditionExpression="attribute_not_exists(record_id)")

    def replace(self, record_id: str, owner_id: str, title: str, note: str, created_at: str) -> bool:
        """Write a record anew where the owner already has it; whether that was so."""
        return self._update(
            record_id,
            "SET title = :title, note = :note, stage = :stage, created_at = :created_at",
            "owner_id = :owner",
            {":title": title, ":note": note, ":stage": "draft", ":created_at": created_at, ":owner": owner_id},
        )

    def move(self, record_id: str, owner_id: str, before: str, after: str) -> bool:
        """Change the stage of the owner's record; whether it was there and in the stage before."""
        return self._update(
            record_id,
            "SET stage = :after",
            "owner_id = :owner AND stage = :before",
            {":owner": owner_id, ":before": before, ":after": after},
        )

    def _update(self, record_id: str, update: str, condition: str, values: Item) -> bool:
        try:
            self.table.update_item(
                Key={"record_id": record_id},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if lost_race(error):
                return False
            raise
        return True

    def find(self, record_id: str, owner_id: str) -> Optional[Item]:
        found = self.table.get_item(
            Key={"record_id": record_id}, ConsistentRead=True, ProjectionExpression=RECORD_PROJECTION
        ).get("Item")
        return found if found and found["owner_id"] == owner_id else None

    def find_many(self, record_ids: list[str], owner_id: str) -> list[Item]:
        keys = [{"record_id": record_id} for record_id in record_ids]
        wanted = {settings.RECORDS_TABLE: {"Keys": keys, "ProjectionExpression": RECORD_PROJECTION}}
        found = connect().batch_get_item(RequestItems=wanted)["Responses"][settings.RECORDS_TABLE]
        return [record for record in found if record["owner_id"] == owner_id]

    def of_owner(self, owner_id: str, condition: Optional[ConditionBase], limit: int, start: Optional[Item]) -> Page:
        wanted: Item = {"ProjectionExpression": RECORD_PROJECTION, "Limit": limit}
        if condition is not None:
            wanted["FilterExpression"] = condition
        if start:
            wanted["ExclusiveStartKey"] = start
        response = self.table.query(IndexName="by-owner", KeyConditionExpression=Key("owner_id").eq(owner_id), **wanted)
        return response["Items"], response.get("LastEvaluatedKey")


class Attempts:
    """How often something was tried in the current minute."""

    @property
    def table(self) -> Any:
        return connect().Table(settings.ATTEMPTS_TABLE)

    def allow(self, what: str) -> bool:
        """Count one attempt; whether it is within the limit."""
        minute = int(time.time()) // 60
        response = self.table.update_item(
            Key={"attempt": f"{what}:{minute}"},
            UpdateExpression="ADD tries :one SET expires_at = :end",
            ExpressionAttributeValues={":one": 1, ":end": (minute + 10) * 60},
            ReturnValues="UPDATED_NEW",
        )
        return int(response["Attributes"]["tries"]) <= settings.ATTEMPTS_A_MINUTE


FILTERS = {"stage": Attr("stage"), "title": Attr("title")}
users = Users()
keys = Keys()
records = Records()
attempts = Attempts()

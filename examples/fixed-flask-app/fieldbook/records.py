"""Field records: write, list, read, move from stage to stage; each for its owner only."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import datetime, timezone
from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from . import paging, replies, settings, store, validation
from .auth import require_key
from .replies import Reply

blueprint = Blueprint("records", __name__)
STAGES = ("draft", "review", "final")


@blueprint.post("/records")
@require_key
def create() -> Reply:
    record = {"record_id": "r" + secrets.token_hex(8), **described()}
    store.records.add(record)
    return replies.ok({"record": replies.record_row(record)}, 201)


@blueprint.get("/records")
@require_key
def list_own() -> Reply:
    where = request.args.get("where")
    if where is not None and where not in store.FILTERS:
        raise validation.BadInput("where must be one of " + ", ".join(sorted(store.FILTERS)))
    condition = store.FILTERS[where].eq(request.args.get("is", "")) if where else None
    limit = validation.limit(settings.PAGE_SIZE, settings.LARGEST_PAGE)
    start = paging.start("records", g.user_id, "record_id")
    found, last = store.records.of_owner(g.user_id, condition, limit, start)
    following = paging.seal("records", g.user_id, last, "record_id")
    return replies.page("records", [replies.record_row(record) for record in found], following)


@blueprint.get("/records/<record_id>")
@require_key
def read(record_id: str) -> Reply:
    record = owned(record_id)
    return replies.ok({"record": replies.record_view(record)}) if record else replies.failed("not found", 404)


@blueprint.get("/records/<record_id>/summary")
@require_key
def summary(record_id: str) -> Reply:
    record = owned(record_id)
    return replies.ok({"record": replies.record_row(record)}) if record else replies.failed("not found", 404)


@blueprint.put("/records/<record_id>")
@require_key
def replace(record_id: str) -> Reply:
    record = {"record_id": validation.shaped(record_id, validation.RECORD_ID, "record_id"), **described()}
    kept = store.records.replace(record_id, g.user_id, record["title"], record["note"], record["created_at"])
    return replies.ok({"record": replies.record_row(record)}) if kept else replies.failed("not found", 404)


@blueprint.post("/records/<record_id>/stage")
@require_key
def move(record_id: str) -> Reply:
    body = validation.body()
    before, after = stage(body.get("from")), stage(body.get("to"))
    wanted = validation.shaped(record_id, validation.RECORD_ID, "record_id")
    if not store.records.move(wanted, g.user_id, before, after):
        return replies.failed("not in that stage", 409)
    return replies.ok({"updated": {"stage": after}})


@blueprint.post("/records/lookup")
@require_key
def look_up() -> Reply:
    found = store.records.find_many(validation.record_ids(validation.body()), g.user_id)
    return replies.ok({"records": [replies.record_row(record) for record in found]})


@blueprint.get("/records/search")
@require_key
def search() -> Reply:
    condition = store.FILTERS["stage"].eq(stage(request.args.get("stage", "draft")))
    found, _ = store.records.of_owner(g.user_id, condition, 1000, None)
    return replies.ok({"records": [replies.record_row(record) for record in found]})


@blueprint.get("/records/export")
@require_key
def export() -> Response:
    found, _ = store.records.of_owner(g.user_id, None, 1000, None)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["record_id", "title", "stage"])
    writer.writerows([record["record_id"], cell(record["title"]), record["stage"]] for record in found)
    return Response(sheet.getvalue(), mimetype="text/csv")


@blueprint.get("/open")
@require_key
def open_from_mail() -> AnyResponse:
    return redirect(url_for("records.list_own"))


def described() -> dict[str, Any]:
    """What the body says of a record, with what the service adds."""
    body = validation.body()
    return {
        "owner_id": g.user_id,
        "title": validation.text(body, "title"),
        "note": validation.text(body, "note", 4000),
        "stage": "draft",
        "created_at": datetime.now(timezone.utc).isoformat(),
    }


def owned(record_id: str) -> Any:
    """The caller's record of this id, if there is one."""
    return store.records.find(validation.shaped(record_id, validation.RECORD_ID, "record_id"), g.user_id)


def stage(value: Any) -> str:
    """One of the known stages."""
    if value not in STAGES:
        raise validation.BadInput("stage must be one of " + ", ".join(STAGES))
    return value


def cell(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + value if value[:1] in ("=", "+", "-", "@") else value

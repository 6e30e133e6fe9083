"""Field records: write, list, read, move from stage to stage."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import datetime, timezone

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from . import replies, settings, store
from .auth import require_key
from .replies import Reply

blueprint = Blueprint("records", __name__)


def write(record_id: str) -> dict[str, str]:
    """Store what the body says under an id."""
    body = request.get_json()
    record = {
        "record_id": record_id,
        "owner_id": g.user_id,
        "api_key": g.api_key,
        "title": body["title"],
        "note": body["note"],
        "stage": "draft",
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    store.records.put(record)
    return record


@blueprint.post("/records")
@require_key
def create() -> Reply:
    return replies.ok({"record": replies.record_row(write("r" + secrets.token_hex(8)))}, 201)


@blueprint.get("/records")
@require_key
def list_own() -> Reply:
    limit = request.args.get("limit", settings.PAGE_SIZE, type=int)
    where, value = request.args.get("where"), request.args.get("is", "")
    found, last_key = store.records.written_with(g.api_key, where, value, limit, replies.requested_start())
    return replies.page("records", [replies.record_row(record) for record in found], last_key)


@blueprint.get("/records/<record_id>")
@require_key
def read(record_id: str) -> Reply:
    record = store.records.find(record_id)
    if record is None:
        return replies.failed("not found", 404)
    return replies.ok({"record": record})


@blueprint.get("/records/<record_id>/summary")
@require_key
def summary(record_id: str) -> Reply:
    record = store.records.find(record_id)
    if record is None or record["owner_id"] != g.user_id:
        return replies.failed("not found", 404)
    return replies.ok({"record": replies.record_row(record)})


@blueprint.put("/records/<record_id>")
@require_key
def replace(record_id: str) -> Reply:
    return replies.ok({"record": replies.record_row(write(record_id))})


@blueprint.post("/records/<record_id>/stage")
@require_key
def move(record_id: str) -> Reply:
    body = request.get_json()
    return replies.ok({"updated": store.records.move(record_id, body["from"], body["to"])})


@blueprint.post("/records/lookup")
@require_key
def look_up() -> Reply:
    found = store.records.find_many(request.get_json()["ids"])
    return replies.ok({"records": [replies.record_row(record) for record in found]})


@blueprint.get("/records/search")
@require_key
def search() -> Reply:
    return replies.ok({"records": store.records.search(g.user_id, request.args.get("stage", "draft"))})


@blueprint.get("/records/export")
@require_key
def export() -> Response:
    found, _ = store.records.written_with(g.api_key, None, "", 1000, None)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["record_id", "title", "stage"])
    writer.writerows([record["record_id"], record["title"], record["stage"]] for record in found)
    return Response(sheet.getvalue(), mimetype="text/csv")


@blueprint.get("/open")
@require_key
def open_from_mail() -> AnyResponse:
    return redirect(url_for("records.list_own", api_key=g.api_key))

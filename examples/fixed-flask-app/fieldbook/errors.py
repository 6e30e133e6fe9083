"""What a client gets when something fails: a fixed sentence and a number to ask about."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from .logs import log, request_id
from .validation import BadInput


def register(app: Flask) -> None:
    """Answer every failure with JSON."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(BadInput, misunderstood)
    app.register_error_handler(ClientError, storage_failed)
    app.register_error_handler(BotoCoreError, storage_failed)
    app.register_error_handler(Exception, crashed)


def refused(error: HTTPException) -> tuple[Response, int]:
    """Unknown route, wrong method, body that is no JSON."""
    return jsonify({"error": error.name}), error.code or 500


def misunderstood(error: BadInput) -> tuple[Response, int]:
    """Input of a wrong shape; the message is one of our own, never what was sent."""
    return jsonify({"error": error.message}), 400


def storage_failed(error: Exception) -> tuple[Response, int]:
    """DynamoDB said no. Its text may quote keys and items, so only the code is kept."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__
    log.error("%s storage error %s", request_id(), code)
    return jsonify({"error": "storage error", "request_id": request_id()}), 500


def crashed(error: Exception) -> tuple[Response, int]:
    """Anything else. Where it happened is logged, its text is not: it may quote input."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    log.error("%s %s at %s", request_id(), type(error).__name__, place)
    return jsonify({"error": "internal error", "request_id": request_id()}), 500

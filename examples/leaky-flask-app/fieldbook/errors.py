"""What a client gets when something fails."""

from __future__ import annotations

import traceback

from botocore.exceptions import ClientError
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException


def register(app: Flask) -> None:
    """Answer every failure with JSON."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(ClientError, storage_failed)
    app.register_error_handler(Exception, crashed)


def refused(error: HTTPException) -> tuple[Response, int]:
    """Unknown route, wrong method, body that is no JSON."""
    return jsonify({"error": error.name}), error.code or 500


def storage_failed(error: ClientError) -> tuple[Response, int]:
    """DynamoDB said no."""
    return jsonify({"error": "storage error", "detail": error.response}), 500


def crashed(error: Exception) -> tuple[Response, int]:
    """Anything else."""
    return jsonify({"error": "internal error", "detail": traceback.format_exc()}), 500

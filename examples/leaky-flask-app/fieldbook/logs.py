"""Logging of the service."""

from __future__ import annotations

import logging

import boto3
from flask import request

from . import settings

log = logging.getLogger("fieldbook")


def configure() -> None:
    """Log to stderr; with FIELDBOOK_TRACE_AWS=1 the SDK talks too."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if settings.TRACE_AWS:
        boto3.set_stream_logger("botocore", logging.DEBUG)


def note_request() -> None:
    """One line for each request, to follow what the devices send."""
    log.info("%s %s %s", request.method, request.path, dict(request.headers))

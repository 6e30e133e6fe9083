"""Logging of the service: one JSON line for each answer, made of the application's own words only."""

from __future__ import annotations

import json
import logging
import secrets

from flask import Response, g, request

log = logging.getLogger("fieldbook")


class JsonLines(logging.Formatter):
    """One line of JSON a record: JSON escapes control characters, so no input can forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"level": record.levelname, "logger": record.name, "message": record.getMessage()})


def configure() -> None:
    """Log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    # The development server logs the raw request line, query string included; note_answer stands in for it.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


def request_id() -> str:
    """A random name for this request, the same in its answer and in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return g.request_id


def note_answer(response: Response) -> Response:
    """Log method, route template and status: the template holds no value that a client sent."""
    route = request.url_rule.rule if request.url_rule else "unknown route"
    log.info("%s %s %s %s", request_id(), request.method, route, response.status_code)
    return response

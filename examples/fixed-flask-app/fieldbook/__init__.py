"""Fieldbook: people keep field records, their devices write them with API keys."""

from __future__ import annotations

from flask import Flask, Response

from . import accounts, admin, errors, keys, logs, records, settings


def create_app() -> Flask:
    """Build the application with its routes, error handlers and logging."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.LARGEST_BODY
    logs.configure()
    app.after_request(logs.note_answer)
    app.after_request(harden)
    errors.register(app)
    for part in (accounts, keys, records, admin):
        app.register_blueprint(part.blueprint)
    return app


def harden(response: Response) -> Response:
    """Nothing of an answer is kept by a cache, framed, or read as another type."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""Fieldbook: people keep field records, their devices write them with API keys."""

from __future__ import annotations

from flask import Flask

from . import accounts, admin, errors, keys, logs, records


def create_app() -> Flask:
    """Build the application with its routes, error handlers and logging."""
    app = Flask(__name__)
    logs.configure()
    app.before_request(logs.note_request)
    errors.register(app)
    for part in (accounts, keys, records, admin):
        app.register_blueprint(part.blueprint)
    return app

"""Entry point: `flask run` finds the application factory here."""

from __future__ import annotations

from fieldbook import create_app

app = create_app()

if __name__ == "__main__":
    app.run(debug=True)

#!/bin/sh
# Makes the virtual environment that the tests run apps in (default: target/test-venv of this repository), once.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
venv=${1:-$root/target/test-venv}
wanted="argon2-cffi bcrypt flask boto3 chalice fastapi flask-cors flask-jwt-extended flask-restful flask-restx flask-sieve httpx marshmallow moto passlib pynamodb pytest requests ruff twilio"
if [ "$(cat "$venv/stanch-installed.txt" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi
mkdir -p "$(dirname "$venv")"
"${PYTHON:-python3}" -m venv "$venv"
# shellcheck disable=SC2086 # a list of words
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input $wanted
printf '%s\n' "$wanted" > "$venv/stanch-installed.txt"

"""Names of tables and limits, each table with its environment variable."""

from __future__ import annotations

import os
import secrets

USERS_TABLE = os.environ.get("FIELDBOOK_USERS_TABLE", "fieldbook-users")
KEYS_TABLE = os.environ.get("FIELDBOOK_KEYS_TABLE", "fieldbook-keys")
RECORDS_TABLE = os.environ.get("FIELDBOOK_RECORDS_TABLE", "fieldbook-records")
ATTEMPTS_TABLE = os.environ.get("FIELDBOOK_ATTEMPTS_TABLE", "fieldbook-attempts")
REGION = os.environ.get("AWS_DEFAULT_REGION", "eu-west-1")
# Signs page tokens. Processes that share the work must share it; alone, a fresh one for each start is enough.
PAGE_SECRET = os.environ.get("FIELDBOOK_PAGE_SECRET") or secrets.token_hex(32)
PAGE_SIZE = 20
LARGEST_PAGE = 100
LARGEST_BODY = 64 * 1024
KEY_DAYS = 90
ATTEMPTS_A_MINUTE = 10

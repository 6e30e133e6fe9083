"""Names of tables and switches, each with its environment variable."""

from __future__ import annotations

import os

USERS_TABLE = os.environ.get("FIELDBOOK_USERS_TABLE", "fieldbook-users")
KEYS_TABLE = os.environ.get("FIELDBOOK_KEYS_TABLE", "fieldbook-keys")
RECORDS_TABLE = os.environ.get("FIELDBOOK_RECORDS_TABLE", "fieldbook-records")
REGION = os.environ.get("AWS_DEFAULT_REGION", "eu-west-1")
TRACE_AWS = os.environ.get("FIELDBOOK_TRACE_AWS") == "1"
PAGE_SIZE = 20

"""What the program that started this process wants; written by it, read once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class Entry:
    """The app to start."""

    module: str
    name: Optional[str] = None
    factory: bool = False
    #: Directory to import from, relative to the copy of the project.
    root: str = ""
    #: Plain Lambda handlers instead of an app, as (module, function, directory).
    handlers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Config:
    """Settings of one run."""

    #: Port of the control connection on 127.0.0.1.
    control: int
    #: Proof for the other side, and part of the marks in the output.
    nonce: str
    #: The copy of the project that runs.
    copy: str
    #: Where the copy was made from. Code that is installed in place (``pip install -e``) still runs from there.
    original: str
    #: The user's real home directory, whose credential files stay closed.
    home: str
    #: Directory that everything temporary lies in.
    scratch: str
    #: Ports on loopback that may be connected to.
    ports: frozenset[int] = field(default_factory=frozenset)
    #: Where DynamoDB answers.
    front: str = ""
    #: Where every other AWS service answers, if anything does.
    stub: Optional[str] = None
    #: Seconds after which a start that is not done tells where it hangs.
    patience: float = 20.0
    #: Whether a command of the user's own is watched to its end, rather than an app asked.
    suite: bool = False
    #: Whether all of loopback is nobody's but ours.
    own_loopback: bool = False
    entry: Optional[Entry] = None


def load(path: Optional[str] = None) -> Config:
    """Read the settings from the file that ``STANCH_WATCH`` names."""
    with open(path or os.environ["STANCH_WATCH"], encoding="utf-8") as file:
        values: dict[str, Any] = json.load(file)
    entry = values.pop("entry", None)
    if entry:
        entry["handlers"] = tuple(tuple(handler) for handler in entry.get("handlers") or ())
    values["ports"] = frozenset(values.get("ports", ()))
    return Config(entry=Entry(**entry) if entry else None, **values)

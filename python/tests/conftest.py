"""What the tests of the runner share."""

from __future__ import annotations

import itertools
import sys

import pytest

from stanch_runner import parameters, probe
from stanch_runner.after_import import AfterImport
from stanch_runner.places import Places

_numbers = itertools.count(1)


class Told:
    """A control connection that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[dict] = []

    def send(self, kind: str, **values: object) -> None:
        self.events.append({"type": kind, **values})

    def of(self, kind: str) -> list[dict]:
        return [event for event in self.events if event["type"] == kind]


@pytest.fixture(scope="session")
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def imports(told):
    failures: list[str] = []
    finder = AfterImport(lambda module, error: failures.append(f"{module}: {error}"))
    sys.meta_path.insert(0, finder)
    # Once a process, as in an app.
    parameters.install(finder, told, Places("", ""))
    yield finder
    sys.meta_path.remove(finder)
    assert not failures


@pytest.fixture
def within_probe():
    number = next(_numbers)
    token = probe._current.set(number)
    yield number
    probe._current.reset(token)

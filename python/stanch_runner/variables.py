"""Environment variables that the app asked for and that are not set: the likeliest reason why an import fails."""

from __future__ import annotations

import os
from typing import Any

from stanch_runner.places import Places

#: Most names that are kept.
MAX_NAMES = 20


class Variables:
    """Watches `os.environ` while the app is imported."""

    def __init__(self, places: Places) -> None:
        """Nothing is watched before `watch`."""
        self.unset: list[str] = []
        self._places = places
        self._base: Any = None

    def watch(self) -> None:
        """Give `os.environ` a class of the same name that remembers what it did not have."""
        base: Any = type(os.environ)
        remember = self._remember

        def getitem(self: Any, key: Any) -> Any:
            try:
                return base.__getitem__(self, key)
            except KeyError:
                remember(key)
                raise

        self._base = base
        telling = type(base.__name__, (base,), {"__getitem__": getitem, "__module__": base.__module__})
        os.environ.__class__ = telling

    def leave(self) -> None:
        """Give `os.environ` its own class back: the app runs."""
        if self._base is not None:
            os.environ.__class__ = self._base

    def _remember(self, key: Any) -> None:
        if not isinstance(key, str) or key in self.unset or len(self.unset) >= MAX_NAMES:
            return
        # `os.getenv` > `Mapping.get` > `__getitem__` > here: only the app's own questions, not those of its libraries.
        if self._places.asks(depth=3):
            self.unset.append(key)

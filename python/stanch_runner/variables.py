"""Environment variables that the app asked for and that are not set: the likeliest reason why an import fails."""

from __future__ import annotations

import functools
import os
from types import ModuleType
from typing import Any

from stanch_runner.after_import import AfterImport
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


def make_up_settings(imports: AfterImport) -> None:
    """Let python-decouple give a text for a setting that is nowhere, once the app runs: a view may ask for it late.

    While the app is imported, such a setting is told as missing, and the app is started again with one.
    """
    imports.watch("decouple", _patch_decouple)


def _patch_decouple(module: ModuleType) -> None:
    get = module.Config.get

    @functools.wraps(get)
    def settled(self: Any, option: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return get(self, option, *args, **kwargs)
        except module.UndefinedValueError:
            text = str(option).lower().replace("_", "-")
            cast = args[1] if len(args) > 1 else kwargs.get("cast")
            try:
                return cast(text) if callable(cast) else text
            except (TypeError, ValueError):
                return cast("1")

    module.Config.get = settled

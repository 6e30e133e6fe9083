"""Runs our code right after a module of a library was imported, however late that is."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, Optional

Patch = Callable[[ModuleType], None]


class AfterImport(MetaPathFinder):
    """A finder that asks the others and has the module's loader call back."""

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        """`failed` is told when a patch does not fit the library's version; the import itself goes on."""
        self._failed = failed
        self._patches: dict[str, list[Patch]] = {}

    def watch(self, module: str, patch: Patch) -> None:
        """Call `patch` with the module as soon as it is there."""
        if module in sys.modules:
            self._apply(patch, sys.modules[module])
        else:
            self._patches.setdefault(module, []).append(patch)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """Find as the other finders do; wrap the loader when the module is watched."""
        if fullname not in self._patches:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(fullname, path, target) if find else None
            if spec is not None:
                if spec.loader is not None:
                    self._wrap(fullname, spec.loader)
                return spec
        return None

    def _wrap(self, name: str, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            for patch in self._patches.pop(name, []):
                self._apply(patch, module)

        try:
            loader.exec_module = exec_module
        except AttributeError as error:
            self._failed(name, error)

    def _apply(self, patch: Patch, module: ModuleType) -> None:
        try:
            patch(module)
        except Exception as error:  # noqa: BLE001 - a patch that does not fit must not stop the app
            self._failed(module.__name__, error)

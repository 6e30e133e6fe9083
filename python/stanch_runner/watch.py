"""Puts the watch up: wall, SDK, logs and request parameters. Once a process, before the user's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from stanch_runner import hashing, logs, metadata, parameters, probe
from stanch_runner.after_import import AfterImport
from stanch_runner.config import Config, load
from stanch_runner.control import Control
from stanch_runner.outgoing import Outgoing
from stanch_runner.places import Places
from stanch_runner.sdk import Sdk
from stanch_runner.wall import Wall


@dataclass(frozen=True)
class Watch:
    """What stands."""

    config: Config
    control: Control
    places: Places
    imports: AfterImport


_watch: Optional[Watch] = None


def begin() -> Watch:
    """Put everything up, or give back what stands already."""
    global _watch
    if _watch is None:
        _watch = _put_up(load())
    return _watch


def _put_up(config: Config) -> Watch:
    import sys

    control = Control(config.control, config.nonce)
    places = Places(config.copy, config.original)

    def misfit(module: str, error: Exception) -> None:
        control.send("misfit", module=module, error=f"{type(error).__name__}: {error}")

    imports = AfterImport(misfit)
    sys.meta_path.insert(0, imports)
    Wall(config, control, places).raise_up()
    sdk = Sdk(config, control, places)
    sdk.install(imports)
    Outgoing(config, control, places).install(imports)
    parameters.install(imports, control, places)
    logs.install(control, places)
    metadata.install(config, control, places)
    probe.follow_threads()
    if not config.suite:
        hashing.install(imports)
    # Late: they need what is set up here.
    if config.suite:
        from stanch_runner.suite import Suite

        suite = Suite(control, places, config.nonce)
        suite.install(imports)
        sdk.on_items = suite.tell_items
    elif config.entry is None:
        from stanch_runner.served import Served

        Served(control, places, config.nonce).install(imports)
    return Watch(config, control, places, imports)

"""Loaded by every Python that the app starts, because this directory stands on ``PYTHONPATH``.

It puts the wall up before any line of the user's code runs, then loads the ``sitecustomize`` that it hides: many
distributions ship one.
"""

from __future__ import annotations

import os
import sys


def _load_hidden() -> None:
    """Run the ``sitecustomize`` that would have been found without ours."""
    import importlib.machinery
    import importlib.util

    here = os.path.dirname(os.path.abspath(__file__))
    paths = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", paths)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if os.environ.get("STANCH_WATCH"):
    from stanch_runner import watch

    watch.begin()
_load_hidden()

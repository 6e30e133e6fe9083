"""Lets the app hash passwords at the least cost that each library allows.

To take long is all that the cost is for, and a run that registers and logs in over and over would spend a third of its
time on it. A hash says by itself how it was made, so one that comes from elsewhere is verified at the cost it names.
"""

from __future__ import annotations

import functools
import inspect
from types import ModuleType
from typing import Any, Callable

from stanch_runner.after_import import AfterImport

#: The least costs that OpenSSL (scrypt's memory limit as Werkzeug sets it), bcrypt and Argon2 (RFC 9106, 3.1) take.
SCRYPT = "scrypt:128:1:1"
BCRYPT = 4
ARGON2 = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


def install(imports: AfterImport) -> None:
    """Patch what hashes passwords once it is imported."""
    imports.watch("werkzeug.security", _patch_werkzeug)
    imports.watch("bcrypt", _patch_bcrypt)
    imports.watch("passlib.utils.handlers", _patch_passlib)
    imports.watch("argon2._password_hasher", _patch_argon2)


def _patch_werkzeug(module: ModuleType) -> None:
    generate: Callable[..., str] = module.generate_password_hash
    signature = inspect.signature(generate)

    @functools.wraps(generate)
    def generate_password_hash(*args: Any, **kwargs: Any) -> str:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        bound.arguments["method"] = _cheap(bound.arguments["method"])
        return generate(*bound.args, **bound.kwargs)

    module.generate_password_hash = generate_password_hash  # type: ignore[attr-defined]


def _cheap(method: Any) -> Any:
    """`scrypt:32768:8:1` and `pbkdf2:sha256:600000` as cheap; a method that is none of these, or wrong, as it is."""
    name, *costs = method.split(":") if isinstance(method, str) else [""]
    if name == "scrypt" and len(costs) in (0, 3) and all(cost.isdigit() for cost in costs):
        return SCRYPT
    if name == "pbkdf2" and len(costs) <= 2 and all(cost.isdigit() for cost in costs[1:]):
        return f"pbkdf2:{costs[0] if costs else 'sha256'}:1"
    return method


def _patch_bcrypt(module: ModuleType) -> None:
    make: Callable[..., bytes] = module.gensalt

    @functools.wraps(make)
    def gensalt(rounds: int = 12, prefix: bytes = b"2b") -> bytes:
        return make(BCRYPT if rounds in range(BCRYPT, 32) else rounds, prefix)

    module.gensalt = gensalt  # type: ignore[attr-defined]


def _patch_passlib(module: ModuleType) -> None:
    """Every scheme with a cost takes it from here for a new hash."""
    module.HasRounds._generate_rounds = classmethod(lambda scheme: scheme.min_rounds)


def _patch_argon2(module: ModuleType) -> None:
    begin: Callable[..., None] = module.PasswordHasher.__init__
    signature = inspect.signature(begin)

    @functools.wraps(begin)
    def init(*args: Any, **kwargs: Any) -> None:
        bound = signature.bind(*args, **kwargs)
        bound.arguments.update(ARGON2)
        begin(*bound.args, **bound.kwargs)

    module.PasswordHasher.__init__ = init

from __future__ import annotations

import importlib
import sys

import pytest

from stanch_runner import hashing
from stanch_runner.after_import import AfterImport


@pytest.fixture
def cheaply():
    """Import a module anew under the patches; what other tests have imported stays as it was."""
    failures: list[str] = []
    finder = AfterImport(lambda module, error: failures.append(f"{module}: {error}"))
    before: dict = {}

    def load(name: str, *watched: str):
        for known in (name, *watched):
            before[known] = sys.modules.pop(known, None)
        hashing.install(finder)
        sys.meta_path.insert(0, finder)
        return importlib.import_module(name)

    yield load
    sys.meta_path.remove(finder)
    for name, module in before.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module
    assert not failures


@pytest.mark.parametrize(
    ("method", "begins"),
    [
        (None, "scrypt:128:1:1$"),
        ("scrypt:32768:8:1", "scrypt:128:1:1$"),
        ("pbkdf2", "pbkdf2:sha256:1$"),
        ("pbkdf2:sha512:600000", "pbkdf2:sha512:1$"),
    ],
)
def test_werkzeug_hashes_at_the_least_cost_and_verifies_at_the_one_that_is_named(cheaply, method, begins):
    import werkzeug.security as dear

    costly = dear.generate_password_hash("p", "scrypt:1024:8:1")
    security = cheaply("werkzeug.security")
    made = security.generate_password_hash("p", **({"method": method} if method else {}))
    assert made.startswith(begins)
    assert security.check_password_hash(made, "p") and not security.check_password_hash(made, "q")
    assert security.check_password_hash(costly, "p") and not security.check_password_hash(costly, "q")


def test_what_werkzeug_refuses_is_refused(cheaply):
    security = cheaply("werkzeug.security")
    with pytest.raises(ValueError):
        security.generate_password_hash("p", "scrypt:many")
    with pytest.raises(ValueError):
        security.generate_password_hash("p", "pbkdf2:sha256:1:2")


def test_bcrypt_makes_cheap_salts(cheaply):
    bcrypt = cheaply("bcrypt")
    made = bcrypt.hashpw(b"p", bcrypt.gensalt(14))
    assert made.startswith(b"$2b$04$") and bcrypt.checkpw(b"p", made) and not bcrypt.checkpw(b"q", made)
    costly = bcrypt.hashpw(b"p", b"$2b$06$" + made[7:29])
    assert bcrypt.checkpw(b"p", costly)
    with pytest.raises(ValueError):
        bcrypt.gensalt(3)


def test_argon2_does_not_ask_for_what_it_made_to_be_made_again(cheaply):
    argon2 = cheaply("argon2", "argon2._password_hasher")
    hasher = argon2.PasswordHasher(time_cost=9)
    made = hasher.hash("p")
    assert "m=8,t=1,p=1" in made and hasher.verify(made, "p") and not hasher.check_needs_rehash(made)


def test_passlib_takes_the_least_rounds_of_each_scheme(cheaply):
    names = [name for name in sys.modules if name.partition(".")[0] == "passlib"]
    context = cheaply("passlib.context", "passlib.utils.handlers", *names).CryptContext(schemes=["pbkdf2_sha256"])
    made = context.hash("p")
    assert made.startswith("$pbkdf2-sha256$1$") and context.verify("p", made) and not context.verify("q", made)

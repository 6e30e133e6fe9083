"""Say which imports of a project do not work in this interpreter: ``python stanch_imports.py PROJECT``.

Only packages of other people are imported, none of the project's own code. The answer is one line of JSON:
``{"missing": [top-level modules], "broken": [top-level modules]}``.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Iterator

#: Directories that hold no code of the app.
SKIPPED = frozenset(("node_modules", "site-packages", "__pycache__", "tests", "test", "docs", "venv", "env"))

#: Packages that a name of another one needs and asks for only when it is used.
NEEDED = {
    "EmailStr": "email_validator",
    "File": "multipart",
    "Form": "multipart",
    "OAuth2PasswordRequestForm": "multipart",
    "UploadFile": "multipart",
}

#: Most files and bytes of one file that are read.
FILES = 500
BYTES = 1 << 20


def files(project: str) -> Iterator[str]:
    """Python files of the project, in order."""
    left = FILES
    for directory, below, names in os.walk(project):
        inside = sorted(name for name in below if name not in SKIPPED and not name.startswith("."))
        below[:] = [name for name in inside if not os.path.exists(os.path.join(directory, name, "pyvenv.cfg"))]
        for name in sorted(names):
            path = os.path.join(directory, name)
            if name.endswith(".py") and not name.startswith("test_") and os.path.getsize(path) <= BYTES:
                yield path
                left -= 1
                if not left:
                    return


def imports(tree: ast.AST, guarded: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Modules with the names taken from them; what stands in a ``try`` may be absent."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import) and not guarded:
            for alias in node.names:
                yield alias.name, []
        elif isinstance(node, ast.ImportFrom) and not guarded:
            if node.level == 0 and node.module:
                yield node.module, [alias.name for alias in node.names if alias.name != "*"]
        else:
            yield from imports(node, guarded or isinstance(node, ast.Try))


def works(module: str, names: list[str]) -> str:
    """`missing`, `broken`, or nothing."""
    top = module.partition(".")[0]
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        return "missing" if error.name == top else "broken"
    except BaseException:  # noqa: BLE001 - whatever a package of the wrong version raises
        return "broken"
    for name in names:
        try:
            if not hasattr(found, name):
                importlib.import_module(f"{module}.{name}")
        except BaseException:  # noqa: BLE001 - pydantic raises errors of its own for names that moved
            return "broken"
    return ""


def main(project: str) -> None:
    """Print the answer."""
    wanted: dict[str, set[str]] = {}
    local: set[str] = set()
    for path in files(project):
        directory, name = os.path.split(path)
        local.add(name[: -len(".py")])
        local.update(os.path.relpath(directory, project).split(os.sep))
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                tree = ast.parse(file.read())
        except (SyntaxError, ValueError, RecursionError, OSError):
            continue
        for module, names in imports(tree):
            wanted.setdefault(module, set()).update(names)
    own = set(getattr(sys, "stdlib_module_names", ())) | local
    found: dict[str, set[str]] = {"missing": set(), "broken": set()}
    with contextlib.redirect_stdout(io.StringIO()):
        for module, names in sorted((module, sorted(names)) for module, names in wanted.items()):
            top = module.partition(".")[0]
            what = works(module, names) if top not in own else ""
            if what:
                found[what].add(top)
            for name in names if top in ("fastapi", "pydantic", "starlette") else ():
                if name in NEEDED and works(NEEDED[name], []):
                    found["missing"].add(NEEDED[name])
    print(json.dumps({what: sorted(modules) for what, modules in found.items()}))


if __name__ == "__main__":
    main(sys.argv[1])

"""Imports the user's module and finds the app in it; a failure is told with what is missing and the user's own line."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import re
import sys
import traceback
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any, Optional

from stanch_runner.config import Entry
from stanch_runner.control import Control
from stanch_runner.lambdas import Gateway
from stanch_runner.places import ENVIRONMENT, Place, Places

NAMES = ("app", "application", "api", "webapp", "server", "flask_app", "wsgi")
FACTORIES = ("create_app", "make_app", "build_app", "get_app", "app_factory", "init_app", "create_application")

#: What factories take in the wild, tried in turn where an argument has no default.
ARGUMENTS: tuple[Any, ...] = ("development", "default", None, "testing", {})


@dataclass
class App:
    """An app that was found."""

    #: `flask`, `fastapi`, `chalice` or `wsgi`.
    framework: str
    #: The framework's object, which knows the routes.
    object: Any
    #: What the server calls.
    callable: Any


@dataclass
class Failure(Exception):
    """Why there is no app."""

    reason: str
    message: str
    name: Optional[str] = None
    place: Optional[Place] = None
    trace: str = ""
    #: Environment variables that settings of pydantic miss.
    unset: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """The fields of the event."""
        values = {"reason": self.reason, "message": self.message, "name": self.name, "place": self.place}
        return {**values, "trace": self.trace[-8_000:]}


def load(entry: Entry, copy: str, places: Places, control: Optional[Control] = None) -> App:
    """Import the module, take the named object, call the factory."""
    _know_own_version(copy)
    try:
        if entry.handlers and control is not None:
            gateway = _handlers(entry, copy, control)
            return App("lambda", gateway, gateway)
        module = _import(entry, copy)
        found = _resolve(module, entry)
        app = _classify(found)
        if app is None and found is not None:
            raise Failure(
                "no-app", f"{entry.module}:{entry.name} is a {type(found).__name__}, no app that can be served"
            )
        if app is None:
            raise Failure("no-app", f"module {entry.module} holds no Flask, FastAPI or Chalice app")
        return app
    except Failure:
        raise
    except BaseException as error:
        raise failure_of(error, places) from error


def _know_own_version(copy: str) -> None:
    """An app asks for the version that it is installed as, and here it is not installed."""
    version = metadata.version

    @functools.wraps(version)
    def known(distribution_name: str) -> str:
        try:
            return version(distribution_name)
        except metadata.PackageNotFoundError:
            if _is_project(distribution_name, copy):
                return "0.0.0"
            raise

    metadata.version = known


def _is_project(name: str, copy: str) -> bool:
    plain = re.sub(r"[-_.]+", "_", str(name)).lower()
    if any(os.path.isdir(os.path.join(copy, *below, plain)) for below in ((), ("src",))):
        return True
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        try:
            with open(os.path.join(copy, file), encoding="utf-8", errors="replace") as opened:
                text = opened.read(1 << 16)
        except OSError:
            continue
        names = re.findall(r"^\s*name\s*=\s*[\"']?([\w.-]+)", text, re.MULTILINE)
        if plain in {re.sub(r"[-_.]+", "_", found).lower() for found in names}:
            return True
    return False


def _handlers(entry: Entry, copy: str, control: Control) -> Gateway:
    """All handlers that can be imported; each is a function of its own, so one that cannot leaves the others."""
    found: dict[str, Any] = {}
    first: Optional[BaseException] = None
    for name, function, root in entry.handlers:
        path = os.path.join(copy, root)
        sys.path.insert(0, path)
        # Directories of functions hold modules of the same name.
        others = {key for key, module in sys.modules.items() if _is_copy(module, copy)}
        for key in others:
            del sys.modules[key]
        try:
            module = importlib.import_module(name)
            found[f"{root}/{name}.{function}".strip("/").replace(".", "/")] = getattr(module, function)
        except BaseException as error:  # noqa: BLE001 - told if it was the only one
            first = first or error
        finally:
            sys.path.remove(path)
    if not found:
        raise first or Failure("no-app", "no handler could be imported")
    return Gateway(found, control)


def _is_copy(module: Any, copy: str) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(copy + os.sep)


def _import(entry: Entry, copy: str) -> ModuleType:
    """Import the module, from the top of the project where its directory is a package or files are missing."""
    for _ in range(NEIGHBOURS):
        try:
            return _import_here(entry, copy)
        except ModuleNotFoundError as error:
            beside = _beside(error, copy)
            if beside is None:
                raise
            # A script is started from its own directory, and finds there what stands beside it.
            sys.path.append(beside)
    return _import_here(entry, copy)


#: Directories that are added to the path at most, since modules of the project are looked for there.
NEIGHBOURS = 4


def _beside(error: ModuleNotFoundError, copy: str) -> Optional[str]:
    """The directory of the project's file that asked for the missing module, if the module stands there."""
    name, trace, found = (error.name or "").partition(".")[0], error.__traceback__, None
    while trace is not None:
        directory = os.path.dirname(trace.tb_frame.f_code.co_filename)
        if directory == copy or directory.startswith(copy + os.sep):
            found = directory
        trace = trace.tb_next
    if found is None or not name or found in sys.path:
        return None
    is_there = os.path.isfile(os.path.join(found, f"{name}.py")) or os.path.isdir(os.path.join(found, name))
    return found if is_there else None


def _import_here(entry: Entry, copy: str) -> ModuleType:
    try:
        return importlib.import_module(entry.module)
    except ImportError as error:
        if "no known parent package" not in str(error) or not entry.root:
            raise
        return importlib.import_module(".".join([*entry.root.split("/"), entry.module]))
    except FileNotFoundError as error:
        missing = error.filename
        if not isinstance(missing, str) or os.path.isabs(missing) or not os.path.exists(os.path.join(copy, missing)):
            raise
        # It is started from the top of the project, and opens its files relative to there.
        os.chdir(copy)
        return importlib.import_module(entry.module)


def failure_of(error: BaseException, places: Places) -> Failure:
    """Name what is missing, where the error says so."""
    place = places.raised(error.__traceback__)
    message = f"{type(error).__name__}: {error}"
    if error.__context__ is not None and not error.__suppress_context__:
        message += f" (while handling {type(error.__context__).__name__}: {error.__context__})"
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Failure("missing-package", message, error.name, place, trace)
    if isinstance(error, KeyError) and _from_environment(error):
        return Failure("missing-variable", message, str(error.args[0]), place, trace)
    unset = re.search(r"(?:environment variable|env var|Set the) [\"'`]?([A-Z][A-Z0-9_]+)", str(error))
    if unset or type(error).__name__ in ("UndefinedValueError", "EnvError"):
        name = unset.group(1) if unset else str(error).split(" ", 1)[0]
        return Failure("missing-variable", message, name, place, trace)
    if isinstance(error, SyntaxError) and error.filename:
        path = places.relative(error.filename)
        if path is not None:
            place = {"path": path, "line": error.lineno or 1, "symbol": None}
    if isinstance(error, SystemExit):
        message = f"it ended itself with exit code {error.code!r} while it was imported"
    return Failure("import-error", message, None, place, trace, _missed_settings(error))


def _missed_settings(error: BaseException) -> tuple[str, ...]:
    """Fields that a model of pydantic misses: while an app is imported, that is one of its settings."""
    errors = getattr(error, "errors", None)
    if type(error).__name__ != "ValidationError" or not callable(errors):
        return ()
    missed = [one for one in errors() if "missing" in str(one.get("type")) and len(one.get("loc", ())) == 1]
    return tuple(str(one["loc"][0]).upper() for one in missed[:20])


def _from_environment(error: KeyError) -> bool:
    """Whether it was `os.environ[...]` that raised: the mapping is the innermost frame."""
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return os.path.basename(trace.tb_frame.f_code.co_filename) in ENVIRONMENT


def _resolve(module: ModuleType, entry: Entry) -> Any:
    if entry.name is None:
        return _search(module)
    call = re.fullmatch(r"([\w.]+)\s*(\(.*\))?", entry.name, re.DOTALL)
    if call is None:
        raise Failure("no-app", f"{entry.name!r} is neither a name nor a call")
    found: Any = module
    for part in call.group(1).split("."):
        if not hasattr(found, part):
            raise Failure("no-app", f"module {entry.module} has no {call.group(1)}")
        found = getattr(found, part)
    if call.group(2) and call.group(2).strip("() \n"):
        arguments, keywords = _literals(entry.name)
        return found(*arguments, **keywords)
    if entry.factory or call.group(2) or (_classify(found) is None and inspect.isfunction(found)):
        return _make(found)
    return found


def _literals(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Arguments of `create_app("x", debug=True)`; only literals, as `flask --app` has it."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        assert isinstance(call, ast.Call)
        keywords = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        return [ast.literal_eval(argument) for argument in call.args], keywords
    except (AssertionError, SyntaxError, ValueError) as error:
        raise Failure("no-app", f"the arguments in {text!r} are no literals") from error


def _search(module: ModuleType) -> Any:
    """The app of a module that nobody named: usual names, any app object, usual factories."""
    values = [getattr(module, name, None) for name in NAMES] + list(vars(module).values())
    for value in values:
        if _classify(value) is not None:
            return value
    for name in FACTORIES:
        factory = getattr(module, name, None)
        if inspect.isfunction(factory):
            made = _make(factory)
            if _classify(made) is not None:
                return made
    return None


def _make(factory: Any) -> Any:
    """Call a factory, giving what it insists on."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return factory()
    needed = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    if not needed:
        return factory()
    first: Optional[Exception] = None
    for argument in ARGUMENTS:
        try:
            made = factory(*[argument] * len(needed))
        except Exception as error:  # noqa: BLE001 - the next argument may fit; the first error is told
            first = first or error
            continue
        if _classify(made) is not None:
            return made
    raise first or Failure("no-app", f"{getattr(factory, '__name__', 'the factory')} makes no app")


def _classify(value: Any) -> Optional[App]:
    """What it is, by the modules of its classes: an app of a package that is not imported cannot be there."""
    if value is None or isinstance(value, (type, ModuleType)):
        return None
    names = {(base.__module__.partition(".")[0], base.__name__) for base in type(value).__mro__}
    if ("flask", "Flask") in names:
        return App("flask", value, value)
    if ("starlette", "Starlette") in names or ("fastapi", "FastAPI") in names:
        return App("fastapi", value, value)
    if ("chalice", "Chalice") in names:
        return App("chalice", value, value)
    inner = getattr(value, "app", None) if type(value).__module__.partition(".")[0] in EXTENSIONS else None
    if inner is not None:
        return _classify(inner)
    return _wrapped(value) if callable(value) and not inspect.isroutine(value) else None


#: Packages whose objects stand for an app and keep it as `app`: `Api(app)`.
EXTENSIONS = frozenset(("flask_restx", "flask_restful", "flask_restplus", "connexion", "flask_openapi3"))


def _wrapped(value: Any) -> Optional[App]:
    """A middleware around an app (`ProxyFix(app)`): the routes are those of the app inside."""
    for _ in range(8):
        inner = next(
            (getattr(value, name) for name in ("app", "wsgi_app", "application") if hasattr(value, name)), None
        )
        owner = getattr(inner, "__self__", inner)
        if owner is None:
            return None
        if "flask" in sys.modules and isinstance(owner, sys.modules["flask"].Flask):
            return App("flask", owner, value)
        value = owner
    return None

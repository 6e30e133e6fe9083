from __future__ import annotations

import importlib.metadata
import sys

import pytest

from stanch_runner import loading
from stanch_runner.config import Entry
from stanch_runner.places import Places


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(importlib.metadata, "version", importlib.metadata.version)
    before = set(sys.modules)

    def write(**files: str):
        for name, text in files.items():
            file = tmp_path.joinpath(*name.split("__SLASH__"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return str(tmp_path)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def load(module: str, copy: str):
    return loading.load(Entry(module, "app"), copy, Places(copy, ""))


APP = "from flask import Flask\napp = Flask(__name__)\n"


def test_a_script_finds_what_stands_beside_it(project):
    copy = project(**{"main__SLASH__served_here.py": f"import beside_it\n{APP}", "main__SLASH__beside_it.py": ""})
    assert load("main.served_here", copy).framework == "flask"


def test_what_stands_nowhere_is_a_missing_package(project):
    copy = project(**{"served_there.py": f"import stands_nowhere\n{APP}"})
    with pytest.raises(loading.Failure) as failure:
        load("served_there", copy)
    assert (failure.value.reason, failure.value.name) == ("missing-package", "stands_nowhere")


def test_the_project_s_own_version_is_known_and_no_other(project):
    text = "from importlib.metadata import version\nversion('my.project')\n"
    copy = project(**{"with_version.py": text + APP, "pyproject.toml": '[project]\nname = "my-project"\n'})
    assert load("with_version", copy).framework == "flask"
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("another-project")


def test_settings_that_pydantic_misses_are_named(project):
    text = "from pydantic import BaseModel\nclass Settings(BaseModel):\n    mail_key: str\n    n: int = 1\nSettings()\n"
    with pytest.raises(loading.Failure) as failure:
        load("with_settings", project(**{"with_settings.py": text + APP}))
    assert failure.value.unset == ("MAIL_KEY",)

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stanch_runner import logs, probe

RUNNER = Path(__file__).resolve().parent.parent


class Listener:
    """The other side of the control connection."""

    def __init__(self, folder: Path, **settings) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.lines: list[dict] = []
        self.threads: list[threading.Thread] = []
        config = {"control": self.server.getsockname()[1], "nonce": "n", "copy": str(folder), "original": ""}
        config |= {"home": str(folder / "home"), "scratch": str(folder), **settings}
        self.config = folder / "watch.json"
        self.config.write_text(json.dumps(config))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self.server.accept()
            thread = threading.Thread(target=self._read, args=(connection,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _read(self, connection: socket.socket) -> None:
        for line in connection.makefile():
            self.lines.append(json.loads(line))

    def run(self, source: str, folder: Path) -> str:
        script = folder / "script.py"
        script.write_text(source)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(RUNNER), "STANCH_WATCH": str(self.config)}
        done = subprocess.run(
            [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60
        )
        for thread in self.threads:
            thread.join(5)
        return done.stdout + done.stderr


def test_the_wall_stands_in_children_of_the_app_too(tmp_path):
    listener = Listener(tmp_path)
    child = "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)"
    out = listener.run(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])", tmp_path)
    assert "ConnectionRefusedError: [Errno 111] stanch" in out
    assert [line["address"] for line in listener.lines if line["type"] == "refused"] == ["127.0.0.1:9"]
    assert sum(line["type"] == "hello" for line in listener.lines) == 2


def test_a_fork_tells_on_a_connection_of_its_own(tmp_path):
    listener = Listener(tmp_path)
    source = """
import os, socket
if os.fork() == 0:
    try:
        socket.create_connection(("10.0.0.1", 80), 1)
    finally:
        os._exit(0)
os.wait()
"""
    listener.run(source, tmp_path)
    refused = [line for line in listener.lines if line["type"] == "refused"]
    assert [(line["address"], line["source"]["line"]) for line in refused] == [("10.0.0.1:80", 5)]


@pytest.mark.parametrize("path", ["home/.aws/credentials", "x/../home/.aws/config", "home/.ssh/id_rsa", "home/.netrc"])
def test_credential_files_are_closed_and_others_open(tmp_path, path):
    listener = Listener(tmp_path)
    for name in ("home/.aws/credentials", "home/.aws/config", "home/.ssh/id_rsa", "home/.netrc", "home/notes"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("open")
    (tmp_path / "x").mkdir()
    source = f"import os\nos.chdir({str(tmp_path)!r})\nprint(open('home/notes').read())\nopen({path!r})"
    out = listener.run(source, tmp_path)
    assert out.startswith("open") and "FileNotFoundError" in out
    assert [line["type"] for line in listener.lines if line["type"] == "file-refused"] == ["file-refused"]


def test_the_hidden_sitecustomize_is_loaded(tmp_path):
    listener = Listener(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("print('theirs')\n")
    script = tmp_path / "script.py"
    script.write_text("")
    paths = f"{RUNNER}{os.pathsep}{other}"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "STANCH_WATCH": str(listener.config)}
    out = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60)
    assert out.stdout == "theirs\n"


@pytest.mark.parametrize(
    ("value", "number"), [("7", 7), (b"12", 12), ("", None), ("7a", None), ("٣", None), (None, None)]
)
def test_only_numbers_are_probes(value, number):
    assert probe.parse(value) == number


def test_a_record_is_emitted_when_a_handler_takes_its_level():
    logger = logging.Logger("of.its.own")
    assert logs._is_emitted(logger, logging.WARNING) and not logs._is_emitted(logger, logging.INFO)
    handler = logging.StreamHandler()
    handler.setLevel(logging.ERROR)
    logger.addHandler(handler)
    assert logs._is_emitted(logger, logging.ERROR) and not logs._is_emitted(logger, logging.WARNING)
    logger.handlers = [logging.NullHandler()]
    assert not logs._is_emitted(logger, logging.CRITICAL)

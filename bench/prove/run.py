"""Times `stanch prove` on apps of other people, beside schemathesis on the same apps, and what watching costs an app.

For each app: seconds, requests and the share of its routes that answered with success, by `stanch prove`; then by
schemathesis, driving the same app on the same embedded DynamoDB for about as many requests. Then, on one app, the CPU
time of the server process for the same requests with and without the shim, as the median of interleaved pairs.

    cargo build --release -p stanch && cargo build --release -p stanch-dynamodb --example world
    python3 -m venv target/st && target/st/bin/pip install schemathesis
    python3 -m venv target/apps && target/apps/bin/pip install flask boto3     # and what the apps import
    python3 bench/prove/run.py CHECKOUTS --stanch target/release/stanch --world target/release/examples/world \
        --python target/apps/bin/python --schemathesis target/st/bin/schemathesis

CHECKOUTS holds a directory OWNER+NAME for each app of APPS; those that are not there are left out and said so.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import http.server
import json
import os
import re
import socket
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

#: Apps of the labelled corpus that run on Flask, each with what holds the app, as `flask --app` takes it, behind the
#: directory that it is started in.
APPS = {
    "indimasia+flask-dynamodb": "app",
    "Vamsi9087+Two-Tier-Web-App-Flask-DynamoDB-Terraform": "app",
    "rohitha-sk+flask-dynamodb-app1": "app",
    "sachisabya28+Flask-dynamo": "run",
    "Connorf88+flask-dynamo-project": "flask-dynamo-project/app",
    "umgbhalla+serverless-flask-api-boto3-iam": "app",
    "pgrzesik+serverless-flask": "app",
    "ongraphpythondev+serverless-flask": "app",
    "revvi+serverless-api-flask-dynamodb": "app",
    "AnjanaPasinduMadushan+login_signup_flask": "flask_login_app/app",
}
RUNNER = Path(__file__).resolve().parent.parent.parent / "python"
PAIRS = 10
REQUESTS = 300


class Counter(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Hands requests on to the app and notes what each got."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = port
        self.seen: list[tuple[str, str, int]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    server: Counter

    def relay(self) -> None:
        """Hand it on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        status = 502
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError), contextlib.closing(connection):
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            data, status = answer.read(), answer.status
            self.send_response_only(status)
            self.send_header("Content-Type", answer.getheader("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        self.server.seen.append((self.command, self.path.partition("?")[0], status))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = relay

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def world(program: str) -> Iterator[str]:
    """The embedded DynamoDB; its endpoint."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.stdout.read()
        process.wait()


def settings(tree: Path) -> dict[str, str]:
    """A value for each variable that the app insists on, as `stanch prove` gives one."""
    texts = (file.read_text(errors="replace") for file in tree.rglob("*.py") if "site-packages" not in file.parts)
    names = {name for text in texts for name in re.findall(r"os\.environ\[[\"'](\w+)[\"']\]", text)}
    return {name: name.lower().replace("_", "-") for name in names if not name.startswith("AWS_")}


@contextlib.contextmanager
def served(python: str, tree: Path, module: str, endpoint: str, more: dict[str, str]) -> Iterator[tuple[int, int]]:
    """The app as `flask run` serves it; process id and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tree), "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1",
        "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_ENDPOINT_URL": endpoint,
        "PYTHONDONTWRITEBYTECODE": "1", **more,
    }  # fmt: skip
    directory, _, name = module.rpartition("/")
    environment.update(settings(tree))
    command = [python, "-m", "flask", "--app", name, "run", "--port", str(port), "--no-reload"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=tree / directory, env=environment, stdout=quiet, stderr=quiet)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"{tree.name} does not start")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def prove(program: str, python: str, tree: Path) -> dict[str, Any]:
    """One run of `stanch prove`."""
    since = time.monotonic()
    command = [program, "prove", str(tree), "--python", python, "--quiet", "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, report = time.monotonic() - since, json.loads(ran.stdout)
    rows = report["coverage"]
    reached = sum(row["status"] == "reached" for row in rows)
    proven = sum(finding["confidence"] == "proven" for finding in report["findings"])
    requests = report["run"].get("requests", 0)
    return {"seconds": seconds, "requests": requests, "reached": reached, "routes": len(rows), "proven": proven}


def schemathesis(program: str, spec: dict[str, Any], port: int, requests: int) -> dict[str, Any]:
    """One run of schemathesis for about so many requests."""
    operations = [
        (method.upper(), re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "/?"))
        for path, methods in spec["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    ]
    counter = Counter(port)
    threading.Thread(target=counter.serve_forever, daemon=True).start()
    each = max(1, requests // max(1, len(operations)))
    since = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "openapi.json")
        file.write_text(json.dumps(spec))
        url = f"http://127.0.0.1:{counter.server_address[1]}"
        command = [program, "run", str(file), "--url", url, "--max-examples", str(each), "--phases", "fuzzing"]
        subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=900)
    seconds = time.monotonic() - since
    counter.shutdown()
    good = {(method, path) for method, path, status in counter.seen if status < 400}
    reached = sum(any(m == method and rule.fullmatch(path) for m, path in good) for method, rule in operations)
    return {"seconds": seconds, "requests": len(counter.seen), "reached": reached, "routes": len(operations)}


def spec_of(program: str, tree: Path) -> dict[str, Any]:
    """The app's routes as OpenAPI, from its source."""
    ran = subprocess.run([program, "spec", str(tree)], capture_output=True, text=True, check=False)
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


@contextlib.contextmanager
def watched(tree: Path, endpoint: str) -> Iterator[dict[str, str]]:
    """What the shim needs, with a listener at the other end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as control, tempfile.TemporaryDirectory() as scratch:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = control.accept()
                    threading.Thread(target=lambda c=connection: [None for _ in iter(lambda: c.recv(65536), b"")],
                                     daemon=True).start()  # fmt: skip

        threading.Thread(target=listen, daemon=True).start()
        port = int(endpoint.rpartition(":")[2])
        settings = {
            "control": control.getsockname()[1], "nonce": "bench", "copy": str(tree), "original": "", "home": "",
            "scratch": scratch, "ports": [port], "front": endpoint, "stub": endpoint,
        }  # fmt: skip
        config = Path(scratch, "watch.json")
        config.write_text(json.dumps(settings))
        yield {"PYTHONPATH": str(RUNNER), "STANCH_WATCH": str(config)}


def own_time(pid: int, port: int, targets: list[str]) -> float:
    """Seconds of CPU that the server takes for all requests, after some that warm it up."""

    def spent() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(count: int) -> None:
        for number in range(count):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                target = targets[number % len(targets)]
                connection.request("GET", target, headers={"X-Stanch-Probe": str(number + 1)})
                connection.getresponse().read()

    ask(20)
    before = spent()
    ask(REQUESTS)
    return spent() - before


def overhead(arguments: argparse.Namespace, tree: Path, module: str, spec: dict[str, Any]) -> tuple[float, float]:
    """Median over pairs of the server's CPU time with the shim by that without, and of the time without."""
    targets = [re.sub(r"\{[^}]*\}", "7", path) for path, methods in spec["paths"].items() if "get" in methods]
    ratios, bare = [], []
    for number in range(PAIRS):
        times: dict[bool, float] = {}
        for is_watched in (number % 2 == 0, number % 2 == 1):
            with world(arguments.world) as endpoint, watched(tree, endpoint) as shim:
                more = shim if is_watched else {}
                with served(arguments.python, tree, module, endpoint, more) as (pid, port):
                    times[is_watched] = own_time(pid, port, targets)
        ratios.append(times[True] / times[False])
        bare.append(times[False])
    return statistics.median(ratios), statistics.median(bare)


def main() -> None:
    """Run all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    for name in ("stanch", "world", "python"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--schemathesis")
    parser.add_argument("--only", help="apps whose name holds this text")
    arguments = parser.parse_args()
    for name in ("stanch", "world", "python"):
        setattr(arguments, name, os.path.abspath(getattr(arguments, name)))
    print("app | prove s | requests | reached | proven | schemathesis s | requests | reached")
    first: Optional[tuple[Path, str, dict[str, Any]]] = None
    for name, module in APPS.items():
        tree = arguments.checkouts / name
        if arguments.only and arguments.only not in name:
            continue
        if not tree.is_dir():
            print(f"{name} | is not there")
            continue
        mine = prove(arguments.stanch, arguments.python, tree)
        row = f"{name} | {mine['seconds']:.1f} | {mine['requests']} | {mine['reached']}/{mine['routes']}"
        row += f" | {mine['proven']}"
        try:
            spec = spec_of(arguments.stanch, tree)
            if arguments.schemathesis:
                with world(arguments.world) as endpoint:
                    with served(arguments.python, tree, module, endpoint, {}) as (_, port):
                        other = schemathesis(os.path.abspath(arguments.schemathesis), spec, port, mine["requests"])
                row += f" | {other['seconds']:.1f} | {other['requests']} | {other['reached']}/{other['routes']}"
            if first is None and mine["reached"]:
                first = (tree, module, spec)
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            row += f" | {error}"
        print(row, flush=True)
    if first is not None:
        ratio, bare = overhead(arguments, *first)
        told = f"{REQUESTS} requests take {bare:.2f} s of CPU, with the shim {100 * (ratio - 1):+.0f} %"
        print(f"{first[0].name}: {told} (median of {PAIRS} pairs)")


if __name__ == "__main__":
    sys.exit(main())

"""Runs `stanch scan`, schemathesis and wapiti on one target, one after the other, and prints a table.

Requests are counted by a proxy of our own in front of the target, so that all three are measured alike; it adds the
same time to each. `compare.py --help` says what is needed.
"""

from __future__ import annotations

import argparse
import http.client
import http.server
import json
import socketserver
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit


class Counter(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Hands every request on to the target and counts it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        parts = urlsplit(target)
        self.target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.count = 0
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a tool may hang up whenever it likes."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection to the counter."""

    protocol_version = "HTTP/1.1"
    server: Counter

    def relay(self) -> None:
        """Hands one request on."""
        with self.server.lock:
            self.server.count += 1
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        skipped = {"connection", "keep-alive", "transfer-encoding", "content-length"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
        connection = http.client.HTTPConnection(*self.server.target, timeout=30)
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in skipped:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
        except (OSError, http.client.HTTPException, ValueError):
            self.close_connection = True
        finally:
            connection.close()

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.relay
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def stanch(program: str, url: str, spec: str, writes: bool) -> str:
    """Findings of `stanch scan`."""
    command = [program, "scan", url, "--spec", spec, "--rate-limit", "0", "-q", "-f", "json", "--no-config"]
    ran = subprocess.run(command + ["--allow-writes"] * writes, capture_output=True, text=True, check=False)
    found = json.loads(ran.stdout)["findings"] if ran.stdout else []
    leaks = sum(finding["category"] == "data-exposure" for finding in found)
    return f"{len(found)} findings, {leaks} of them data exposure"


def schemathesis(program: str, url: str, spec: str, limit: int) -> str:
    """Failures of `schemathesis run`, all checks."""
    command = [program, "run", spec, "--url", url, "--checks", "all", "--max-examples", "30", "--no-color"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"stopped after {limit} s"
    lines = [line.strip() for line in ran.stdout.splitlines() if "unique failures" in line or "failures" in line]
    return lines[-1] if lines else f"exit code {ran.returncode}"


def wapiti(program: str, url: str, spec: str, limit: int) -> str:
    """Vulnerabilities and anomalies of `wapiti`, its default modules."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        command = [program, "-u", f"{url}/", "--swagger", spec, "-f", "json", "-o", str(report), "--flush-session"]
        command += ["--max-scan-time", str(limit), "--store-session", directory, "--no-bugreport", "-v", "0"]
        try:
            subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit + 60)
        except subprocess.TimeoutExpired:
            return f"stopped after {limit + 60} s"
        if not report.exists():
            return "no report"
        found = json.loads(report.read_text(encoding="utf-8"))
        kinds = {**found["vulnerabilities"], **found["anomalies"]}
        named = [f"{len(items)} {kind}" for kind, items in kinds.items() if items]
        return ", ".join(named) or "nothing"


def localised(spec: str, url: str, directory: str) -> str:
    """A copy of the description that names the counter as its server."""
    document = json.loads(Path(spec).read_text(encoding="utf-8"))
    if "swagger" in document:
        document["host"] = urlsplit(url).netloc
        document["schemes"] = ["http"]
    else:
        document["servers"] = [{"url": url}]
    path = Path(directory) / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def main() -> None:
    """Runs them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="URL of the API, on this machine")
    parser.add_argument("spec", help="its description, a JSON file")
    parser.add_argument("--stanch", default="stanch")
    parser.add_argument("--schemathesis", default="schemathesis")
    parser.add_argument("--wapiti", default="wapiti")
    parser.add_argument("--allow-writes", action="store_true", help="for stanch; the others always write")
    parser.add_argument("--limit", type=int, default=120, help="seconds for each of the others")
    arguments = parser.parse_args()
    counter = Counter(arguments.target)
    threading.Thread(target=counter.serve_forever, daemon=True).start()
    print("| tool | requests | seconds | says |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as directory:
        spec = localised(arguments.spec, counter.url, directory)
        for name in ("stanch", "schemathesis", "wapiti"):
            before, start = counter.count, time.monotonic()
            if name == "stanch":
                said = stanch(arguments.stanch, counter.url, spec, arguments.allow_writes)
            elif name == "schemathesis":
                said = schemathesis(arguments.schemathesis, counter.url, spec, arguments.limit)
            else:
                said = wapiti(arguments.wapiti, counter.url, spec, arguments.limit)
            seconds = time.monotonic() - start
            print(f"| {name} | {counter.count - before} | {seconds:.1f} | {said} |", flush=True)


if __name__ == "__main__":
    main()

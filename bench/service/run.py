"""Measures profile-service beside flask_service.py on the same stores with the same client, and prints a table.

Needs: a release build of profile-service and service-bench, `wrk`, and a Python with flask, boto3 and gunicorn, which
runs this script too. Everything stays on loopback, on ports that the system chooses.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target" / "release"
OPERATIONS = {
    "GET /user": ("/user/alice", None),
    "GET /records": ("/records", None),
    "PUT /record": ("/record/alice-1", 'wrk.method = "PUT"; wrk.body = \'{"status": "done"}\''),
}
TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def cpu_seconds(pids: list[int]) -> float:
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS


def memory_mb(pids: list[int]) -> float:
    """Proportional set size: pages that processes share are counted once."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(re.findall(r"^Pss:\s+(\d+)", text, re.M)[0]) for text in texts) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on {port}")


def load(url: str, key: str, script: str | None, seconds: int, connections: int) -> tuple[float, str, int]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(f'wrk.headers["X-API-Key"] = "{key}"\n{script or ""}\n')
        lua.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua.name, url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"not every answer was a success:\n{text}")
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0])
    count = int(re.findall(r"(\d+) requests in", text)[0])
    return rate, re.findall(r"99%\s+(\S+)", text)[0], count


def start(kind: str, environment: dict[str, str], data: str) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    if kind == "rust":
        command = [str(TARGET / "profile-service"), "--listen", f"127.0.0.1:{port}", "--data", data]
        command += ["--rate-limit", "1000000000"]
    else:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-w",
            "2",
            "-k",
            "gthread",
            "--threads",
            "8",
            "--log-level",
            "error",
        ]
        command += ["-b", f"127.0.0.1:{port}", "--access-logfile", "/dev/null", "flask_service:app"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=HERE, env=environment, stdout=quiet, stderr=quiet)
    wait_for(port)
    return process, port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    print("| store | operation | service | requests/s | p99 | CPU ms/request | memory MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for store in ("embedded", "constant"):
        server = subprocess.Popen([str(TARGET / "store"), store], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {
            "AWS_ENDPOINT_URL_DYNAMODB": server.stdout.readline().strip(),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "PROFILE_SERVICE_PEPPER": "a pepper for measurements, long enough",
        }
        with tempfile.TemporaryDirectory() as data:
            seed = [
                str(TARGET / "profile-service"),
                "--data",
                data,
                "--create-table",
                "--seed",
                "--listen",
                "127.0.0.1:0",
            ]
            with subprocess.Popen(seed, env=environment, stdout=subprocess.PIPE, text=True) as seeding:
                assert seeding.stdout is not None
                while "listening" not in seeding.stdout.readline():
                    pass
                seeding.terminate()
            key = (Path(data) / "keys" / "alice.key").read_text()
            for kind in ("rust", "flask"):
                process, port = start(kind, environment, data)
                for name, (path, script) in OPERATIONS.items():
                    url = f"http://127.0.0.1:{port}{path}"
                    load(url, key, script, 1, options.connections)
                    pids = tree(process.pid)
                    before = cpu_seconds(pids)
                    rate, p99, count = load(url, key, script, options.seconds, options.connections)
                    cpu = (cpu_seconds(pids) - before) * 1000 / count
                    print(
                        f"| {store} | {name} | {kind} | {rate:.0f} | {p99} | {cpu:.2f} | {memory_mb(pids):.0f} |",
                        flush=True,
                    )
                process.terminate()
                process.wait()
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()

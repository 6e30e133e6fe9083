"""Times `stanch audit` beside ruff's S rules, bandit and semgrep on trees of packages from PyPI, and prints tables.

Two trees: `aws` holds packages that are built on Flask or boto3, where the flow engine has to work, and `rest` others,
most of whose files it may skip. `run.py --help` says what is needed. CPU seconds are user and system time of the whole
process tree, so other work on the machine changes them little.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

AWS = [
    *("flask", "flask-restx", "flask-appbuilder", "flask-admin", "flask-security", "chalice", "zappa", "moto"),
    *("aws-sam-translator", "aws-sam-cli", "pynamodb", "aioboto3", "boto3", "botocore", "s3transfer", "prowler"),
    *("c7n", "apache-airflow-providers-amazon", "awswrangler", "sagemaker", "mlflow", "apache-superset"),
]
REST = [
    *("sqlalchemy", "django", "sympy", "twisted", "pandas", "scipy", "networkx", "ansible-core", "scikit-learn"),
    *("statsmodels", "matplotlib", "transformers", "tornado", "paramiko", "docutils", "pygments", "mypy", "pylint"),
    *("setuptools", "astropy", "nltk", "torch"),
]


@dataclass
class Cost:
    """What one run of a tool took."""

    cpu: float
    memory: int
    code: int

    @staticmethod
    def of(command: list[str], cwd: Path) -> Cost:
        """Runs a command; its children count, as far as it waits for them."""
        with open(os.devnull, "w") as nothing:
            process = subprocess.Popen(command, cwd=cwd, stdout=nothing, stderr=nothing)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, process.returncode)


def fetch(names: list[str], wheels: Path, packages: Path) -> list[Path]:
    """Downloads and unpacks wheels without their dependencies; a package that has none for this Python is left out."""
    unpacked = []
    for name in names:
        place = packages / name
        if not place.exists():
            wheels.mkdir(parents=True, exist_ok=True)
            asked = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d"]
            if subprocess.run([*asked, str(wheels / name), name], check=False).returncode != 0:
                continue
            for wheel in sorted((wheels / name).glob("*.whl")):
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(
                        place, [one for one in archive.namelist() if one.endswith((".py", ".yml", ".tf"))]
                    )
            shutil.rmtree(wheels / name)
        unpacked.append(place)
    return unpacked


def tree(packages: list[Path], lines: int, place: Path) -> int:
    """Lays out whole packages, and of the last one as many files as are wanted; gives the lines of Python in it."""
    if place.exists():
        shutil.rmtree(place)
    count = 0
    for package in packages:
        for file in sorted(package.rglob("*")):
            if not file.is_file() or count >= lines:
                continue
            own = place / package.name / file.relative_to(package)
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, own)
            if file.suffix == ".py":
                count += file.read_bytes().count(b"\n")
    return count


def followed(facts: str | None, place: Path) -> str:
    """Lines through which values were followed, which the `facts` example of stanch-source tells."""
    if facts is None:
        return "-"
    told = subprocess.run([facts, str(place), "none"], capture_output=True, text=True, check=True).stdout
    return told.splitlines()[0].rsplit(", ", 1)[-1].split()[0]


def curve(args: argparse.Namespace, kind: str, packages: list[Path]) -> None:
    """Cost of stanch by size."""
    print(f"\n| {kind}: lines | followed | CPU s | lines/CPU-s | peak MB | bytes/line |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in args.sizes:
        place = args.work / "trees" / kind
        lines = tree(packages, size, place)
        command = [args.stanch, "audit", ".", "--no-config", "-q", "-f", "json", "--fail-on", "never"]
        costs = [Cost.of(command, place) for _ in range(args.repeat)]
        best = min(costs, key=lambda cost: cost.cpu)
        rate, each = lines / best.cpu, best.memory / lines
        told = followed(args.facts, place)
        print(
            f"| {lines:,} | {told} | {best.cpu:.2f} | {rate:,.0f} | {best.memory / 1e6:.0f} | {each:.0f} |", flush=True
        )
        if lines < size * 0.9:
            break


def peers(args: argparse.Namespace, kind: str, packages: list[Path]) -> None:
    """Every tool on one tree, one after the other."""
    place = args.work / "trees" / kind
    lines = tree(packages, args.peer_lines, place)
    tools = {"stanch": [args.stanch, "audit", ".", "--no-config", "-q", "-f", "json", "--fail-on", "never"]}
    if shutil.which("ruff", path=args.path):
        tools["ruff S"] = ["ruff", "check", "--no-cache", "--isolated", "--select", "S", "--exit-zero", "."]
    if shutil.which("bandit", path=args.path):
        tools["bandit"] = ["bandit", "-q", "-r", ".", "--exit-zero"]
    if shutil.which("semgrep", path=args.path) and args.semgrep_rules:
        rules = [rule for one in args.semgrep_rules for rule in ("--config", str(one.resolve()))]
        tools["semgrep"] = ["semgrep", "scan", "--metrics", "off", "--disable-version-check", "-q", *rules, "."]
    print(f"\n| {kind}, {lines:,} lines | CPU s | lines/CPU-s | peak MB | times stanch |")
    print("| --- | --- | --- | --- | --- |")
    own = 0.0
    for name, command in tools.items():
        program = shutil.which(command[0], path=args.path) or command[0]
        cost = Cost.of([program, *command[1:]], place)
        own = own or cost.cpu
        row = f"{cost.cpu:.2f} | {lines / cost.cpu:,.0f} | {cost.memory / 1e6:.0f} | {cost.cpu / own:.1f}"
        print(f"| {name} | {row} |", flush=True)


def main() -> None:
    """Fetches, lays out, runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stanch", help="the program, a release build")
    parser.add_argument("--work", type=Path, required=True, help="directory for packages and trees")
    parser.add_argument("--facts", help="the `facts` example of stanch-source, release: tells the lines followed")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 500_000, 2_000_000])
    parser.add_argument("--peer-lines", type=int, default=500_000, help="lines that peers are run on, 0 for no peers")
    parser.add_argument("--semgrep-rules", type=Path, nargs="*", help="rules of semgrep-rules: flask, boto3")
    parser.add_argument("--path", default=os.environ.get("PATH"), help="where ruff, bandit and semgrep are looked for")
    parser.add_argument("--repeat", type=int, default=1, help="runs of stanch, the least of which counts")
    args = parser.parse_args()
    args.stanch = str(Path(args.stanch).resolve())
    args.work = args.work.resolve()
    for kind, names in (("aws", AWS), ("rest", REST)):
        packages = fetch(names, args.work / "wheels", args.work / "packages")
        curve(args, kind, packages)
        if args.peer_lines:
            peers(args, kind, packages)


if __name__ == "__main__":
    main()

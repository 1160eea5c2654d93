"""Where things are in a checkout, and how it is told whether a step's inputs have changed."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = VENV_BIN / ("python.exe" if os.name == "nt" else "python")
UV = VENV_BIN / "uv"
REQUIREMENTS = ROOT / "requirements"
FRONTEND = ROOT / "frontend"
CACHE = ROOT / ".cache" / "bootstrap"

# In the order of their dependencies.
PACKAGES = (
    "shared",
    "services/ingest-tcp",
    "services/ingest-http",
    "services/ingest-redis",
    "services/video",
    "services/web",
    "clients/python",
)


def fingerprint(files: Iterable[Path]) -> str:
    """A hash over names and contents: the same again means that nothing changed."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def say(sentence: str) -> None:
    """Tell the person at the terminal, at once."""
    print(sentence, file=sys.stderr, flush=True)

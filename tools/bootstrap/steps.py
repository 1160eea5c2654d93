"""One step at a time: say what happens, run it, and when it fails say why and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from layout import CACHE, ROOT, VENV_BIN, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOG = "last-step.log"
FIRST_LINES, LAST_LINES = 6, 12  # npm says first what is wrong, compilers say it last

# What pip, uv, npm and apt print when the network is what is missing.
NO_NETWORK = (
    "name resolution",
    "name or service not known",
    "could not resolve",
    "dns error",
    "error sending request",
    "network is unreachable",
    "connection refused",
    "no route to host",
    "failed to establish a new connection",
    "could not connect",
    "temporary failure resolving",
    "read timed out",
    "operation timed out",
    "enotfound",
    "eai_again",
    "econnrefused",
    "etimedout",
    "enetunreach",
)


class StepFailed(Exception):
    """A step failed; the message is for the person at the terminal."""


def run(
    sentence: str,
    argv: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run one program, its output kept in a file and shown only when it fails.

    Raises:
        StepFailed: the program could not be started or ended with another status than 0.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    log = CACHE / LOG
    environ = {**os.environ, "PATH": f"{VENV_BIN}{os.pathsep}{os.environ.get('PATH', '')}", **(env or {})}
    # An active environment of somebody else's must not draw the installer away from ours.
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "CONDA_PREFIX"):
        environ.pop(name, None)
    started = time.monotonic()
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [str(part) for part in argv],
                cwd=cwd,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        except OSError as error:
            raise StepFailed(f"{sentence}: {argv[0]} could not be started ({error.strerror}).") from error
        with process:
            _wait(process, sentence, started)
    if process.returncode:
        raise StepFailed(explain(sentence, log.read_text(errors="replace")))


def _wait(process: subprocess.Popen[bytes], sentence: str, started: float) -> None:
    terminal = sys.stderr.isatty()
    if not terminal:
        say(f"  {sentence} ...")
    while True:
        if terminal:
            print(f"\r  {sentence} ... {time.monotonic() - started:.0f} s ", end="", file=sys.stderr, flush=True)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            continue
        break
    if terminal:
        print(f"\r  {sentence}: {time.monotonic() - started:.1f} s     ", file=sys.stderr, flush=True)


def explain(sentence: str, output: str) -> str:
    """What failed, the last that it said, and what to do if the network is what is missing."""
    lines = [line for line in output.splitlines() if line.strip()]
    if len(lines) > FIRST_LINES + LAST_LINES:
        lines[FIRST_LINES:-LAST_LINES] = [f"... (all of it: {CACHE / LOG})"]
    text = [f"This step failed: {sentence}. It said:", *(f"    {line}" for line in lines)]
    low = output.lower()
    if any(sign in low for sign in NO_NETWORK):
        text.append(
            "It looks as if the package index could not be reached. Check the network (and HTTPS_PROXY, if you need a proxy) "
            "and run the same command again: what is already installed is kept."
        )
    return "\n".join(text)

"""What the tests need from the system: a browser, and Debian's redis-server as the second broker. Installed only where that is allowed without asking."""

from __future__ import annotations

import os
import shutil
import subprocess

from layout import say
from steps import StepFailed, run

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def ensure_test_programs() -> None:
    """A browser and redis-server where apt may install them; else a sentence that says what is missing."""
    missing: list[str] = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    # Its Debian package is a system service: only on machines that are ours to shape (CI, containers), never by sudo on a desktop.
    if not shutil.which("redis-server") and _is_root():
        missing.append("redis-server")
    if not missing:
        return
    as_root = _as_root()
    if as_root is None or not shutil.which("apt-get"):
        say(
            f"  The end-to-end tests need {' and '.join(missing)}, which may not be installed from here. Install it "
            f"(Debian, Ubuntu: 'sudo apt-get install {' '.join(missing)}') to run them."
        )
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # RUNLEVEL=1: install services, do not start them
    apt = [*as_root, "apt-get", "-q", "-y"]
    try:
        run("Looking up Debian's packages", [*apt, "update"], env=quiet)
        run(
            f"Installing {' and '.join(missing)} for the tests",
            [*apt, "install", "--no-install-recommends", *missing],
            env=quiet,
        )
    except StepFailed as failure:
        raise StepFailed(
            f"{failure}\nThe tests in a browser need chromium: install it by hand, then run the same command again."
        ) from failure


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_root() -> list[str] | None:
    if _is_root():
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "--preserve-env=DEBIAN_FRONTEND,RUNLEVEL"]
    return None

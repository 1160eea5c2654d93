"""What the tests need from the system: a browser, redis-server as the second broker, promtool, a camera, the languages of docs/languages.

Installed only where that is allowed without asking.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from layout import say
from steps import StepFailed, run

# A real camera for the tests of video: GStreamer's RTSP server, driven by the system's own Python.
CAMERA = (
    "gir1.2-gst-rtsp-server-1.0",
    "python3-gi",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-ugly",
)
LOOK_FOR_CAMERA = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gst; Gst.init(None); assert Gst.ElementFactory.find('x264enc')"
)
# The languages of docs/languages, each with what shows that it is here. The smallest packages that run the pages' programs: gccgo is half of golang-go,
# r-base-core a third of r-base. What Debian's usual machines lack of them is 165 MB, 67 of it Octave's: 2 min 35 s on two busy cores.
LANGUAGES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("gcc", "--version"), ("gcc", "libc6-dev")),
    (("g++", "--version"), ("g++",)),
    (("gccgo", "--version"), ("gccgo",)),
    (("rustc", "--version"), ("rustc",)),
    (("java", "--version"), ("default-jdk-headless",)),
    (("Rscript", "--version"), ("r-base-core",)),
    (("octave-cli", "--version"), ("octave",)),
    (("lua5.4", "-e", "require 'socket'"), ("lua5.4", "lua-socket")),
    (("perl", "-MIO::Socket::INET", "-e", "1"), ("perl",)),
    (("ruby", "-rsocket", "-e", "1"), ("ruby",)),
    (("php", "--version"), ("php-cli",)),
    (("curl", "--version"), ("curl",)),
)
# A camera that ffmpeg serves, among the examples.
FFMPEG = "ffmpeg"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def ensure_test_programs() -> None:
    """A browser, redis-server and the rest where apt may install them; else a sentence that says what is missing."""
    missing: list[str] = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if not shutil.which("openssl"):
        missing.append("openssl")
    # Their Debian packages are system services: only on machines that are ours to shape (CI, containers), never by sudo on a desktop.
    for program, package in (("redis-server", "redis-server"), ("promtool", "prometheus")):
        if not shutil.which(program) and _is_root():
            missing.append(package)
    if _is_root() and not _has_camera():
        missing += CAMERA
    # A hundred megabytes of other people's languages are for machines that run all tests, CI's most of all, not for a desktop.
    if _is_root():
        missing += [package for check, packages in LANGUAGES if not _works(*check) for package in packages]
        missing += [] if shutil.which("ffmpeg") else [FFMPEG]
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


def _has_camera() -> bool:
    return _works("/usr/bin/python3", "-c", LOOK_FOR_CAMERA)


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_root() -> list[str] | None:
    if _is_root():
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "--preserve-env=DEBIAN_FRONTEND,RUNLEVEL"]
    return None

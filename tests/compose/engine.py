"""A Docker engine: the one that is there, or one of our own, started for the tests and ended with them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

__all__ = ["Engine"]

PACKAGES: Final = ("docker.io", "docker-compose", "debootstrap", "iptables")
PROGRAMS: Final = ("dockerd", "docker-compose", "debootstrap", "iptables")
DATA: Final = Path(__file__).resolve().parents[2] / ".cache" / "docker"
"""Images stay here from one run to the next."""
START_SECONDS: Final = 60.0
FREE_GB: Final = 4
"""Images and what they are built of took 2.3 on overlay2."""
CGROUPS: Final = ("cgroup.controllers", "memory")
CAP_NET_ADMIN: Final = 12
CAP_SYS_ADMIN: Final = 21


class Engine:
    """A context manager. Without an engine it raises: these tests can't be skipped."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="windsock-docker-")
        self.env: Final = {name: value for name, value in os.environ.items() if not name.startswith("WINDSOCK_")}
        self.no_env: Final = Path(self._folder.name, "no.env")
        """An empty file."""
        self.no_env.touch()

    def __enter__(self) -> Self:
        install_programs()
        # Debian's own client comes first: it knows BuildKit without a plug-in.
        self.env.update({"PATH": f"/usr/bin:{os.environ['PATH']}", "DOCKER_BUILDKIT": "1"})
        if not self._answers():
            self._start()
        return self

    def _answers(self) -> bool:
        return (
            subprocess.run(["docker", "info"], env=self.env, capture_output=True, timeout=30, check=False).returncode
            == 0
        )

    def _start(self) -> None:
        run = Path(self._folder.name)
        DATA.mkdir(parents=True, exist_ok=True)
        paths = ["--data-root", DATA / "data", "--exec-root", run / "exec", "--pidfile", run / "pid"]
        self.env["DOCKER_HOST"] = f"unix://{run}/sock"
        with (DATA / "dockerd.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["dockerd", *paths, "--host", self.env["DOCKER_HOST"]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = (DATA / "dockerd.log").read_text(errors="replace")[-2000:]
                self.close()
                raise RuntimeError(f"no Docker engine could be started here: {lacking() or 'its log says why'}\n{tail}")
            time.sleep(0.2)

    def docker(self, *words: str | Path, timeout: float = 120, stdin: bytes | None = None) -> str:
        """Run `docker ...`; what it printed."""
        return self.run(["docker", *words], timeout=timeout, stdin=stdin)

    def run(
        self,
        command: list[str | Path],
        timeout: float = 120,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> str:
        """Run a program that talks to this engine; what it printed."""
        done = subprocess.run(
            command, env=self.env | (env or {}), capture_output=True, timeout=timeout, check=False, input=stdin
        )
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said[-4000:]}")
        return done.stdout.decode(errors="replace")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the engine, if it is ours."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
            self._process = None
        with contextlib.suppress(OSError):
            self._folder.cleanup()


def lacking() -> str:
    """What an engine needs and this machine does not give, as far as can be seen from outside."""
    DATA.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(DATA).free
    table = ["iptables", "-t", "nat", "-n", "-L"]
    needs = {
        "root": os.geteuid() == 0,
        "cgroups, at /sys/fs/cgroup": any(Path("/sys/fs/cgroup", name).exists() for name in CGROUPS),
        "the right to mount (CAP_SYS_ADMIN)": _has_right(CAP_SYS_ADMIN),
        "the right to set up networks (CAP_NET_ADMIN)": _has_right(CAP_NET_ADMIN),
        "iptables with a nat table": subprocess.run(table, capture_output=True, check=False).returncode == 0,
        f"{FREE_GB} GB of disk (there are {free / 1e9:.1f})": free > FREE_GB * 1e9,
    }
    return ", ".join(f"it needs {what}" for what, there in needs.items() if not there)


def _has_right(number: int) -> bool:
    status = Path("/proc/self/status").read_text()
    rights = int(status.partition("CapEff:")[2].split()[0], 16)
    return bool(rights >> number & 1)


def install_programs() -> None:
    """What is needed and not there, with apt where that may be."""
    if all(shutil.which(program, path="/usr/bin:/usr/sbin:/bin:/sbin") for program in PROGRAMS):
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise RuntimeError(f"these tests need {', '.join(PROGRAMS)}: install {' '.join(PACKAGES)}")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-q"], env=env, check=True, timeout=300, stdout=subprocess.DEVNULL)
    install = [apt, "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    subprocess.run(install, env=env, check=True, timeout=600, stdout=subprocess.DEVNULL)

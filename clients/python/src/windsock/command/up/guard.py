"""Runs one program that must not outlive the launcher, not even one killed with `kill -9`.

    python -I -S guard.py LAUNCHER_PID PROGRAM ARGUMENT...

On Linux the kernel does it: the parent-death signal is set, then this process becomes the program, so it costs nothing further. Elsewhere it
stays beside the program and watches a pipe that only the launcher holds open. Stands alone and imports little: it is paid for at every start.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

PR_SET_PDEATHSIG = 1
LAUNCHER_GONE = 111


def main(arguments: list[str]) -> int:
    """Become the program, or stand beside it where the kernel can't."""
    watch = arguments[0] == "--watch"
    launcher, *program = arguments[1:] if watch else arguments
    if watch or not sys.platform.startswith("linux"):
        return stand_beside(program)
    # Not SIGTERM: a program that hangs while it stops would stay behind after all.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        return stand_beside(program)
    if os.getppid() != int(launcher):  # it died before the call above: no signal will come
        return LAUNCHER_GONE
    return os.execvp(program[0], program)  # noqa: S606 - the program is the launcher's own


def stand_beside(program: list[str]) -> int:
    """Run the program as a child; when standard input ends, the launcher is gone and the whole process group goes too."""
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL)  # noqa: S603 - the program is the launcher's own

    def pass_on(signum: int, _frame: FrameType | None) -> None:
        child.send_signal(signum)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

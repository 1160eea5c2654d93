"""Functions that are called again and again, each with its period. One that fails is told in the log, and the others go on."""

import os
import shutil

from windsock.client import Schedule, Stream

schedule = Schedule()
load = Stream("load", "stat", name="Load", decimals=2, thresholds=[os.cpu_count() or 1])
disk = Stream("disk", "doughnut", name="Disk", legend=["used", "free"], unit="GB")


@schedule.every(1.0, load)
def read_load() -> float:
    """Programs that run or want to."""
    return os.getloadavg()[0]


@schedule.every(5.0, disk)
def read_disk() -> tuple[float, float]:
    """What is sent is what the function returns: here, two numbers."""
    usage = shutil.disk_usage("/")
    return usage.used / 1e9, usage.free / 1e9


schedule.run()  # until Ctrl-C

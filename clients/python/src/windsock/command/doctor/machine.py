"""What is around it: the two clocks, and this machine's disk and memory."""

from __future__ import annotations

import shutil
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from windsock.command.doctor.asking import Silent, get
from windsock.command.doctor.finding import Finding, fine, skipped, warn, wrong
from windsock.command.doctor.whole import NEEDS_ALL, WHOLE

if TYPE_CHECKING:
    from windsock.command.doctor.patient import Patient

__all__ = ["look_at_clock", "look_at_machine", "look_at_settings"]

SKEW_WARN: Final = 2.0
"""The Date header has whole seconds, so less says nothing. On a board's ten-minute window it can just be seen."""
SKEW_WRONG: Final = 30.0
"""Samples that carry their own time stand outside of what a panel shows."""
LEAST_DISK: Final = 1024**3
LEAST_SHARE: Final = 0.05


def look_at_clock(patient: Patient) -> list[Finding]:
    """This machine's clock next to the server's."""
    try:
        answer = get(f"{patient.board}/healthz", 3.0)
    except Silent:
        return [skipped("clock", "not compared: the board does not answer")]
    try:
        theirs = parsedate_to_datetime(answer.date).timestamp()
    except (TypeError, ValueError):
        return [skipped("clock", "not compared: the board does not say its time")]
    return [judge_skew("clock", theirs + 0.5 - answer.asked, "the board's machine")]


def judge_skew(check: str, ahead: float, whose: str) -> Finding:
    """A finding for a clock that is so many seconds ahead of ours."""
    if abs(ahead) <= SKEW_WARN:
        return fine(check, f"{whose} and this one agree")
    says = f"the clock of {whose} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this one."
    todo = "Set both by NTP (timedatectl set-ntp true), or send samples without a time: they get that of their arrival."
    return wrong(check, says, todo) if abs(ahead) > SKEW_WRONG else warn(check, says, todo)


def look_at_settings() -> list[Finding]:
    """The settings of this shell and folder, as the services would read them."""
    if not WHOLE:
        return [skipped("settings", f"not looked at: {NEEDS_ALL}")]
    from windsock.shared.settings import SettingsError, load_settings

    try:
        load_settings()
    except SettingsError as error:
        todo = ".env.example has all settings, with their meaning and default."
        return [wrong("settings", f"{line}.", todo) for line in str(error).splitlines()]
    return [fine("settings", "those of this shell and folder can be used")]


def look_at_machine(patient: Patient) -> list[Finding]:
    """Room for data, where it runs here."""
    return [*_disk(patient), *_memory(), _time()] if patient.is_here else []


def _disk(patient: Patient) -> list[Finding]:
    folder = patient.data_dir if patient.data_dir.exists() else Path()
    usage = shutil.disk_usage(folder)
    says = f"{usage.free / 1024**3:.1f} GiB of {usage.total / 1024**3:.0f} GiB are free at {folder.resolve()}"
    todo = (
        "Free some, or move the data (WINDSOCK_DATA_DIR; for a Redis of yours, its dir): a full disk ends its writes."
    )
    if usage.free < LEAST_DISK / 10:
        return [wrong("disk", f"{says}.", todo)]
    if usage.free < LEAST_DISK or usage.free < LEAST_SHARE * usage.total:
        return [warn("disk", f"{says}.", todo)]
    return [fine("disk", says)]


def _memory() -> list[Finding]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return []
    facts = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    free, total = facts.get("MemAvailable", 0), facts.get("MemTotal", 1)
    says = f"{free / 1024**2:.1f} GiB of {total / 1024**2:.1f} GiB are available"
    if free < LEAST_SHARE * total:
        todo = "End something, or keep less: WINDSOCK_HISTORY_BYTES, WINDSOCK_MAX_STREAMS, Redis' maxmemory."
        return [warn("memory", f"{says}.", todo)]
    return [fine("memory", says)]


def _time() -> Finding:
    year = time.gmtime().tm_year
    if year < 2024:
        return wrong("date", f"this machine believes that it is {year}.", "Set its clock.")
    return fine("date", time.strftime("it is %Y-%m-%d %H:%M:%S UTC", time.gmtime()))

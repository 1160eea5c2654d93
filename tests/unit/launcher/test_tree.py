"""The tree's promises, kept with small programs in the services' places: order, deadline, a death told, nothing left behind."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from kit.processes import is_alive, parent_of
from kit.waiting import until, until_async

from windsock.command.up.child import GUARD, Child
from windsock.command.up.console import Console
from windsock.command.up.tree import ChildDied, Stage, StopAsked, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Ends when asked to, and notes in which order it was.
OBEDIENT = """
import signal, sys, threading
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
print("up", flush=True)
stop.wait()
open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
FAILS = "print('opening the door'); raise SystemExit('the key does not fit')"
# Starts a program of its own and tells its number.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(out: io.StringIO) -> Iterator[Console]:
    with Console(out) as console:
        yield console


def python(name: str, console: Console, program: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, "-c", program, *arguments], dict(os.environ), console)


async def said(child: Child) -> str:
    """Its first line."""
    await until_async(lambda: child.tail, f"{child.name} says something", 20)
    return child.tail[0]


def wait_until_gone(pid: int) -> None:
    until(lambda: not is_alive(pid), f"process {pid} is gone")


async def test_stages_stop_one_after_the_other(console: Console, tmp_path: Path) -> None:
    order = tmp_path / "order"
    tree = Tree([Stage("sources", 5), Stage("web", 5), Stage("broker", 5)], console)
    children = [python(name, console, OBEDIENT, str(order), name) for name in ("broker", "web", "sources")]
    for child in children:
        await tree.start(child.name, child)
    for child in children:
        await said(child)
    await tree.stop()
    assert order.read_text().split() == ["sources", "web", "broker"]


async def test_one_that_does_not_stop_is_killed_within_its_time_and_named(console: Console, out: io.StringIO) -> None:
    tree = Tree([Stage("sources", 0.2), Stage("web", 0.2)], console)
    deaf = python("deaf", console, DEAF)
    await tree.start("sources", deaf)
    await said(deaf)
    began = time.monotonic()
    await tree.stop()
    assert time.monotonic() - began < 2
    assert deaf.ended.is_set()
    console.__exit__()
    assert "deaf did not stop in time and was killed." in out.getvalue()


async def test_the_death_of_a_vital_child_ends_the_run_and_says_why(console: Console) -> None:
    tree = Tree([Stage("web", 5)], console)
    await tree.start("web", python("web", console, FAILS))
    with pytest.raises(ChildDied) as death:
        await tree.watched(asyncio.Event().wait())
    assert str(death.value).splitlines() == [
        "web ended with status 1. The last that it said:",
        "    opening the door",
        "    the key does not fit",
    ]
    await tree.stop()


async def test_a_signal_is_named_as_what_ended_a_child(console: Console) -> None:
    tree = Tree([Stage("web", 5)], console)
    await tree.start("web", python("web", console, "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(ChildDied, match=r"web was ended by SIGKILL"):
        await tree.watched(asyncio.Event().wait())
    await tree.stop()


async def test_the_board_goes_on_without_the_demo(console: Console, out: io.StringIO) -> None:
    tree = Tree([Stage("demo", 5)], console)
    demo = python("demo", console, FAILS)
    await tree.start("demo", demo, vital=False)
    await tree.watched(demo.ended.wait())
    await tree.stop()
    console.__exit__()
    assert "demo ended with status 1" in out.getvalue()
    assert "goes on without it" in out.getvalue()


async def test_asked_to_stop_it_stops_and_asked_twice_it_kills(console: Console) -> None:
    tree = Tree([Stage("web", 30)], console)
    deaf = python("deaf", console, DEAF)
    await tree.start("web", deaf)
    await said(deaf)
    tree.ask_to_stop()
    with pytest.raises(StopAsked):
        await tree.watched(asyncio.Event().wait())
    stopping = asyncio.create_task(tree.stop())
    await asyncio.sleep(0)
    tree.ask_to_stop()
    async with asyncio.timeout(5):
        await stopping
    assert deaf.ended.is_set()


async def test_what_a_child_started_goes_with_it(console: Console) -> None:
    tree = Tree([Stage("web", 5)], console)
    parent = python("parent", console, PARENT)
    await tree.start("web", parent)
    grandchild = int(await said(parent))
    assert is_alive(grandchild)
    await tree.stop()
    wait_until_gone(grandchild)


@pytest.mark.parametrize("way", ["by the kernel", "by a pipe"])
def test_a_killed_launcher_leaves_nothing_behind(way: str) -> None:
    """The launcher here is a small program that starts one child behind the guard and is then killed."""
    watch = ["--watch"] if way == "by a pipe" else []
    launcher = f"""
import os, subprocess, sys, time
subprocess.Popen(
    [sys.executable, "-I", "-S", {str(GUARD)!r}, *{watch!r}, str(os.getpid()), sys.executable, "-c", {PARENT!r}],
    stdin=subprocess.PIPE, start_new_session=True,
)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", launcher], stdout=subprocess.PIPE) as process:
        assert process.stdout
        grandchild = int(process.stdout.readline())
        child = parent_of(grandchild)
        assert is_alive(child)
        process.kill()
    wait_until_gone(child)
    if way == "by a pipe":  # the whole group
        wait_until_gone(grandchild)
    else:  # the kernel ends those whom the launcher started itself; ours start none
        os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("watch", [[], ["--watch"]])
def test_the_guard_passes_on_how_its_program_ended(watch: list[str]) -> None:
    argv = [
        sys.executable,
        "-I",
        "-S",
        str(GUARD),
        *watch,
        str(os.getpid()),
        sys.executable,
        "-c",
        "raise SystemExit(7)",
    ]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.wait(20) == 7

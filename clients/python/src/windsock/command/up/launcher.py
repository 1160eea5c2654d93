"""One run of the tree, from the settings to the last process's end. `run` reads as its numbered steps."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from windsock.command.up import ports, valkey
from windsock.command.up.browser import has_display, open_board
from windsock.command.up.child import Child
from windsock.command.up.console import Console
from windsock.command.up.folder import DataFolder, FolderTaken
from windsock.command.up.plan import Plan, Service, environment, make_plan
from windsock.command.up.ready import Readiness
from windsock.command.up.tree import ChildDied, Stage, StopAsked, Tree
from windsock.shared.settings import Settings, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Coroutine

STOPPED, FAILED, CANNOT_START = 0, 1, 2
# A start takes two or three seconds; a broker with much to load, or a busy machine, may need many more.
READY_SECONDS = 60.0
# Sources before sinks. What a stage does not use, the next ones have; together with the killing they stay below five seconds.
STAGES = (("demo", 0.6), ("sources", 1.6), ("web", 1.2), ("broker", 1.0))
SERVICE_STOP_SECONDS = 1.0  # the services' own deadline: less than their stage's, so that they end by themselves


class NotReady(Exception):
    """A part of the tree did not become ready in time; the message says which and why."""


def launch(*, demo: bool, browser: bool) -> int:
    """Read the settings, hold the data folder, check the ports, and run the tree."""
    settings = settings_or_exit(all_in_one=True)
    own_broker = "redis_url" not in settings.model_fields_set
    with contextlib.ExitStack() as stack:
        try:
            # Only the embedded broker needs a folder; on a server of theirs people may run as many trees as they have ports.
            folder = stack.enter_context(DataFolder(settings.data_dir)) if own_broker else None
            plan = make_plan(settings)
            if taken := ports.problems(plan.doors):
                return _refuse(taken)
            key = settings.publish_key.get_secret_value() if settings.publish_key else None
            broker = valkey.prepare(folder.path, key) if folder else None
        except (FolderTaken, valkey.NoServer) as error:
            return _refuse([str(error)])
        except OSError as error:
            return _refuse(
                [f"Can't use the data folder {settings.data_dir} (WINDSOCK_DATA_DIR): {error.strerror or error}"]
            )
        if folder:
            folder.note(pid=os.getpid(), board=plan.board, redis=broker.shown if broker else None)
        console = stack.enter_context(Console(json_lines=settings.log_format == "json"))
        opens = browser and settings.open_browser and has_display()
        return asyncio.run(run(settings, plan, broker, console, demo=demo, opens=opens))


async def run(
    settings: Settings,
    plan: Plan,
    broker: valkey.Embedded | None,
    console: Console,
    *,
    demo: bool,
    opens: bool,
) -> int:
    """Start, watch, stop."""
    began = time.monotonic()
    tree = Tree([Stage(name, seconds) for name, seconds in STAGES], console)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signum, tree.ask_to_stop)
    env = environment(plan, settings, broker.url if broker else settings.redis_url, SERVICE_STOP_SECONDS)
    server = Child("valkey", broker.argv, env, console) if broker else None
    try:
        # 1. The broker. What it says of its start and stop is told only if it fails.
        if broker and server:
            console.say("Starting the embedded Valkey ...")
            server.quiet = True
            await tree.start("broker", server)
            await tree.watched(_in_time(valkey.answers(broker), "Valkey does not answer"))
            server.quiet = False
        # 2. The services, all at once, until each says itself that it is ready.
        now, late = ([service for service in plan.services if service.late is which] for which in (False, True))
        console.say(f"Starting {', '.join(service.name for service in now)} ...")
        for service in now:
            stage = "web" if service.name == "web" else "sources"
            await tree.start(stage, Child(service.name, service.argv, env, console))
        await tree.watched(_all_ready(now))
        # 3. The address, and the board itself where there is a display.
        console.say(f"Windsock is up after {time.monotonic() - began:.1f} s.")
        console.say(_addresses(plan, broker.shown if broker else None))
        if opens:
            open_board(plan.board)
        # 4. What nothing waits for; and the demo, if asked for, which the board does not need.
        for service in late:
            await tree.start("sources", Child(service.name, service.argv, env, console))
        if demo:
            argv = [sys.executable, "-P", "-m", "windsock.command", "demo"]
            await tree.start("demo", Child("demo", argv, env, console), vital=False)
        # 5. Until somebody asks for the end, or a part dies.
        await tree.watched(asyncio.Event().wait())
    except StopAsked:
        return STOPPED
    except (ChildDied, NotReady) as failure:
        console.say(str(failure))
        return FAILED
    finally:
        # 6. In order, within the deadline.
        if server:
            server.quiet = True
        await tree.stop()
    return STOPPED


async def _all_ready(services: list[Service]) -> None:
    asked = [Readiness(service.name, service.health_host, service.health_port) for service in services]
    await asyncio.gather(*(_in_time(each.wait(), f"{each.name} is not ready", each) for each in asked))


async def _in_time(work: Coroutine[object, object, None], otherwise: str, asked: Readiness | None = None) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await work
    except TimeoutError:
        why = f": {asked.last}" if asked else ""
        raise NotReady(f"{otherwise} after {READY_SECONDS:.0f} s{why}") from None


def _addresses(plan: Plan, redis: str | None) -> str:
    ways = [
        f"TCP {plan.address('tcp_port')} and {plan.address('tcp_large_port')}",
        f"HTTP http://{plan.address('http_port')}/",
    ]
    if redis:
        ways.append(f"Redis {redis}")
    return f"  board  {plan.board}\n  send   {', '.join(ways)}\n  stop   Ctrl-C"


def _refuse(sentences: list[str]) -> int:
    for sentence in sentences:
        print(f"windsock: {sentence}", file=sys.stderr)
    return CANNOT_START

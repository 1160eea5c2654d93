"""Redis: whether it answers us, whether it can do what is asked of it, and whether it would keep what it is given."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.redis_url import Kind, Node
from windsock.client.transport import Lost
from windsock.client.transport.redis_finder import RedisFinder
from windsock.client.transport.redis_link import RedisLink
from windsock.client.transport.resp import RedisRefusal
from windsock.command.doctor.brokers import look_at_cluster, look_at_sentinels, told_together
from windsock.command.doctor.finding import Finding, fine, skipped, warn, wrong
from windsock.command.doctor.machine import judge_skew
from windsock.command.doctor.whole import NEEDS_ALL, keys_of

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl
    from windsock.command.doctor.patient import Patient

__all__ = ["look_at_redis"]

ANSWER_SECONDS: Final = 3.0
OLDEST: Final = (6, 2)
"""XAUTOCLAIM and trimming by id came with it."""
MOST_WAITING: Final = 1_000
NAME_IT: Final = "Name it: --redis redis://USER:PASSWORD@HOST:6379/0, or WINDSOCK_REDIS_URL."
ROOM: Final = "Raise maxmemory, or keep less: WINDSOCK_HISTORY_SAMPLES, WINDSOCK_HISTORY_BYTES."
PROBE: Final = "windsock-doctor"


def look_at_redis(patient: Patient) -> list[Finding]:
    """Everything about it."""
    url = patient.redis
    if url is None:
        return [skipped("redis", f"not looked at: nobody says where it is. {NAME_IT}")]
    if url.kind is Kind.SERVER:
        return [*_look_at_server(RedisLink(url), url, named=patient.redis_named), *_inbox(url)]
    found: list[Finding] = []
    servers: dict[Node, list[Finding]] = {}
    for each in look_at_sentinels(url) if url.kind is Kind.SENTINEL else look_at_cluster(url):
        if isinstance(each, Node):
            servers[each] = _look_at_server(RedisLink(url, each), url, named=True)
        else:
            found.append(each)
    return [*found, *told_together(servers), *(_inbox(url) if servers else [])]


def _look_at_server(link: RedisLink, url: RedisUrl, *, named: bool) -> list[Finding]:
    try:
        began = time.perf_counter()
        refusal = link.open()
        pong = link.ask(("PING",), seconds=ANSWER_SECONDS)[0]
        ms = (time.perf_counter() - began) * 1000
        refusal = refusal or (pong if isinstance(pong, RedisRefusal) and pong.code in {"NOAUTH", "LOADING"} else None)
        if refusal is not None:
            return [_refused(link, refusal)]
        return [*_about(link, ms), *_rights(link, url)]
    except Lost as lost:
        if not named:
            return [skipped("redis", f"not looked at: it is not at {url}, and nobody says where. {NAME_IT}")]
        todo = f"Start it, and look whether it listens for others (its `bind` and `protected-mode`). {NAME_IT}"
        return [wrong("redis", f"{lost}.", todo)]
    finally:
        link.close()


def _refused(link: RedisLink, refusal: RedisRefusal) -> Finding:
    if refusal.code in {"NOAUTH", "WRONGPASS"} or "AUTH" in str(refusal):
        return wrong("redis", f"{link.name} does not let us in: {refusal}.", f"User or password is wrong. {NAME_IT}")
    return wrong("redis", f"{link.name} says: {refusal}.", "Wait until it has loaded its data; else look at its log.")


def _about(link: RedisLink, ms: float) -> list[Finding]:
    """Its version, its clock, its memory and its disk."""
    (info,) = link.ask(("INFO",), seconds=ANSWER_SECONDS)
    if isinstance(info, RedisRefusal):
        says = f"{link.name} answers, and does not tell this user about itself: its memory and disk were not looked at"
        return [fine("redis", f"{link.name} answers", ms), skipped("redis", f"{says} ({info})")]
    facts = dict(re.findall(r"^(\w+):(.*?)\r?$", cast("bytes", info).decode("utf-8", "replace"), re.MULTILINE))
    kind = "Valkey" if "valkey_version" in facts else "Redis"
    version = facts.get("valkey_version") or facts.get("redis_version", "?")
    found: list[Finding] = []
    numbers = tuple(int(part) for part in re.findall(r"\d+", facts.get("redis_version", ""))[:2])
    if kind == "Redis" and numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        found.append(
            wrong("redis", f"{link.name} is Redis {version}.", f"Windsock needs {oldest} or newer, or Valkey.")
        )
    else:
        found.append(fine("redis", f"{link.name} answers ({kind} {version})", ms))
    if facts.get("role") in {"slave", "replica"}:
        found.append(wrong("redis role", "it is a replica, which takes no writes.", "Name its master."))
    found += [_memory(facts), *_disk(facts, _snapshots(link))]
    (now,) = link.ask(("TIME",), seconds=ANSWER_SECONDS)
    if isinstance(now, list):
        seconds, micros = (int(part) for part in cast("list[bytes]", now))
        found.append(judge_skew("redis clock", seconds + micros / 1e6 - time.time(), "Redis' machine"))
    return found


def _memory(facts: dict[str, str]) -> Finding:
    most, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    policy = facts.get("maxmemory_policy", "noeviction")
    mib = f"{used / 1024**2:,.0f} MiB" + (f" of {most / 1024**2:,.0f} MiB" if most else "")
    mend = "CONFIG SET maxmemory-policy noeviction, and the same in its configuration file."
    if policy.startswith("allkeys"):
        says = (
            f"its memory policy is {policy}: when it is full it throws away streams, and what was accepted with them."
        )
        return wrong("redis memory", says, mend) if most else warn("redis memory", says, mend)
    if policy != "noeviction":
        says = f"its memory policy is {policy}: when it is full it throws away pictures of cameras and Windsock's own leases."
        return warn("redis memory", says, mend)
    if not most:
        says = f"it has no limit (maxmemory 0; {mib} are in use): it grows until the machine is full."
        return warn(
            "redis memory",
            says,
            "CONFIG SET maxmemory to half of the machine's memory: full then means told, not killed.",
        )
    if used >= most:
        says = f"it is full: {mib}. Publishers are told `unavailable`, and wait."
        return wrong("redis room", says, ROOM)
    if used > 0.9 * most:
        says = f"it is almost full: {mib}. Past that, publishers are told `unavailable`."
        return warn("redis memory", says, ROOM)
    return fine("redis memory", f"{mib} in use, and nothing is thrown away")


def _snapshots(link: RedisLink) -> bool:
    """Whether it saves a snapshot now and then; no, if it does not tell us."""
    (said,) = link.ask(("CONFIG", "GET", "save"), seconds=ANSWER_SECONDS)
    return isinstance(said, list) and len(cast("list[Any]", said)) == 2 and bool(cast("list[Any]", said)[1])


def _disk(facts: dict[str, str], snapshots: bool) -> list[Finding]:  # noqa: FBT001  # read, not switched
    failed = [
        name
        for name in ("aof_last_write_status", "rdb_last_bgsave_status", "aof_last_bgrewrite_status")
        if facts.get(name, "ok") != "ok"
    ]
    if failed:
        says = f"it can't write to its disk ({', '.join(failed)}), and may refuse messages for it."
        return [wrong("redis disk", says, "Look at its log, and at the room and rights of its dir.")]
    if facts.get("aof_enabled") == "1":
        return [fine("redis disk", "it writes what it is given to disk (appendonly)")]
    if snapshots:
        says = "it writes to disk now and then (snapshots): its death loses what came since the last."
        return [warn("redis disk", says, "CONFIG SET appendonly yes, and the same in its configuration file.")]
    says = "it keeps everything in memory alone: history is gone when it ends."
    return [warn("redis disk", says, "CONFIG SET appendonly yes, and the same in its configuration file.")]


def _rights(link: RedisLink, url: RedisUrl) -> list[Finding]:
    """What this user may do: harmless commands, each of a kind that Windsock needs, on names that Windsock has."""
    keys = keys_of(url)
    if keys is None:
        return [skipped("redis rights", f"not looked at: {NEEDS_ALL}")]
    from windsock.shared.acl import service_rights

    history, spec = keys.history(PROBE), keys.spec(PROBE)
    tries: list[tuple[str, ...]] = [
        ("EVAL", "return redis.call('XLEN', KEYS[1])", "1", history),
        ("XLEN", keys.inbox),
        ("XRANGE", history, "-", "+", "COUNT", "1"),
        ("HGETALL", spec),
        ("ZSCORE", keys.streams, PROBE),
        ("EXISTS", keys.frame(PROBE)),
        ("PUBLISH", keys.live(PROBE), "x"),
    ]
    replies = link.ask(*tries, seconds=ANSWER_SECONDS)
    denied = [
        f"{command[0]} ({reply})"
        for command, reply in zip(tries, replies, strict=True)
        if isinstance(reply, RedisRefusal) and reply.code == "NOPERM"
    ]
    if denied:
        todo = f"Give the services' user what they need: ACL SETUSER NAME on >PASSWORD {' '.join(service_rights(keys))}"
        return [wrong("redis rights", f"this user may not: {'; '.join(denied)}.", todo)]
    return [fine("redis rights", "this user may do all that Windsock does")]


def _inbox(url: RedisUrl) -> list[Finding]:
    """Whether somebody reads it, on the server that has it."""
    keys = keys_of(url)
    if keys is None:
        return [skipped("inbox", f"not looked at: {NEEDS_ALL}")]
    finder = RedisFinder(url)
    try:
        link = finder.open()
        try:
            link, length = finder.ask(link, ("XLEN", url.inbox), seconds=ANSWER_SECONDS)
            (last,) = link.ask(("XINFO", "GROUPS", url.inbox), seconds=ANSWER_SECONDS)
            link, holder = finder.ask(link, ("GET", keys.inbox_lease), seconds=ANSWER_SECONDS)
        finally:
            link.close()
    except Lost:
        return []  # told already
    for reply in (holder, length):
        if isinstance(reply, RedisRefusal):
            return [skipped("inbox", f"it can't be looked at: {reply}")]
    if holder is None:
        says = f"nobody reads it: no ingest-redis runs on this Redis under {url.prefix!r}; {length} messages wait."
        todo = "Start ingest-redis, and look whether its WINDSOCK_REDIS_URL (with its database) and WINDSOCK_REDIS_PREFIX name the same place."
        return [wrong("inbox", says, todo)]
    if length > MOST_WAITING:
        says = f"{length:,} messages wait in it."
        return [warn("inbox", says, "ingest-redis does not keep up, or can't store: look at its log and /metrics.")]
    return [fine("inbox", f"{_name(holder)} reads it, {length} messages wait")] if last is not None else []


def _name(holder: Any) -> str:
    return cast("bytes", holder).decode("utf-8", "replace")

"""Redis as several servers: whether the sentinels agree on one that takes writes, or a cluster serves all slots; and who takes over when one dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.redis_url import Node
from windsock.client.transport import Lost
from windsock.client.transport.redis_finder import RedisFinder, primary_of
from windsock.client.transport.redis_link import RedisLink
from windsock.client.transport.resp import RedisRefusal
from windsock.command.doctor.finding import Finding, State, fine, warn, wrong

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl

__all__ = ["look_at_cluster", "look_at_sentinels", "told_together"]

ANSWER_SECONDS: Final = 3.0
SLOTS: Final = 16384
NAME_CLUSTER: Final = "Name some of its nodes: --redis redis+cluster://HOST:6379,HOST:6379, or WINDSOCK_REDIS_URL."
NAME_SENTINELS: Final = (
    "Name sentinels and service: --redis redis+sentinel://HOST:26379,HOST:26379/SERVICE, or WINDSOCK_REDIS_URL."
)


# --- sentinels


def look_at_sentinels(url: RedisUrl) -> Iterator[Finding | Node]:
    """What the sentinels say; last the server that they name, to be looked at as any other."""
    named: dict[Node, Node] = {}
    silent: list[str] = []
    for sentinel in url.seeds:
        try:
            named[sentinel] = primary_of(url, sentinel)
        except Lost as lost:
            silent.append(str(lost))
    if not named:
        yield wrong(
            "sentinels", f"none of {len(url.seeds)} tells where {url.service!r} is: {silent[0]}.", NAME_SENTINELS
        )
        return
    primaries = sorted(set(named.values()))
    if len(primaries) > 1:
        says = f"they do not agree: {', '.join(map(str, primaries))} are each said to be {url.service!r}."
        yield warn("sentinels", says, "Right after a failover that is so for a moment; else look at their logs.")
    elif silent:
        says = f"{len(named)} of {len(url.seeds)} answer; not: {'; '.join(silent)}."
        yield warn("sentinels", says, "Start the others: with too few of them nobody takes over when the primary dies.")
    else:
        yield fine("sentinels", f"all {len(named)} name {primaries[0]} as {url.service!r}")
    sentinel = next(iter(named))
    yield _takeover(url, sentinel)
    yield named[sentinel]


def _takeover(url: RedisUrl, sentinel: Node) -> Finding:
    """Whether somebody would take over."""
    link = RedisLink(url, sentinel, sentinel=True)
    try:
        link.open()
        quorum, replicas = link.ask(
            ("SENTINEL", "CKQUORUM", url.service), ("SENTINEL", "REPLICAS", url.service), seconds=ANSWER_SECONDS
        )
    except Lost as lost:
        return warn("redis failover", f"it can't be told: {lost}.", "Look at the sentinel's log.")
    finally:
        link.close()
    if isinstance(quorum, RedisRefusal):
        says = f"nobody would take over: {quorum}."
        return warn("redis failover", says, "Start more sentinels, or lower the quorum of `sentinel monitor`.")
    up = [replica for replica in map(_facts, _list(replicas)) if "down" not in replica.get("flags", "")]
    if not up:
        says = f"{url.service!r} has no replica that is up: when the primary dies, nobody takes over."
        return warn("redis failover", says, "Start a replica, and let services wait for it: WINDSOCK_REDIS_REPLICAS.")
    return fine("redis failover", f"{len(up)} {'replica stands' if len(up) == 1 else 'replicas stand'} by")


# --- a cluster


def look_at_cluster(url: RedisUrl) -> Iterator[Finding | Node]:
    """What the cluster says of itself, and its primaries."""
    began = time.perf_counter()
    try:
        link = RedisFinder(url).open()
    except Lost as lost:
        yield wrong("redis cluster", f"{lost}.", f"Start it. {NAME_CLUSTER}")
        return
    ms = (time.perf_counter() - began) * 1000
    try:
        info, slots = link.ask(("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"), seconds=ANSWER_SECONDS)
    except Lost as lost:
        yield wrong("redis cluster", f"{lost}.", NAME_CLUSTER)
        return
    finally:
        link.close()
    if isinstance(info, RedisRefusal) or not isinstance(slots, list):
        todo = "Is it one server? Then name it by redis://HOST:6379/0; else look at this user's rights (+cluster|info +cluster|slots)."
        yield wrong("redis cluster", f"{link.name} says: {info if isinstance(info, RedisRefusal) else slots}.", todo)
        return
    facts = dict(line.split(":", 1) for line in cast("bytes", info).decode().split("\r\n") if ":" in line)
    primaries = _primaries(_list(slots), link.node)
    served = sum(last - first + 1 for first, last, *_ in _list(slots))
    if facts.get("cluster_state") != "ok" or served < SLOTS:
        says = f"its state is {facts.get('cluster_state', '?')}, and {served:,} of {SLOTS:,} slots are served."
        yield wrong(
            "redis cluster", says, "Start the nodes that lack (CLUSTER NODES names them), or give away their slots."
        )
    else:
        yield fine("redis cluster", f"{len(primaries)} primaries serve all slots", ms)
    alone = [node for node, replicas in primaries.items() if not replicas]
    if alone:
        says = f"{', '.join(map(str, alone))} {'has' if len(alone) == 1 else 'have'} no replica: when one dies, its streams stand still."
        yield warn(
            "redis failover",
            says,
            "Add replicas (CLUSTER REPLICATE), and let services wait for them: WINDSOCK_REDIS_REPLICAS.",
        )
    else:
        yield fine("redis failover", "each primary has a replica")
    yield from primaries


def _primaries(slots: list[Any], asked: Node | None) -> dict[Node, int]:
    """Each primary, and how many replicas it has."""
    found: dict[Node, int] = {}
    for _first, _last, primary, *replicas in slots:
        # No host: the one that we asked.
        host = (primary[0] or b"").decode() or (asked.host if asked else "")
        found[Node(host, int(primary[1]))] = len(replicas)
    return found


def told_together(found: dict[Node, list[Finding]]) -> list[Finding]:
    """Of several servers' findings: what is well once for all of them, what is not with the server's name."""
    together: list[Finding] = []
    checks = dict.fromkeys(finding.check for findings in found.values() for finding in findings)
    for check in checks:
        these = [(node, finding) for node, findings in found.items() for finding in findings if finding.check == check]
        if all(finding.state is State.FINE for _, finding in these):
            says = (
                these[0][1].says
                if len(these) == 1
                else f"well on all {len(these)} of them; the first: {these[0][1].says}"
            )
            together.append(fine(check, says))
        else:
            together += [
                replace(finding, says=f"{node}: {finding.says}")
                for node, finding in these
                if finding.state is not State.FINE
            ]
    return together


def _facts(flat: Any) -> dict[str, str]:
    words = [word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in _list(flat)]
    return dict(zip(words[::2], words[1::2], strict=False))


def _list(reply: Any) -> list[Any]:
    return cast("list[Any]", reply) if isinstance(reply, list) else []

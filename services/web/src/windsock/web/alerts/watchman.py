"""Watches the streams that have thresholds or a rule, and says what is wrong with them.

Every web process has one of these; the one that holds the lease listens to those streams and judges them, the others read what it wrote. Live messages are
gathered and looked at together four times a second, so a flood of small batches costs little more than its parsing. What can't be heard is not judged: while
our own subscription is down, no stream counts as silent.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from windsock.shared import codec
from windsock.shared.broker import read_live
from windsock.shared.errors import WindsockError
from windsock.shared.metrics import DROPPED
from windsock.shared.runtime import now_ms
from windsock.shared.unreadable import UNREADABLE, unreadable
from windsock.shared.wire import Alert, AlertEvent, AlertRule, Alerts

from .book import Book
from .judge import JUDGED_TYPES, Judge, Level, levels_of, span_of
from .metrics import ACTIVE, EVENTS, WATCHMAN
from .store import AlertStore
from .webhook import Webhook

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker
    from windsock.shared.broker.port import Live
    from windsock.shared.settings import Settings
    from windsock.web.catalogue import Catalogue

__all__ = ["Watchman"]

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 3.0
RENEW_SECONDS: Final = 0.75
MARGIN_SECONDS: Final = 0.3
"""How much earlier than Redis we consider the lease ended."""
ROUND_SECONDS: Final = 1.0
"""Streams that say nothing are looked at this often."""
GATHERED_BYTES: Final = 256 * 1024
"""Of one stream between two looks; past it the oldest is let go unread, and counted."""
SPECS_AT_ONCE: Final = 500
READS_AT_ONCE: Final = 50
MOST_LISTED: Final = 500
MOST_RECENT: Final = 100

Key = tuple[str, str]


class Watchman:
    """See the module. `told` is called when there is something new to tell viewers."""

    def __init__(
        self, settings: Settings, broker: RedisBroker, catalogue: Catalogue, book: Book, told: Callable[[], None]
    ) -> None:
        self.store: Final = AlertStore(broker)
        self.webhook: Final = Webhook(settings, self._name_of, self.store.set_delivered)
        self._catalogue = catalogue
        self._book = book
        self._told = told
        self._broker = broker
        self._keys = broker.keys
        self._until = 0.0
        self._renew_at = 0.0
        self._holding = False
        self._taking_over = False
        self._deaf = True
        self._anew = False
        """Something may have been missed: the watch is to be taken over anew, whatever is under way."""
        self._rules: dict[str, AlertRule] = {}
        self._judges: dict[str, Judge] = {}
        self._by_channel: dict[str, str] = {}
        self._gathered: dict[str, deque[bytes]] = {}
        self._standing: dict[Key, Alert] = {}
        self._recent: deque[AlertEvent] = deque(maxlen=MOST_RECENT)
        self._serial = 0
        self._round_at = 0.0
        # What has to be looked at in the next turn.
        self._state_changed = True
        self._rules_changed: dict[str, None] = {}
        self._specs_changed: dict[str, None] = {}
        self._unread: dict[str, None] = {}
        """Streams that are heard from now on, and whose newest sample came before."""
        self.subscription: Final = broker.subscribe(self)
        self.subscription.add([self._keys.alerts_changed])

    # --- what we hear

    def catalogue_changed(self, streams: Sequence[str]) -> None:
        """These specs have changed (none given: all may have)."""
        if self._holding:
            self._specs_changed |= dict.fromkeys(streams or [*self._catalogue.ids(), *self._judges])

    def received(self, channel: str, message: bytes) -> None:
        """A live message, or word of another process."""
        stream = self._by_channel.get(channel)
        if stream is None:
            kind, _, name = message.partition(b" ")
            if kind == b"rule":
                # Who takes over later reads all of them.
                if self._holding or self._taking_over:
                    self._rules_changed[name.decode("utf-8", "replace")] = None
            else:
                self._state_changed = True
            return
        pieces = self._gathered.setdefault(stream, deque())
        pieces.append(message)
        size = sum(map(len, pieces)) if len(pieces) > 1 else 0
        while size > GATHERED_BYTES and len(pieces) > 1:
            size -= len(pieces.popleft())
            DROPPED.labels("alert_unread").inc()

    def connected(self) -> None:
        """Messages come through; some may have been missed."""
        self._deaf = False
        self._state_changed = True
        self._anew = True
        now = time.monotonic()
        for judge in self._judges.values():
            judge.deaf(now)

    def disconnected(self, reason: str) -> None:  # noqa: ARG002  # the protocol's
        """Messages do not come through."""
        self._deaf = True

    # --- the watch

    async def run(self) -> None:
        """Watch, until cancelled."""
        while True:
            try:
                await self._turn()
            except WindsockError as error:
                log.debug("the watch over alerts waits for the broker: %s", error.message)  # the broker watch says it
            await asyncio.sleep(LOOK_SECONDS)

    async def stop(self) -> None:
        """Let another process take over at once."""
        if self._holding:
            self._stand_down()
            await self.store.release()

    async def _turn(self) -> None:
        now = time.monotonic()
        if self._holding and (self._anew or now >= self._until):
            self._stand_down()
            self._renew_at = now
        if now >= self._renew_at and not self._deaf and self._catalogue.ready:
            self._renew_at = now + RENEW_SECONDS
            if await self.store.own(round(LEASE_SECONDS * 1000)):
                self._until = now + LEASE_SECONDS - MARGIN_SECONDS
                if not self._holding:
                    self._taking_over = True
                    try:
                        await self._take_over()
                    finally:
                        self._taking_over = False
            elif self._holding:
                self._stand_down()
        if self._holding:
            await self._look()
        elif self._state_changed:
            self._state_changed = False
            try:
                alerts = await self.store.alerts()
            except WindsockError:
                self._state_changed = True
                raise
            if self._book.take(alerts):
                self._told()

    async def _take_over(self) -> None:
        # Before all is read: what changes meanwhile is read again.
        self._anew = False
        self._rules_changed.clear()
        before = await self.store.alerts()
        self._rules = await self.store.rules()
        await self._forget_rules(self._rules)  # streams may have been removed while nobody watched
        delivered = await self.store.delivered()
        now = time.monotonic()
        self._standing = {(alert.id, alert.kind): alert for alert in before.active}
        self._recent = deque(before.recent, MOST_RECENT)
        self._serial = before.serial
        for stream in self._catalogue.ids():
            self._instruct(stream, now)
        for stream, judge in self._judges.items():
            judge.resume([alert for alert in before.active if alert.id == stream], now)
        for event in reversed(before.recent):
            if event.number > delivered:
                self.webhook.put(event)
        self._specs_changed.clear()
        self._holding = True
        WATCHMAN.set(1)
        log.info("watching %d streams for alerts", len(self._judges))

    def _stand_down(self) -> None:
        self._holding = False
        self._until = 0.0
        self._state_changed = True
        self.subscription.remove(self._by_channel)
        self._by_channel.clear()
        self._judges.clear()
        self._gathered.clear()
        self._unread.clear()
        self.webhook.forget()
        WATCHMAN.set(0)
        log.info("another process may watch for alerts now")

    async def _look(self) -> None:
        if self._deaf:
            return
        await self._refresh()
        now = time.monotonic()
        looked = self._take_in(now)
        if now >= self._round_at:
            self._round_at = now + ROUND_SECONDS
            looked = list(self._judges)
        else:
            looked = {*looked, *(stream for stream, _ in self._standing)}
        before = dict(self._standing), self._serial, deque(self._recent, MOST_RECENT)
        events = self._compare(looked, now)
        if not events:
            return
        self._serial = events[-1].number
        self._recent.extendleft(events)
        alerts = self._alerts()
        try:
            ours = await self.store.tell(alerts)
        except WindsockError:
            # Nobody was told: at the next look it has changed all the same.
            self._standing, self._serial, self._recent = before
            raise
        if not ours:
            self._stand_down()
            return
        for event in events:
            EVENTS.labels(event.event).inc()
            self.webhook.put(event)
        for severity in ("warning", "alarm"):
            ACTIVE.labels(severity).set(sum(alert.severity == severity for alert in self._standing.values()))
        if self._book.take(alerts):
            self._told()
        if not self.webhook.on:
            await self.store.set_delivered(self._serial)  # a webhook that is set later is not told of the past

    async def _refresh(self) -> None:
        """Take over what changed in rules and specs."""
        now = time.monotonic()
        for stream in list(islice(self._rules_changed, SPECS_AT_ONCE)):
            del self._rules_changed[stream]  # before it is read: it may change again meanwhile
            try:
                rule = await self.store.rule(stream)
            except WindsockError:
                self._rules_changed[stream] = None
                raise
            if rule is None:
                self._rules.pop(stream, None)
            else:
                self._rules[stream] = rule
            self._instruct(stream, now)
        changed = list(islice(self._specs_changed, SPECS_AT_ONCE))
        for stream in changed:
            del self._specs_changed[stream]
            self._instruct(stream, now)
        try:
            await self._forget_rules(changed)
        except WindsockError:
            self._specs_changed |= dict.fromkeys(changed)
            raise
        for stream in list(islice(self._unread, READS_AT_ONCE)):
            self._unread.pop(stream, None)
            try:
                await self._recall(stream)
            except WindsockError:
                self._unread[stream] = None
                raise

    async def _forget_rules(self, streams: Iterable[str]) -> None:
        """Forget the rules of those that are there no more. The broker is asked, too: a spec that can't be read is no reason to forget what a person set."""
        gone = [stream for stream in streams if stream in self._rules and stream not in self._catalogue]
        there = frozenset(await self._broker.streams() if gone else ())
        for stream in gone:
            if stream not in there:
                await self.store.remove_rule(stream)
                self._rules.pop(stream, None)

    def _instruct(self, stream: str, now: float) -> None:
        """Watch a stream for what its rule and its thresholds say, or no more."""
        rule, levels = self._rules.get(stream), ()
        known = self._catalogue.get(stream)
        if known is None:
            rule = None
        elif known.type in JUDGED_TYPES:
            levels = self._levels(stream, known.json)
        elif rule is not None:
            rule = AlertRule(silent=rule.silent)
        judge = self._judges.get(stream) or Judge(stream, now)
        more = judge.instruct(rule, levels)
        channel = self._keys.live(stream)
        if judge.idle:
            if self._judges.pop(stream, None) is not None:
                del self._by_channel[channel]
                self._gathered.pop(stream, None)
                self.subscription.remove([channel])
        elif stream not in self._judges:
            self._judges[stream] = judge
            self._by_channel[channel] = stream
            self.subscription.add([channel], lambda: self._unread.setdefault(stream))
        elif more:
            self._unread[stream] = None  # its newest sample came before anybody asked that

    async def _recall(self, stream: str) -> None:
        """What a stream's newest sample says, which came before anybody listened."""
        try:
            history = await self._broker.read(stream, newest=1)
        except UNREADABLE as error:
            unreadable("history", stream, error)
            return
        judge = self._judges.get(stream)
        if judge is None or not judge.reads or not history.entries:
            return
        span = span_of(_rows(history.entries[-1].payload)[-1:])
        if span is not None:
            judge.recall(span, time.monotonic())

    @staticmethod
    def _levels(stream: str, spec: bytes) -> tuple[Level, ...]:
        try:
            return levels_of(codec.decode(spec).get("thresholds")) if b'"thresholds"' in spec else ()
        except UNREADABLE as error:
            unreadable("thresholds", stream, error)
            return ()

    def _take_in(self, now: float) -> list[str]:
        """Show the judges what has arrived. The streams that it came from."""
        gathered, self._gathered = self._gathered, {}
        for stream, messages in gathered.items():
            judge = self._judges[stream]
            payloads = [live.payload for live in _lives(messages) if live.count]
            if payloads:
                judge.heard(span_of(_rows(b",".join(payloads)) if judge.reads else ()), now)
        return list(gathered)

    def _compare(self, streams: Iterable[str], now: float) -> list[AlertEvent]:
        """Judge these streams. What has changed since the last time."""
        time_ms = now_ms()
        events: list[AlertEvent] = []

        def happened(what: Any, alert: Alert) -> None:
            number = self._serial + len(events) + 1
            events.append(AlertEvent(number=number, event=what, time=time_ms, alert=alert))

        standing = self._standing
        for stream in streams:
            judge = self._judges.get(stream)
            found = {(stream, alert.kind): alert for alert in judge.look(now)} if judge else {}
            for key in [(stream, kind) for kind in ("threshold", "above", "below", "silent")]:
                old, new = standing.get(key), found.get(key)
                if new is not None and old is None:
                    standing[key] = new.model_copy(update={"since": time_ms})
                    happened("raised", standing[key])
                elif new is not None and old is not None and (new.limit, new.severity) != (old.limit, old.severity):
                    standing[key] = new.model_copy(update={"since": old.since})
                    happened("changed", standing[key])
                elif old is not None and new is None:
                    happened("cleared", standing.pop(key))
        return events

    def _alerts(self) -> Alerts:
        newest = sorted(self._standing.values(), key=lambda alert: -alert.since)
        return Alerts(
            active=newest[:MOST_LISTED],
            recent=list(self._recent),
            serial=self._serial,
            unlisted=max(0, len(newest) - MOST_LISTED),
        )

    def _name_of(self, stream: str) -> str:
        known = self._catalogue.get(stream)
        return str(codec.decode(known.json).get("name") or stream) if known is not None else stream


def _lives(messages: Iterable[bytes]) -> Iterator[Live]:
    """Live messages taken apart. What somebody published on our channel by hand is none, and counted."""
    for message in messages:
        try:
            yield read_live(message)
        except ValueError:
            DROPPED.labels("live_message").inc()


def _rows(payload: bytes) -> list[list[Any]]:
    """Rows of a payload; none if it can't be read, which is counted."""
    try:
        rows: list[Any] = codec.decode(b"[%b]" % payload)
    except ValueError:
        DROPPED.labels("unreadable_rows").inc()
        return []
    return [row for row in rows if isinstance(row, list)]

"""Validates messages, gathers them, and keeps the writer going.

The common message says again what its stream looks like, word for word. So the intake remembers each stream's last good message without its value: one that is
equal to it needs only its value validated (3 µs instead of 15), and one that is so byte for byte is not even parsed (see `template.py`). Everything else takes
the long way, through the whole contract.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from pydantic import ValidationError

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.framing import Fault
from windsock.shared.messages import MOST_SEQ
from windsock.shared.metrics import DROPPED, IN_HAND, REFUSED

from .feed import feed_of
from .flight import Flight, Segment, Sender, Unresolved
from .samples import Sample, samples_of, series_names, series_row
from .spec import check_purpose, read_id, read_message, spec_changes, unknown_fields
from .template import LONGEST_NUMBERS, NUMBERS, TIME, VALUE, Template, make_template
from .writer import Writer

if TYPE_CHECKING:
    from windsock.shared.broker.port import Broker
    from windsock.shared.framing import Frame
    from windsock.shared.settings import Settings

    from .known import Known

__all__ = ["Intake"]

log = logging.getLogger(__name__)


class Intake:
    """One worker's intake.

    Args:
        broker: where to.
        settings: limits and the publish key.
        way: how messages come, for metrics: `tcp`, `tcp_large`, `http`, `redis`.
        pace: least seconds between two writes under load; the first message after a pause is written at once.
        patience: how long a flight is tried while the broker is away, in seconds; None: until it is back.
    """

    def __init__(
        self, broker: Broker, settings: Settings, way: str, *, pace: float = 0.005, patience: float | None = None
    ) -> None:
        self.settings: Final = settings
        self.way: Final = way
        self._key = settings.publish_key.get_secret_value().encode() if settings.publish_key else None
        self._known: dict[str | int, Known] = {}
        self.templates: dict[bytes, Template] = {}
        """What is recognised without parsing, by the bytes before the value."""
        self.templates_by_time: dict[bytes, Template] = {}
        """The same, by the bytes before the time, where that comes before the value."""
        self._flight = Flight()
        self._waiting_for_room: list[Callable[[], None]] = []
        self._most_messages = settings.max_in_hand
        self._most_bytes = settings.max_in_hand_bytes
        IN_HAND.labels(way).set_function(lambda: self._flight.messages)
        for code in _RUNG_FOR:
            REFUSED.labels(way, code.value)
        self._writer = Writer(broker, self, pace=pace, patience=patience)

    # --- taking messages in

    @property
    def flight(self) -> Flight:
        """What is being gathered: everything accepted since the last write. Wait on it for all of that to be stored."""
        return self._flight

    @property
    def full(self) -> bool:
        """Whether the caller must stop reading until there is room (`when_room`). Accepting goes on to work: a segment that was read is taken whole."""
        flight = self._flight
        return (
            flight.messages >= self._most_messages
            or flight.bytes >= self._most_bytes
            or len(flight.unresolved) >= _MOST_UNRESOLVED
        )

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back, once, when there is room again."""
        self._waiting_for_room.append(callback)

    async def room(self) -> None:
        """Wait until there is room."""
        while self.full:
            event = asyncio.Event()
            self.when_room(event.set)
            await event.wait()

    def accept_many(
        self, pieces: Iterable[Frame], now: int, sender: Sender, first: int = 0, *, trusted: bool = True
    ) -> list[tuple[int, WindsockError]]:
        """Do with each message as `accept` does; what bytes are none is refused in its place.

        Args:
            pieces: what a splitter gave.
            now: their arrival, in ms UTC.
            sender: told of what turns out to be bad only later.
            first: the first one's number; the others count on.
            trusted: see `accept`.

        Returns:
            The refusals, each with its message's number.
        """
        refused: list[tuple[int, WindsockError]] = []
        flight, unresolved = self._flight, self._flight.unresolved_ids
        templates, by_time = self.templates, self.templates_by_time
        taken = size = 0
        for index, raw in enumerate(pieces, first):
            if type(raw) is bytes:
                before, _, rest = raw.partition(VALUE)
                template = templates.get(before)
                if template is None and by_time:
                    before, _, rest = raw.partition(TIME)
                    template = by_time.get(before)
                if (
                    template is not None
                    and (trusted or template.shows_key)
                    and template.rest is template.known.rest
                    and (not unresolved or template.known.id not in unresolved)
                ):
                    at, text = now, None
                    if template.between is None:
                        if rest.endswith(template.behind):
                            text = rest[: template.cut]
                    elif (found := template.value_and_time(rest)) is not None:
                        text, at = found
                    if text is not None and len(text) <= LONGEST_NUMBERS:
                        known = template.known
                        row: list[Any]
                        try:
                            value = orjson.loads(text)
                        except orjson.JSONDecodeError:
                            value = None  # the long way says what is wrong
                        if type(value) is list:
                            row = cast("list[Any]", value)
                            fits = NUMBERS.issuperset(map(type, row))
                            row.insert(0, at)
                        else:
                            row = [at, value]
                            fits = type(value) is float or type(value) is int
                        if fits:
                            segment = known.segment
                            if segment is None or segment.source:
                                segment = self._segment(known, "")
                            segment.rows.append(row)
                            segment.count += 1
                            taken += 1
                            size += len(raw)
                            if known.unknown:
                                flight.unknown_fields += known.unknown
                            continue
            try:
                if isinstance(raw, Fault):
                    raise self._fault(raw)
                self.accept(cast("bytes", raw), now, sender, index, trusted=trusted)
            except WindsockError as error:
                refused.append((index, error))
        if taken:
            flight.messages += taken
            flight.bytes += size
            self._writer.wake()
        return refused

    def _fault(self, fault: Fault) -> WindsockError:
        error = WindsockError(Code(fault.code), fault.message, f": {fault.head.decode('utf-8', 'replace')!r}")
        self.count_refused(error)
        return error

    def accept(self, raw: bytes, now: int, sender: Sender, index: int = 0, *, trusted: bool = True) -> None:
        """Validate a message and gather it.

        Args:
            raw: one JSON object.
            now: its arrival, in ms UTC.
            sender: told if the message turns out to be bad only when its stream has been looked up.
            index: the message's number, for `sender`.
            trusted: the key was shown already; if False, and there is a key, the message must carry it in `api_crypt`.

        Raises:
            WindsockError: the message is refused; nothing of it is stored.
        """
        flight = self._flight
        try:
            message = orjson.loads(raw)
            rid = message.pop("id", None)
            # An id of true or 1.0 would find the stream 1 in the dict; a list would not even hash.
            known = self._known.get(rid) if type(rid) is str or type(rid) is int else None
            if (
                known is not None
                and not known.long_way
                and (not flight.unresolved_ids or known.id not in flight.unresolved_ids)
                and (self._key is None or trusted or self._shows_key(message.get("api_crypt")))
            ):
                value = message.pop("value", None)
                time = message.pop("time", None)
                seq = message.pop("seq", None)
                shown = message.pop("api_crypt", None)
                if (
                    value is not None
                    and message == known.rest
                    and self._add(known, now if time is None else codec.read_time(time), value, seq)
                ):
                    flight.messages += 1
                    flight.bytes += len(raw)
                    flight.unknown_fields += known.unknown
                    if flight.messages == 1:
                        self._writer.wake()
                    known.alike += 1
                    if known.alike in _LEARN_AT and known.series and not known.source and seq is None:
                        self._learn(raw, known, shown, timed=time is not None)
                    return
        except (orjson.JSONDecodeError, AttributeError, TypeError, ValidationError, WindsockError, RecursionError):
            pass  # the long way finds out what is wrong, and says it
        self._accept_slowly(raw, now, sender, index, trusted=trusted)

    def _add(self, known: Known, at: int, value: object, seq: object) -> bool:
        """Gather a value, if that can be done without a look at the whole message."""
        source = known.source
        if source and (type(seq) is not int or not 0 <= seq <= MOST_SEQ):
            return False
        row, payload = None, b""
        if known.series:
            row = series_row(known, at, value)
            if row is None:
                return False
        else:
            payload = codec.encode_row(at, known.validate(value))
        # Only now: a segment without rows would be a batch that says nothing.
        segment = known.segment
        if segment is None or segment.source != source:
            segment = self._segment(known, source)
        if source and segment.seqs and cast("int", seq) <= segment.seqs[-1]:
            return True  # here already, in this very flight
        if row is None:
            segment.payloads.append(payload)
        else:
            if type(value) is dict:
                segment.legend = list(known.legend)
            segment.rows.append(row)
        segment.count += 1
        if source:
            segment.seqs.append(cast("int", seq))
        return True

    def _learn(self, raw: bytes, known: Known, shown: object, *, timed: bool) -> None:
        """Make a template of a message like which more may come."""
        made = make_template(bytes(raw), known, timed=timed, shows_key=self._key is None or self._shows_key(shown))
        if made is not None:
            before, template = made
            templates = self.templates_by_time if template.time_first else self.templates
            if len(templates) >= self.settings.max_streams:
                templates.clear()
            templates[before] = template

    def _segment(self, known: Known, source: str) -> Segment:
        """The open batch of a stream and source."""
        segment = known.segments.get(source)
        if segment is None:
            segment = known.segments[source] = Segment(known, source)
            self._flight.segments.append(segment)
        known.segment = segment
        return segment

    def _shows_key(self, shown: object) -> bool:
        return self._key is None or (
            isinstance(shown, str) and hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), self._key)
        )

    def _accept_slowly(self, raw: bytes, now: int, sender: Sender, index: int, *, trusted: bool) -> None:
        try:
            message = codec.parse(raw)
            if not trusted and not self._shows_key(message.get("api_crypt")):
                raise WindsockError(
                    Code.UNAUTHORIZED,
                    'the publish key is missing or wrong: show it in a first {"hello": {"key": ...}} (TCP), as Authorization: Bearer (HTTP), '
                    "or as api_crypt in each message",
                )
            stream = read_id(message)
            known = self._known.get(stream)
            flight = self._flight
            if known is None or stream in flight.unresolved_ids:
                flight.unresolved.append(Unresolved(stream, message, now, sender, index))
                flight.unresolved_ids.add(stream)
            else:
                self.take(known, message, now)
        except WindsockError as error:
            self.count_refused(error)
            raise
        flight.messages += 1
        flight.bytes += len(raw)
        self._writer.wake()

    def take(self, known: Known, message: codec.JsonObject, now: int) -> None:
        """Validate a parsed message of a known stream against the whole contract, and gather it.

        Raises:
            WindsockError: refused.
        """
        if codec.depth_of(message, self.settings.max_depth) > self.settings.max_depth:
            raise WindsockError(Code.TOO_DEEP, f"nested deeper than {self.settings.max_depth} levels")
        check_purpose(message)
        checked = read_message(message, known.type)
        feed = feed_of(checked, known.spec, self.settings)
        samples = samples_of(checked, now, self.settings.max_batch)
        changes = spec_changes(known.spec, checked, series_names(checked["type"], samples))
        source, seq = cast("str", checked.get("source", "")), cast("int | None", checked.get("seq"))
        if seq is None:
            source = ""
        if changes:
            # What was gathered before belongs to the spec as it was.
            known.segments = {}
            known.wave += 1
            known.spec = known.spec | changes
            known.settle()
        if feed is not None:
            self._flight.feeds[known.id] = feed
        if samples or changes:
            segment = self._segment(known, source)
            segment.spec = segment.spec | changes
            if seq is None or not source or not segment.seqs or seq > segment.seqs[-1]:
                self._put(known, segment, samples, seq)
        known.rest = {name: value for name, value in message.items() if name not in _NOT_REST}
        known.alike = 0
        known.source = checked.get("source", "")
        known.unknown = unknown_fields(known.rest)
        self._flight.unknown_fields += known.unknown

    @staticmethod
    def _put(known: Known, segment: Segment, samples: list[Sample], seq: int | None) -> None:
        for at, value in samples:
            if not known.series:
                segment.payloads.append(codec.encode_row(at, value))
            elif type(value) is dict:
                row = series_row(known, at, cast("dict[str, Any]", value))
                assert row is not None  # noqa: S101  # the legend was just made to hold every name
                segment.legend = list(known.legend)
                segment.rows.append(row)
            elif type(value) is list:
                segment.rows.append([at, *cast("list[Any]", value)])
            else:
                segment.rows.append([at, value])
        segment.count += len(samples)
        if seq is not None:
            segment.seqs += [seq] * len(samples)

    def count_refused(self, error: WindsockError) -> None:
        """Count a refusal."""
        REFUSED.labels(self.way, error.code.value).inc()

    # --- for the writer

    def take_off(self) -> Flight:
        """Close the open flight and open the next."""
        flight, self._flight = self._flight, Flight()
        for segment in flight.segments:
            segment.known.take_off()
        return flight

    def make_room(self) -> None:
        """Tell who waits for room."""
        if not self.full:
            waiting, self._waiting_for_room = self._waiting_for_room, []
            for callback in waiting:
                callback()

    def known(self, stream: str) -> Known | None:
        """What is known of a stream."""
        return self._known.get(stream)

    def remember(self, known: Known) -> None:
        """Know a stream from now on; under its number too, if its id is one."""
        if len(self._known) > 4 * self.settings.max_streams:
            # Streams that were removed stay known until here; the living ones are looked up again.
            self._known = {name: other for name, other in self._known.items() if other.segment is not None}
        self._known[known.id] = known
        if known.id.isdecimal() and known.id.isascii() and str(int(known.id)) == known.id:
            self._known[int(known.id)] = known

    def forget(self, flight: Flight) -> None:
        """A flight was given up. What the broker has of its streams is not what we think: it is looked at again before their next message."""
        gone = {segment.known for segment in flight.segments}
        for known in gone:
            known.rest = None
        self._known = {name: known for name, known in self._known.items() if known not in gone}

    # --- life

    async def run(self) -> None:
        """Write what is gathered, until cancelled."""
        await self._writer.run()

    async def drain(self) -> None:
        """Wait until all that was accepted is stored."""
        await self._writer.drain()

    async def finish(self) -> None:
        """Store what was accepted, at the end of the process. What the broker does not take in time is let go: said, counted, never acknowledged."""
        try:
            async with asyncio.timeout(_FINISH_SHARE * self.settings.shutdown_seconds):
                await self._writer.drain()
        except TimeoutError:
            unstored = self._writer.let_go()
            DROPPED.labels("end").inc(unstored)
            log.warning("%d messages could not be stored before the end, and were not acknowledged", unstored)


_RUNG_FOR: Final = (Code.UNAUTHORIZED, Code.TOO_MANY_STREAMS)
"""Refusals that alerts look for: their counters are there from the start, or the first refusal would be no increase, and ring nobody."""

_FINISH_SHARE: Final = 0.75
"""How much of the time that there is for stopping: the rest is for telling publishers."""

_LEARN_AT: Final = frozenset(range(3, 64, 4))
"""Which of a stream's messages that are alike become templates: some, since several publishers may write the same in different ways; not all, since there are
publishers whose bytes never come again."""

_MOST_UNRESOLVED: Final = 500
"""Messages of unknown streams are validated all at once, when their streams have been looked up: 20 ms if all of them are bad."""

_NOT_REST: Final = frozenset({"id", "value", "samples", "time", "seq", "api_crypt"})

"""What it costs to find messages in a stream: splitting with and without separator, in large reads and one by one.

    python benchmarks/framing.py

A micro benchmark without processes or sockets, in under 20 seconds. All variants run once a round, a ratio is taken
within its round, and the median of the ratios counts; times are CPU times.
"""

from __future__ import annotations

import statistics
import struct
import time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from windsock.shared.framing import FrameSplitter, ObjectSplitter, parse_relaxed, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
MESSAGES = 1000
FLAT = (
    b'{"id":80085, "value":[41.2], "type":"line","active_points": 20, "label":["Random Number"], "legend": ["random"], '
    b'"name":"Random numbers, live","borderColor":["#3e95cd"], "backgroundColor" :["#3e95cd"],"time":1700000000000}'
)
NESTED = FLAT.replace(b"[41.2]", b'{"user":41.2,"sys":18}')
ESCAPED = FLAT.replace(b"Random numbers", b'Random \\"num\\"')


class Message(BaseModel):
    """Of the size and kind of the real contract, and independent of it."""

    model_config = ConfigDict(extra="ignore")

    id: int | str
    value: float | list[float] | dict[str, float]
    type: str = "line"
    active_points: int | None = None
    name: str | None = None
    label: list[str] | str | None = None
    legend: list[str] | str | None = None
    borderColor: list[str] | str | None = None  # noqa: N815 - the wire's name
    backgroundColor: list[str] | str | None = None  # noqa: N815 - the wire's name
    time: int | float | str | None = None


validate = Message.__pydantic_validator__.validate_json


def stream(separator: bytes, message: bytes = FLAT) -> bytes:
    """Many messages; values differ, as they do."""
    return b"".join(message.replace(b"41.2", b"%.1f" % (n / 7)) + separator for n in range(MESSAGES))


def reads(data: bytes, size: int) -> list[bytes]:
    """The stream as a socket would give it."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def split_and_validate(data: bytes, size: int) -> Callable[[], None]:
    """Our splitter, then pydantic."""
    pieces = reads(data, size)
    splitter = ObjectSplitter()

    def run() -> None:
        for piece in pieces:
            for message in splitter.feed(piece):
                validate(message)  # pyright: ignore[reportArgumentType] - a Fault would raise, as it should here

    return run


def lines_and_validate(data: bytes) -> Callable[[], None]:
    """The least that can be done: cut at newlines, check nothing, know nothing of unfinished messages."""

    def run() -> None:
        for line in data.splitlines():
            validate(line)

    return run


def feed_only(pieces: list[bytes]) -> Callable[[], None]:
    """Our splitter without the validator."""
    splitter = ObjectSplitter()

    def run() -> None:
        for piece in pieces:
            splitter.feed(piece)

    return run


def validate_only(messages: list[bytes]) -> Callable[[], None]:
    """The validator without the splitter."""

    def run() -> None:
        for message in messages:
            validate(message)

    return run


def do_nothing(pieces: list[bytes]) -> Callable[[], None]:
    """The loop alone."""

    def run() -> None:
        for _ in pieces:
            pass

    return run


def measure(variants: dict[str, Callable[[], None]]) -> list[dict[str, float]]:
    """CPU seconds a message, by variant and round."""
    rounds: list[dict[str, float]] = []
    for number in range(ROUNDS + 1):
        names = list(variants) if number % 2 else list(reversed(variants))
        taken: dict[str, float] = {}
        for name in names:
            best = float("inf")
            for _ in range(3):
                begin = time.process_time()
                variants[name]()
                best = min(best, time.process_time() - begin)
            taken[name] = best / MESSAGES
        if number:  # the first round warms up
            rounds.append(taken)
    return rounds


def main() -> None:
    """Prints the table."""
    plain, lined = stream(b""), stream(b"\n")
    messages = lined.splitlines()
    halves = [half for message in messages for half in (message[:90], message[90:])]
    large = 256 << 10
    variants = {
        "newlines, 256 KB reads": split_and_validate(lined, large),
        "no separator, 256 KB reads": split_and_validate(plain, large),
        "newlines, 64 KB reads": split_and_validate(lined, 64 << 10),
        "no separator, 64 KB reads": split_and_validate(plain, 64 << 10),
        "newlines, 1448 B reads": split_and_validate(lined, 1448),
        "no separator, 1448 B reads": split_and_validate(plain, 1448),
        "CRLF": split_and_validate(stream(b"\r\n"), large),
        "commas": split_and_validate(stream(b", "), large),
        "nested, newlines": split_and_validate(stream(b"\n", NESTED), large),
        "nested, no separator": split_and_validate(stream(b"", NESTED), large),
        "escaped quotes, newlines": split_and_validate(stream(b"\n", ESCAPED), large),
        "escaped quotes, no separator": split_and_validate(stream(b"", ESCAPED), large),
        "splitlines, nothing checked": lines_and_validate(lined),
        "validation alone": validate_only(messages),
        "a message a read": feed_only(messages),
        "a message and newline a read": feed_only([message + b"\n" for message in messages]),
        "a message in two reads": feed_only(halves),
        "loop alone": do_nothing(messages),
    }
    rounds = measure(variants)

    def micros(name: str) -> float:
        return statistics.median(one[name] for one in rounds) * 1e6

    def ratio(name: str, base: str) -> float:
        return statistics.median(one[base] / one[name] for one in rounds)

    print(
        f"split and validate, {len(FLAT)} B messages: throughput beside\n{'':32}{'µs':>6}{'newlines':>10}{'splitlines':>12}"
    )
    for name in list(variants)[:12]:
        base = (
            name.replace("no separator", "newlines")
            if name.replace("no separator", "newlines") in variants
            else "newlines, 256 KB reads"
        )
        print(
            f"{name:32}{micros(name):6.2f}{ratio(name, base):10.1%}{ratio(name, 'splitlines, nothing checked'):12.1%}"
        )
    print(f"{'splitlines, nothing checked':32}{micros('splitlines, nothing checked'):6.2f}")
    print(f"{'validation alone':32}{micros('validation alone'):6.2f}")
    print("\nsplitter alone, µs a message (of validation)")
    for name in ("a message a read", "a message and newline a read", "a message in two reads"):
        part = statistics.median((one[name] - one["loop alone"]) / one["validation alone"] for one in rounds)
        print(f"{name:32}{micros(name) - micros('loop alone'):6.2f}{part:10.1%}")
    large_ones()


def large_ones() -> None:
    """What a picture of 30 MB costs, and the text of an older map."""
    text = '{"id":"camera","value":"data:image/jpeg;base64,' + "QUJD" * 7_500_000 + '"}'
    pickled = b"V" + text.encode() + b"\np0\n."
    framed = struct.pack(">L", len(pickled)) + pickled
    pieces = reads(framed, 256 << 10)
    points = ",".join("{lat: 41.3851, lng: 2.1734}" for _ in range(1000))
    relaxed = f"{{ center: {{lat: 41.4, lng: 2.17}}, zoom: 4, data: [{points}] }}"

    def frames() -> None:
        splitter = FrameSplitter()
        for piece in pieces:
            splitter.feed(piece)

    print("\nlarge ones, ms")
    for name, run in {
        "frame of 30 MB in 256 KB reads": frames,
        "30 MB of text unpickled": lambda: read_text(pickled),
        "map text of 1,000 points": lambda: parse_relaxed(relaxed),
    }.items():
        taken: list[float] = []
        for _ in range(5):
            begin = time.process_time()
            run()
            taken.append(time.process_time() - begin)
        print(f"{name:32}{min(taken) * 1e3:6.1f}")


if __name__ == "__main__":
    main()

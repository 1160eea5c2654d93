"""Lines of many on one terminal, none of whom is held up by it."""

from __future__ import annotations

import io
import json
import threading
import time

from windsock.command.up.console import MAX_WAITING, Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stalled(io.StringIO):
    """Takes nothing until it is let go, as a terminal after Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.go.wait()
        return super().write(text)


def test_each_line_carries_the_name_of_who_said_it() -> None:
    out = io.StringIO()
    with Console(out, width=6) as console:
        console.line("web", "up")
        console.line("tcp", "up too")
    assert out.getvalue() == "web   | up\ntcp   | up too\n"


def test_every_line_of_a_longer_word_carries_the_name() -> None:
    out = io.StringIO()
    with Console(out, width=9) as console:
        console.say("web died. It said:\n    nothing")
    assert out.getvalue() == "windsock | web died. It said:\nwindsock |     nothing\n"


def test_a_name_that_the_line_says_itself_is_said_once() -> None:
    out = io.StringIO()
    with Console(out, width=6) as console:
        console.line("web", "12:00:00.123 web  listening")
    assert out.getvalue() == "web   | 12:00:00.123  listening\n"


def test_names_are_coloured_on_a_terminal_only() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        with Console(out) as console:
            console.line("web", "up")
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b[" not in pipe.getvalue()


def test_with_json_every_line_is_readable_to_programs() -> None:
    out = io.StringIO()
    with Console(out, json_lines=True) as console:
        console.line("web", '{"service": "web", "message": "up"}')
        console.line("valkey", 'it is "up"')
        console.say("all up")
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["service"], line["message"]) for line in told] == [
        ("web", "up"),
        ("valkey", 'it is "up"'),
        ("windsock", "all up"),
    ]


def test_a_stopped_terminal_holds_nobody_up_and_what_it_missed_is_counted() -> None:
    out = Stalled()
    began = time.monotonic()
    with Console(out) as console:
        console.line("web", "first")
        assert out.reached.wait(5)
        for number in range(MAX_WAITING + 100):
            console.line("web", str(number))
        assert time.monotonic() - began < 5, "a line had to wait for the terminal"
        out.go.set()
    assert "... 100 lines left out" in out.getvalue()
    assert out.getvalue().endswith(f"| {MAX_WAITING + 99}\n")


def test_the_end_does_not_wait_for_a_terminal_that_takes_no_more() -> None:
    out = Stalled()
    began = time.monotonic()
    with Console(out) as console:
        console.line("web", "never seen")
        assert out.reached.wait(5)
    assert time.monotonic() - began < 3
    out.go.set()

"""Logging and timing by a stream."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from kit.fake_ingest import FakeIngest

from windsock.client import Stream, StreamHandler

MakeStream = Callable[..., Stream]


@pytest.fixture
def logger() -> logging.Logger:
    logger = logging.Logger("program", logging.DEBUG)  # noqa: LOG001  # not in the tree: nothing else hears it
    logger.propagate = False
    return logger


def test_records_become_lines_with_level_and_time(server: FakeIngest, make_stream: MakeStream, logger: logging.Logger):
    handler = StreamHandler(make_stream("log", "text"), logging.INFO)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.debug("too small")
    logger.info("started %d", 5)
    logger.log(45, "bad")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logger.exception("failed")
    handler.close()
    first, second, third = server.samples("log")
    assert first == {"level": "info", "text": "program: started 5"}
    assert second == {"level": "error", "text": "program: bad"}
    assert third["text"].endswith("ZeroDivisionError")


def test_what_the_client_itself_says_is_not_sent(server: FakeIngest, make_stream: MakeStream, logger: logging.Logger):
    handler = StreamHandler(make_stream("log", "text"))
    handler.emit(logging.LogRecord("windsock", logging.ERROR, "", 0, "about itself", (), None))
    handler.emit(logging.LogRecord("windsocks", logging.ERROR, "", 0, "about others", (), None))
    handler.close()
    assert [line["text"] for line in server.samples("log")] == ["about others"]


def test_a_handler_makes_its_own_stream(server: FakeIngest, logger: logging.Logger):
    handler = StreamHandler("own", server=server.url, name="A log")
    logger.addHandler(handler)
    logger.warning("here")
    handler.close()
    assert server.samples("own") == [{"level": "warning", "text": "here"}]
    assert server.looks("own") == [{"type": "text", "name": "A log"}]


def test_a_block_and_a_function_are_timed(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("timing", unit="ms")

    @stream.timed()
    def work() -> int:
        return 5

    assert work() == 5
    with stream.timed():
        pass

    def program() -> None:
        with stream.timed():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        program()
    assert stream.flush()
    took = server.samples("timing")
    assert len(took) == 3
    assert all(0 <= each < 1000 for each in took)

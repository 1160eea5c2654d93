"""The way over HTTP, to a server that answers what it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from kit.waiting import until
from typing_extensions import override

from windsock.client import Stream, WindsockError
from windsock.client.notebook import panel_html


class Web(ThreadingHTTPServer):
    """A server; `answers` are given in turn, the last one for ever: status, headers, body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        assert isinstance(self.server, Web)
        self.server.asked += 1
        status, headers, said = self.server.answers[self.path.partition("?")[0]]
        body = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:  # the base's name
        pass


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize("after", ["0", "-1", "soon", None])
def test_a_server_that_is_away_is_asked_seldom_whatever_it_says(web: Web, after: str | None):
    away = {} if after is None else {"Retry-After": after}
    web.answers["/v1/messages"] = (503, away, {"error": {"code": "unavailable", "message": "Redis is away"}})
    with Stream("cpu", server=web.url) as stream:
        stream.send(1)
        until(lambda: web.asked, "it is asked")
        began, asked = time.monotonic(), web.asked
        time.sleep(1)  # what is counted is how often it asks in this time
        rate = (web.asked - asked) / (time.monotonic() - began)
        web.answers["/v1/messages"] = (202, {}, {"accepted": 1, "rejected": []})
        assert stream.flush(20), "and it is asked again in the end"
    assert rate < 10, f"it was asked {rate:.0f} times a second"


def read(web: Web, kind: str, rows: list[list[Any]]) -> Any:
    web.answers["/v1/streams/cpu/samples"] = (200, {}, {"type": kind, "rows": rows})
    web.answers["/v1/streams"] = (200, {}, {"streams": [{"id": "cpu", "type": kind}]})
    return Stream("cpu", board=web.url).read().values


def test_what_was_no_number_before_the_type_changed_is_read_as_a_gap(web: Web):
    rows = [[1000, [{"text": "one"}]], [2000, "data:"], [3000], [4000, True, 5], [5000, 1.5, 2]]
    found = read(web, "line", rows)
    nan = np.nan
    np.testing.assert_array_equal(found, [[nan, nan], [nan, nan], [nan, nan], [nan, 5], [1.5, 2]])


def test_what_was_numbers_before_the_type_changed_is_read_as_it_is(web: Web):
    found = read(web, "text", [[1000], [2000, 1], [3000, 1, None], [4000, [{"text": "one"}]]])
    assert list(found) == [None, 1, [1, None], [{"text": "one"}]]


@pytest.mark.parametrize("board", ["http://127.0.0.1:x", "http://my host", "http://a..b"])
def test_a_notebook_is_told_in_words_that_the_board_is_none(board: str):
    stream = Stream("cpu", board=board)
    said = stream._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "is no board" in said
    assert "<iframe" not in said
    assert "does not answer" in panel_html(board, "cpu"), "it never raises"
    with pytest.raises(WindsockError, match="is no board"):
        stream.read()


@pytest.mark.parametrize("server", ["http://a..b", "http://board.example:x", "http://my host:1"])
def test_a_server_in_the_environment_that_is_none_is_told_and_stops_nothing(
    server: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WINDSOCK_SERVER", server)
    errors: list[WindsockError] = []
    stream = Stream("cpu", on_error=errors.append)
    stream.send(1)
    assert stream.flush(0)
    assert (stream.stats.refused, stream.stats.waiting) == (1, 0)
    assert f"{server!r} is no server" in str(errors[0])


def test_white_space_around_an_address_is_no_part_of_it(web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_SERVER", f" {web.url} \n")
    web.answers["/v1/messages"] = (202, {}, {"accepted": 1, "rejected": []})
    with Stream("cpu") as stream:
        stream.send(1)
        assert stream.flush(10)

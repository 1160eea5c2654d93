"""The stock example against a server that answers as the exchange does, with the exchange's own errors and with those of what stands before it."""

from __future__ import annotations

import http.server
import importlib.util
import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "stock_ticks.py"
PRICE = (200, b'{"data":{"amount":"67123.455","base":"BTC","currency":"USD"}}')
TOO_MANY = (429, b'{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}')
UNKNOWN = (404, b'{"errors":[{"id":"not_found","message":"Invalid base currency"}]}')
HTML = (200, b"<!DOCTYPE html><html><body>Checking your browser</body></html>")
EMPTY = (200, b"")
NO_AMOUNT = (200, b'{"data":{"amount":null}}')
OTHER = (200, b"[]")
Answer = tuple[int, bytes]


@contextmanager
def exchange(*answers: Answer) -> Generator[str]:
    """Answers one after the other, the last for ever; yields the address."""
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = left.pop(0) if len(left) > 1 else left[0]
            assert self.path == "/v2/prices/BTC-USD/spot"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's word
            """Nothing to say."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2/prices/{{}}/spot"
        server.shutdown()
        thread.join(5)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """The example, asking another address, without a pause."""

    def load(address: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location("stock_ticks", EXAMPLE)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr(module, "LIVE", address)
        monkeypatch.setattr(module, "PAUSE", 0)
        monkeypatch.setattr("sys.argv", ["stock_prices.py", "BTC-USD"])
        return module

    return load


def some(module: ModuleType, count: int) -> list[tuple[str, float]]:
    ticks: Iterator[tuple[str, float]] = module.ticks(0)
    return list(itertools.islice(ticks, count))


def test_prices_are_read(example: Callable[[str], ModuleType]):
    with exchange(PRICE) as address:
        assert some(example(address), 2) == [("BTC-USD", 67123.455)] * 2


@pytest.mark.parametrize("first", [TOO_MANY, UNKNOWN, HTML, EMPTY, NO_AMOUNT, OTHER, (503, b"")], ids=repr)
def test_without_a_first_price_the_day_is_synthetic_and_said_to_be(
    example: Callable[[str], ModuleType], first: Answer, capsys: pytest.CaptureFixture[str]
):
    with exchange(first) as address:
        [(origin, price)] = some(example(address), 1)
    assert origin == "synthetic", "the name of the series, in the panel's legend"
    assert 90 < price < 110
    said = capsys.readouterr().err
    assert said.startswith("no price of BTC-USD (")
    assert said.endswith("): a synthetic day instead\n")


def test_a_failure_later_is_a_gap_and_no_made_up_price(example: Callable[[str], ModuleType]):
    with exchange(PRICE, TOO_MANY, HTML, EMPTY, PRICE) as address:
        assert some(example(address), 3) == [("BTC-USD", 67123.455)] * 3


def test_an_exchange_that_is_not_there(example: Callable[[str], ModuleType]):
    with exchange(PRICE) as address:
        pass
    [(origin, _)] = some(example(address), 1)
    assert origin == "synthetic"

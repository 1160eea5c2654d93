"""A lane's thread, and how it begins."""

from __future__ import annotations

import pytest
from kit.fake_ingest import FakeIngest

from windsock.client.lane import Lane
from windsock.client.outbox import Outbox
from windsock.client.reports import Reports
from windsock.client.target import find_target
from windsock.client.transport import Lost, Transport
from windsock.client.transport.dial import dial
from windsock.client.transport.http import HttpTransport
from windsock.client.transport.tcp import TcpTransport, lines


def test_a_way_that_can_not_be_made_reaches_no_program_and_is_tried_again(server: FakeIngest):
    target = find_target(server.url)
    fails = [RuntimeError("no certificates")]

    def make() -> Transport:
        if fails:
            raise fails.pop()
        return TcpTransport(target, target.port, lines)

    lane = Lane("a lane", make, lambda: "me", 1000)
    outbox = Outbox("cpu", lane, Reports(on_error=lambda error: None), 10)
    outbox.put((1, 1, 1))
    assert "no certificates" in str(lane.trouble)
    lane.awake = False  # as after its rest
    outbox.put((2, 2, 1))
    assert outbox.wait_settled(10), "what waited is sent with the next sample"
    assert server.samples("cpu") == [1, 2]


@pytest.mark.parametrize(("host", "port"), [("a..b", 1), ("ü..b", 1), ("127.0.0.1", 99999)])
def test_an_address_that_can_not_be_is_nobody_who_answers(host: str, port: int):
    with pytest.raises(Lost, match="nothing answers"):
        dial(host, port)


def test_the_same_over_http(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_HTTP_PORT", "99999")
    with pytest.raises(Lost, match="nothing answers"):
        HttpTransport(find_target("http://127.0.0.1")).connect()

"""Refusals in the log: who, why, and not too often."""

from __future__ import annotations

import logging

import pytest

from windsock.shared.errors import Code, WindsockError
from windsock.shared.refusals import MOST_ADDRESSES, QUIET_MS, RefusalLog

ERROR = WindsockError(Code.UNAUTHORIZED, "the publish key is wrong")


def test_a_flood_from_one_address_is_a_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog("tcp")
    with caplog.at_level(logging.WARNING):
        for at in range(1000):
            refusals.note("192.0.2.7", ERROR, at)
        refusals.note("192.0.2.8", ERROR, 1000)
        refusals.note("192.0.2.7", ERROR, QUIET_MS + 1)
    assert [record.getMessage() for record in caplog.records] == [
        "tcp: refused from 192.0.2.7: the publish key is wrong",
        "tcp: refused from 192.0.2.8: the publish key is wrong",
        "tcp: refused from 192.0.2.7: the publish key is wrong (999 more since the last line)",
    ]
    assert vars(caplog.records[0])["address"] == "192.0.2.7"
    assert vars(caplog.records[0])["code"] == "unauthorized"


def test_a_bounded_number_of_addresses_is_remembered() -> None:
    refusals = RefusalLog("tcp")
    for number in range(MOST_ADDRESSES + 500):
        refusals.note(f"address {number}", ERROR, 0)
    assert len(refusals.seen) == MOST_ADDRESSES

"""ingest-http as a real process: stopped under load, and with the broker taken away from it."""

from __future__ import annotations

import http.client
import json
import threading

import pytest
from kit.history import stored_values as values
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until

pytestmark = pytest.mark.faults


def post(connection: http.client.HTTPConnection, stream: str, value: int) -> int:
    """POST one message; the status."""
    connection.request("POST", "/v1/messages", json.dumps({"id": stream, "value": value, "source": "p", "seq": value}))
    answer = connection.getresponse()
    answer.read()
    return answer.status


class Poster(threading.Thread):
    """Posts one message after the other until it is stopped or the service is gone; counts what was accepted."""

    def __init__(self, port: int, stream: str) -> None:
        super().__init__(daemon=True)
        self.accepted: list[int] = []
        self.statuses: set[int] = set()
        self.over = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._stream = stream

    def run(self) -> None:
        number = 0
        try:
            while not self.over.is_set():
                number += 1
                status = post(self._connection, self._stream, number)
                self.statuses.add(status)
                if status == 202:
                    self.accepted.append(number)
        except (OSError, http.client.HTTPException):
            pass  # the service closed the connection between two requests
        finally:
            self._connection.close()


def test_an_orderly_stop_answers_what_came_and_loses_nothing_that_was_accepted(broker_url: str) -> None:
    with ServiceProcess("ingest_http", broker_url) as service:
        posters = [Poster(service.port("http_port"), f"s{number}") for number in range(4)]
        for poster in posters:
            poster.start()
        until(lambda: all(len(poster.accepted) > 20 for poster in posters), "all publish", 20)
        assert service.stop() == 0
        for poster in posters:
            poster.join(10)
        for number, poster in enumerate(posters):
            assert poster.statuses == {202}
            stored = values(broker_url, f"s{number}")
            assert stored[: len(poster.accepted)] == poster.accepted
            assert len(stored) <= len(poster.accepted) + 1


@pytest.mark.timeout(90)
def test_what_was_accepted_is_kept_while_the_broker_comes_and_goes() -> None:
    with ValkeyProcess(persistent=True) as valkey, ServiceProcess("ingest_http", valkey.url) as service:
        poster = Poster(service.port("http_port"), "s")
        poster.start()
        until(lambda: len(poster.accepted) > 20, "it publishes")
        for _ in range(2):
            valkey.kill()
            until(lambda: 503 in poster.statuses, "it is told to come back", 15)
            valkey.start()
            poster.statuses.clear()
            until(lambda: 202 in poster.statuses, "it is accepted again", 15)
            poster.statuses.clear()
        poster.over.set()
        poster.join(10)
        stored = values(valkey.url, "s")
    assert stored == sorted(set(stored)), "in order, none twice"
    lost = set(poster.accepted) - set(stored)
    assert not lost, "Redis writes its file before it answers: its process's death loses nothing that was accepted"

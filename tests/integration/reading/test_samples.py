"""`GET /v1/streams/{id}/samples`, over a real connection, from a real history."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from kit.relay import Publisher, RunningRelay, running_relay
from kit.waiting import until_async
from prometheus_client import REGISTRY

from windsock.shared.broker import Batch
from windsock.shared.settings import Settings

START = 1_700_000_000_000
"""Sample n of a `Publisher` has the value n and the time START + n."""


async def ask(http: httpx.AsyncClient, stream: str = "cpu", /, **query: object) -> dict[str, Any]:
    answer = await http.get(f"/v1/streams/{stream}/samples", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(http: httpx.AsyncClient, stream: str = "cpu", /, **query: object) -> tuple[int, str, str]:
    answer = await http.get(f"/v1/streams/{stream}/samples", params={name: str(value) for name, value in query.items()})
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def values(answer: dict[str, Any]) -> list[int]:
    return [row[1] for row in answer["rows"]]


async def store(publisher: Publisher, stream: str, kind: str, *rows: list[Any], **spec: object) -> None:
    """Rows of any type, one batch each."""
    fields = [(name, json.dumps(value).encode()) for name, value in {"type": kind, **spec}.items()]
    await publisher.broker.register(stream)
    await publisher.broker.publish([Batch(stream, 1, json.dumps(row).encode(), 10_000, fields) for row in rows])


# --- which rows


async def test_without_a_question_the_newest_are_answered(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    for _ in range(4):
        await publisher.publish("cpu", count=400)
    answer = await ask(http)
    assert values(answer) == list(range(602, 1602)), "the newest thousand"
    assert answer["id"] == "cpu"
    assert answer["epoch"]
    assert answer["type"] == "line"
    assert (answer["first"], answer["offset"], answer["count"]) == (602, 1601, 1000)
    assert answer["decimated"] is False
    assert "next" not in answer
    assert values(await ask(http, limit=3)) == [1599, 1600, 1601]


async def test_pages_lead_through_all_of_it(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    for count in (7, 1, 300, 20):
        await publisher.publish("cpu", count=count)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        answer = await ask(http, after=after, limit=50)
        assert len(answer["rows"]) <= 50
        seen += values(answer)
        after = answer.get("next")
    assert seen == list(range(1, 330))
    assert (await ask(http, after=329))["rows"] == []
    assert (await ask(http, after=329))["offset"] == 329, "where to go on from"


async def test_what_history_dropped_is_told(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    small = Publisher(publisher.broker, keep=10)
    small.sent["cpu"] = 1
    for _ in range(50):
        await small.publish("cpu")
    answer = await ask(http, after=5)
    assert answer["first"] > 6
    assert answer["lost"] == answer["first"] - 6


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START + 100, START + 200),
        ((START + 100) / 1000, (START + 200) / 1000),
        *[
            (f"2023-11-14T22:13:20.100{zone}", f"2023-11-14T22:13:20.200{zone}")
            for zone in ("", "Z", "+00:00", " 00:00")  # the last one: a plus that was not escaped
        ],
        ("2023-11-14T23:13:20.100+01:00", "2023-11-14T23:13:20.200 0100"),
    ],
)
async def test_a_range_of_time_in_every_form_of_a_time(
    http: httpx.AsyncClient, publisher: Publisher, start: object, end: object
) -> None:
    await publisher.create("cpu")
    await publisher.publish("cpu", count=500)
    answer = await ask(http, **{"from": start, "to": end})
    assert values(answer) == list(range(100, 200)), "the end is left out: ranges that follow one another share no row"
    assert (answer["first"], answer["offset"], answer["count"]) == (100, 199, 100)


async def test_a_range_can_be_read_in_pages_and_has_open_ends(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    await publisher.publish("cpu", count=3000)
    begin, end = START + 1500, START + 2500
    first = await ask(http, **{"from": begin, "to": end}, limit=600)
    assert values(first) == list(range(1500, 2100))
    second = await ask(http, **{"from": begin, "to": end}, limit=600, after=first["next"])
    assert values(second) == list(range(2100, 2500))
    assert "next" not in second
    assert values(await ask(http, **{"from": START + 2999})) == [2999, 3000, 3001]
    assert values(await ask(http, to=START + 3)) == [1, 2]
    assert (await ask(http, **{"from": START + 9000}))["count"] == 0


async def test_times_out_of_order_are_found_all_the_same(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await store(publisher, "late", "line", [5000, 5], [1000, 1], [3000, 3], [2000, 2], [9000, 9])
    answer = await ask(http, "late", **{"from": 1, "to": 4})
    assert answer["rows"] == [[1000, 1], [3000, 3], [2000, 2]], "in the order in which they came"


async def test_ids_of_any_kind(http: httpx.AsyncClient, publisher: Publisher) -> None:
    for stream in ("hall/3/temp", "Füße 100%", "a b?c#d", "samples"):
        await publisher.create(stream)
        path = httpx.URL(f"/v1/streams/{stream.replace('%', '%25').replace('?', '%3F').replace('#', '%23')}/samples")
        answer = await http.get(path)
        assert answer.json()["id"] == stream


# --- fewer rows


async def test_thinned_out_to_so_many_points(http: httpx.AsyncClient, publisher: Publisher) -> None:
    rows = [[START + number, 1000 if number == 4321 else number % 7] for number in range(9000)]
    await publisher.broker.register("cpu")
    await publisher.broker.publish(
        [Batch("cpu", len(rows), json.dumps(rows)[1:-1].encode(), 10_000, [("type", b'"line"')])]
    )
    for method in ("minmax", "lttb"):
        answer = await ask(http, max_points=100, method=method)
        assert answer["decimated"] is True
        assert answer["total"] == 9000
        assert 50 <= len(answer["rows"]) == answer["count"] <= 100
        assert all(row in rows for row in answer["rows"]), "rows as they were sent"
        assert [START + 4321, 1000] in answer["rows"], "the peak is there"
        assert answer["rows"][0] == rows[0]
        assert answer["rows"][-1] == rows[-1]
        assert (answer["first"], answer["offset"]) == (1, 9000)
    whole = await ask(http, max_points=9000)
    assert whole["rows"] == rows
    assert whole["decimated"] is False
    part = await ask(http, **{"from": START + 1000, "to": START + 1050}, max_points=100)
    assert part["rows"] == rows[1000:1050]


async def test_other_types_are_cut_to_the_newest(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await store(publisher, "log", "text", *([number, [{"text": f"line {number}"}]] for number in range(30)))
    answer = await ask(http, "log", max_points=10)
    assert [row[0] for row in answer["rows"]] == list(range(20, 30))
    assert (answer["total"], answer["count"], answer["decimated"]) == (30, 10, True)


# --- forms


async def test_csv(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await store(
        publisher,
        "cpu",
        "line",
        [START, 1, 2.5],
        [START + 1001, None, -3],
        [START + 2000, 4],
        legend=["user, all", "=cmd|' /C calc'!A0"],
    )
    answer = await http.get("/v1/streams/cpu/samples", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''cpu.csv"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["time", "user, all", "'=cmd|' /C calc'!A0"],
        ["2023-11-14T22:13:20.000Z", "1", "2.5"],
        ["2023-11-14T22:13:21.001Z", "", "-3"],
        ["2023-11-14T22:13:22.000Z", "4", ""],
    ], "no name is run by a spreadsheet"
    times = [row[0] for row in csv.reader(io.StringIO(answer.text))][1:]
    assert datetime.fromisoformat(times[1]) == datetime.fromtimestamp((START + 1001) / 1000, UTC)


async def test_csv_of_other_types_has_the_value_as_json(http: httpx.AsyncClient, publisher: Publisher) -> None:
    value = [{"level": "info", "text": '=1+1, "quoted"\nand broken'}]
    await store(publisher, "log", "text", [START, value])
    text = (await http.get("/v1/streams/log/samples", params={"format": "csv"})).text
    head, line = csv.reader(io.StringIO(text))
    assert head == ["time", "value"]
    assert json.loads(line[1]) == value


@pytest.mark.parametrize("method", ["minmax", "lttb"])
async def test_rows_of_an_earlier_type_are_gaps_among_numbers(
    http: httpx.AsyncClient, publisher: Publisher, method: str
) -> None:
    await store(publisher, "cpu", "text", [START, [{"text": 'he said "no", twice'}]], [START + 1, [{"text": "null"}]])
    await store(publisher, "cpu", "line", *([START + number, number] for number in range(2, 42)))
    rows = (await ask(http, max_points=20, method=method))["rows"]
    assert rows[0] == [START, None]
    assert rows[-1] == [START + 41, 41]
    answer = await http.get("/v1/streams/cpu/samples", params={"format": "csv"})
    table = list(csv.reader(io.StringIO(answer.text)))
    assert [row[1:] for row in table] == [["value"], [""], [""], *([str(number)] for number in range(2, 42))]
    thinned = await http.get("/v1/streams/cpu/samples", params={"format": "csv", "max_points": 20})
    assert thinned.status_code == 200


async def test_ndjson_may_be_published_again(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await store(publisher, "cpu", "area", [START, 1, None], [START + 1, 3, 4], legend=["a", "b"], unit="%")
    answer = await http.get("/v1/streams/cpu/samples", headers={"accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"id": "cpu", "type": "area", "legend": ["a", "b"], "unit": "%", "time": START, "value": [1, None]},
        {"id": "cpu", "time": START + 1, "value": [3, 4]},
    ]


async def test_a_lone_gap_is_published_again_as_one(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await store(publisher, "one", "line", [START, 1], [START + 1, None], [START + 2, 2])
    answer = await http.get("/v1/streams/one/samples", params={"format": "ndjson"})
    assert [json.loads(line)["value"] for line in answer.text.splitlines()] == [1, [None], 2]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/html, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ("application/json, text/csv", "application/json"),
        ("text/html", "application/json"),
        ("*/*", "application/json"),
    ],
)
async def test_the_form_is_chosen_by_accept(
    http: httpx.AsyncClient, publisher: Publisher, accept: str, form: str
) -> None:
    await publisher.create("cpu")
    answer = await http.get("/v1/streams/cpu/samples", headers={"accept": accept})
    assert answer.headers["content-type"] == form
    assert "accept" in answer.headers["vary"]
    named = await http.get("/v1/streams/cpu/samples", params={"format": "json"}, headers={"accept": accept})
    assert named.headers["content-type"] == "application/json", "format wins"


# --- HTTP


def stalled_reads() -> float:
    return REGISTRY.get_sample_value("windsock_reads_total", {"result": "stalled"}) or 0.0


async def test_asking_again_costs_nothing_while_nothing_is_new(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    first = await http.get("/v1/streams/cpu/samples")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = await http.get("/v1/streams/cpu/samples", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await http.get("/v1/streams/cpu/samples", headers={"if-none-match": tag, "accept": "text/csv"})
    assert other.status_code == 200, "another form is another answer"
    await publisher.publish("cpu")
    assert (await http.get("/v1/streams/cpu/samples", headers={"if-none-match": tag})).status_code == 200
    listed = await http.get("/v1/streams")
    assert (await http.get("/v1/streams", headers={"if-none-match": listed.headers["etag"]})).status_code == 304


async def test_what_makes_no_sense_is_refused_by_name(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    assert (await refused(http, "nobody"))[:2] == (404, "not_found")
    for query, part in (
        ({"from": "yesterday"}, "from: 'yesterday' is neither ISO 8601"),
        ({"to": "1e400"}, "to: should be finite"),
        ({"to": 1e15}, "to: 1000000000000000 ms is beyond"),
        ({"from": 20, "to": 10}, "from: should not be later than to"),
        ({"max_points": 5}, "max_points: "),
        ({"max_points": 100, "limit": 10}, "max_points: "),
        ({"limit": 0}, "limit: "),
        ({"after": -1}, "after: "),
        ({"format": "xml"}, "format: "),
        ({"method": "mean"}, "method: "),
    ):
        status, code, message = await refused(http, **query)
        assert (status, code) == (422, "invalid")
        assert message.startswith(part)


async def test_a_long_answer_comes_as_it_is_read(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    for _ in range(20):
        await publisher.publish("cpu", count=5000)
    answer = await http.get("/v1/streams/cpu/samples", params={"after": 0, "limit": 1_000_000})
    assert answer.headers["transfer-encoding"] == "chunked"
    assert values(answer.json()) == list(range(1, 100_002))
    lines = (await http.get("/v1/streams/cpu/samples", params={"from": 0, "format": "csv"})).text.splitlines()
    assert len(lines) == 100_002
    assert lines[-1].endswith(",100001")


@contextlib.asynccontextmanager
async def never_reading(port: int) -> AsyncGenerator[None]:
    """A reader that asks for 600,000 rows, takes the first line of the answer, and nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(b"GET /v1/streams/cpu/samples?after=0&limit=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        yield
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_reader_that_takes_nothing_is_cut_off(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("cpu")
    for _ in range(60):
        await publisher.publish("cpu", count=10_000)
    before = stalled_reads()
    async with never_reading(web.port):
        await until_async(lambda: stalled_reads() > before, "the reader is given up")


async def test_only_so_many_read_at_a_time(make_settings: Callable[..., Settings], publisher: Publisher) -> None:
    await publisher.create("cpu")
    for _ in range(60):
        await publisher.publish("cpu", count=10_000)
    async with running_relay(make_settings()) as web, httpx.AsyncClient(base_url=web.url, timeout=30) as http:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(32):
                await stack.enter_async_context(never_reading(web.port))
            answer = await http.get("/v1/streams/cpu/samples")
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_requests")
            assert answer.headers["retry-after"]
        deadline = asyncio.get_running_loop().time() + 15
        while (await http.get("/v1/streams/cpu/samples")).status_code != 200:
            assert asyncio.get_running_loop().time() < deadline, "whoever has gone still counts"
            await asyncio.sleep(0.02)


# --- pictures

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def test_the_newest_picture_as_a_file(http: httpx.AsyncClient, publisher: Publisher) -> None:
    await publisher.create("cpu")
    assert (await http.get("/v1/streams/cpu/image")).status_code == 404
    assert (await http.get("/v1/streams/nobody/image")).status_code == 404
    await store(publisher, "cam", "image", [START, f"data:image/jpeg;base64,{PIXEL}"])
    answer = await http.get("/v1/streams/cam/image")
    assert answer.headers["content-type"] == "image/png", "by what the bytes are, not by what was said"
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["x-windsock-time"] == str(START)
    again = await http.get("/v1/streams/cam/image", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    await store(publisher, "cam", "image", [START + 1, "data:image/png;base64,PHN2Zz4="])
    assert (await http.get("/v1/streams/cam/image")).status_code == 404, "what is no picture is not served as one"

"""Saved boards over HTTP, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from kit.relay import RunningRelay, running_relay

from windsock.shared.boards import Arrangement
from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]

ARRANGED: dict[str, Any] = {
    "panels": {"cpu": {"window_seconds": 60.0, "log": True, "hidden_series": ["idle"]}},
    "places": {"cpu": {"x": 0, "y": 0, "w": 6, "h": 8}},
    "hidden": ["noise"],
    "groups": "tabs",
    "theme": "dark",
}


async def save(http: httpx.AsyncClient, name: str, version: int = 0, arrangement: Any = None, **more: Any) -> Any:
    body = {"version": version, "arrangement": ARRANGED if arrangement is None else arrangement}
    return await http.put(f"/v1/boards/{quote(name)}", json=body, **more)


async def names(http: httpx.AsyncClient) -> list[str]:
    return [board["name"] for board in (await http.get("/v1/boards")).json()["boards"]]


async def test_a_board_is_saved_listed_read_and_removed(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/boards")).json() == {"boards": []}
    made = await save(http, "Küche 2")
    assert made.status_code == 201, made.text
    assert (await save(http, "attic")).status_code == 201
    listed = (await http.get("/v1/boards")).json()["boards"]
    assert [board["name"] for board in listed] == ["Küche 2", "attic"]
    assert listed[0] == made.json()
    read = await http.get(f"/v1/boards/{quote('Küche 2')}")
    assert read.json() == made.json() | {"arrangement": ARRANGED}
    assert read.headers["cache-control"] == "no-store"
    assert (await http.delete("/v1/boards/attic")).status_code == 204
    assert (await http.delete("/v1/boards/attic")).status_code == 404
    assert (await http.get("/v1/boards/attic")).status_code == 404
    assert await names(http) == ["Küche 2"]


async def test_a_lost_update_is_told(http: httpx.AsyncClient) -> None:
    first = (await save(http, "shared")).json()["version"]
    second = (await save(http, "shared", first, {"groups": "tabs"})).json()["version"]
    assert second > first
    late = await save(http, "shared", first, {"theme": "light"})
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "conflict"
    assert (await http.get("/v1/boards/shared")).json()["arrangement"] == {"groups": "tabs"}
    assert (await save(http, "shared")).status_code == 409, "a new board over one that is there"


async def test_a_board_that_was_removed_and_made_anew_has_no_old_version(http: httpx.AsyncClient) -> None:
    first = (await save(http, "again")).json()["version"]
    await http.delete("/v1/boards/again")
    assert (await save(http, "again", first)).status_code == 409, "it is gone"
    await save(http, "again")
    assert (await save(http, "again", first)).status_code == 409, "it is another one"


async def test_of_many_who_save_at_once_one_wins(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(save(http, "race", 0, {"hidden": [f"s{n}"]}) for n in range(12)))
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} == {201, 409}
    assert (await http.get("/v1/boards/race")).json()["version"] == won[0].json()["version"]


async def test_a_board_is_renamed_and_no_other_is_overwritten_by_that(http: httpx.AsyncClient) -> None:
    version = (await save(http, "old")).json()["version"]
    await save(http, "other", 0, {})
    assert (await http.patch("/v1/boards/old", json={"name": "other"})).status_code == 409
    assert (await http.patch("/v1/boards/old", json={"name": "new"})).status_code == 204
    assert (await http.patch("/v1/boards/old", json={"name": "newer"})).status_code == 404
    assert (await http.patch("/v1/boards/new", json={"name": "new"})).status_code == 204
    assert (await http.patch("/v1/boards/new", json={"name": "a/b"})).status_code == 422
    assert await names(http) == ["new", "other"]
    read = (await http.get("/v1/boards/new")).json()
    assert read["arrangement"] == ARRANGED
    assert read["version"] == version


async def test_writing_needs_the_publish_key_and_reading_does_not(make_settings: MakeSettings) -> None:
    async with (
        running_relay(make_settings(publish_key="open sesame")) as web,
        httpx.AsyncClient(base_url=web.url) as http,
    ):
        right = {"authorization": "Bearer open sesame"}
        for headers in ({}, {"authorization": "Bearer wrong key"}, {"authorization": "Basic open sesame"}):
            refused = await save(http, "mine", headers=headers)
            assert refused.status_code == 401
            assert refused.json()["error"]["code"] == "unauthorized"
        assert await names(http) == []
        assert (await save(http, "mine", headers=right)).status_code == 201
        assert (await http.get("/v1/boards/mine")).status_code == 200
        assert (await http.patch("/v1/boards/mine", json={"name": "theirs"})).status_code == 401
        assert (await http.delete("/v1/boards/mine")).status_code == 401
        assert (await http.delete("/v1/boards/mine", headers=right)).status_code == 204


async def test_a_page_of_another_origin_changes_nothing(http: httpx.AsyncClient) -> None:
    foreign = {"origin": "http://evil.example"}
    await save(http, "mine")
    answers = [
        await save(http, "theirs", headers=foreign),
        await http.patch("/v1/boards/mine", json={"name": "theirs"}, headers=foreign),
        await http.delete("/v1/boards/mine", headers=foreign),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert await names(http) == ["mine"]
    assert (await save(http, "own", headers={"origin": str(http.base_url)})).status_code == 201


@pytest.mark.parametrize(
    "name",
    [".", "..", ".hidden", "a\\b", "a?b", "a#b", "100%", " a", "a ", "a  b", "tab\there", "right\u202eleft", "x" * 65],
)
async def test_names_that_would_mislead_are_refused(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.put(f"/v1/boards/{quote(name, safe='')}", json={"version": 0, "arrangement": {}})
    assert answer.status_code in {404, 405, 422}, answer.text
    assert await names(http) == []


@pytest.mark.parametrize(
    "arrangement",
    [
        {"panels": {"cpu": {"unheard_of": 1}}},
        {"panels": {"cpu": {"window_seconds": -1}}},
        {"panels": {"cpu": {"colormap": "url(javascript:alert(1))"}}},
        {"panels": {"": {}}},
        {"places": {"cpu": {"x": 12, "y": 0, "w": 1, "h": 1}}},
        {"places": {"cpu": {"x": 0, "y": 0, "w": 1}}},
        {"hidden": ["x" * 129]},
        {"hidden": [f"s{number}" for number in range(2_001)]},
        {"theme": "beige"},
        {"script": "alert(1)"},
        [],
        None,
    ],
)
async def test_what_is_no_arrangement_is_refused_and_named(http: httpx.AsyncClient, arrangement: Any) -> None:
    answer = await http.put("/v1/boards/x", json={"version": 0, "arrangement": arrangement})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"
    assert "arrangement" in answer.json()["error"]["message"]


async def test_a_body_is_bounded_before_it_is_read_whole(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings(max_board=2_048)) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        head = "PUT /v1/boards/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        # A gigabyte is announced and not sent: whoever waits for it never answers.
        writer.write(f"{head}content-length: 1000000000\r\n\r\n".encode() + b" " * 4_096)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 413"), answer
        assert b"too_large" in answer


async def test_a_body_is_json(http: httpx.AsyncClient) -> None:
    assert (await http.put("/v1/boards/x", content=b"{")).status_code == 422
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await http.put("/v1/boards/x", content=b"a=b", headers=form)).status_code == 415


async def test_there_are_so_many_boards_and_no_more(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings(max_boards=2)) as web, httpx.AsyncClient(base_url=web.url) as http:
        first = await save(http, "one")
        assert (await save(http, "two")).status_code == 201
        full = await save(http, "three")
        assert full.status_code == 422
        assert full.json()["error"]["code"] == "too_many_boards"
        assert (await save(http, "one", first.json()["version"])).status_code == 200, (
            "those that are there can be saved"
        )
        await http.delete("/v1/boards/two")
        assert (await save(http, "three")).status_code == 201


async def test_another_web_process_has_the_same_boards(web: RunningRelay, make_settings: MakeSettings) -> None:
    async with (
        running_relay(make_settings()) as second,
        httpx.AsyncClient(base_url=web.url) as here,
        httpx.AsyncClient(base_url=second.url) as there,
    ):
        version = (await save(here, "both")).json()["version"]
        assert (await save(there, "both", version, {})).status_code == 200
        assert (await save(here, "both", version, {})).status_code == 409


def test_the_places_of_the_model_are_those_of_the_browser() -> None:
    """`frontend/src/lib/arrangement.ts` checks the same limits."""
    place = {"x": 11, "y": 100_000, "w": 12, "h": 200}
    assert Arrangement.model_validate({"places": {"a": place}}).places["a"].model_dump() == place

"""The OpenAPI description, and the page that it makes: whole, with examples, without anything from another host."""

from __future__ import annotations

import re

import httpx
from kit.relay import RunningRelay


async def test_the_description_has_every_route_with_an_example(web: RunningRelay, http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/openapi.json")
    assert answer.status_code == 200, answer.text
    paths = answer.json()["paths"]
    for path in ("/v1/streams", "/v1/streams/{stream}/samples", "/v1/streams/{stream}/events", "/v1/events"):
        contents = paths[path]["get"]["responses"]["200"]["content"]
        assert all("example" in content for content in contents.values()), path
        assert paths[path]["get"]["responses"]["422"]["content"]["application/json"]["example"]["error"]["code"]


async def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing(http: httpx.AsyncClient) -> None:
    page = await http.get("/v1/docs")
    assert page.status_code == 200
    assert "max_points" in page.text
    assert "<script" not in page.text
    loaded = re.findall(r"(?:src|href)=['\"]?([^'\" >]+)", page.text)
    assert sorted(set(loaded)) == ["/v1/openapi.json", "docs.css"]
    assert (await http.get("/v1/docs.css")).headers["content-type"].startswith("text/css")

"""The web service's HTTP side: who may ask, what is answered, how it may be cached, and how it ends."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from kit.relay import Publisher, RunningRelay, Viewer, running_relay
from kit.service import ServiceProcess
from kit.waiting import until_async

from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]
PAGE = "<!doctype html><title>Windsock</title>" + "x" * 2_000


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built board."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / ".secret").write_text("hidden")
    (tmp_path.parent / "outside.txt").write_text("from outside")
    return tmp_path


@pytest.fixture
async def board(make_settings: MakeSettings, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running_relay(make_settings(frontend_dir=built)) as web,
        httpx.AsyncClient(base_url=web.url) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/b/kitchen", "/embed/cpu", "/embed/a/b%2Fc"])
async def test_pages_are_the_board_and_asked_for_each_time(board: httpx.AsyncClient, path: str) -> None:
    answer = await board.get(path)
    assert answer.status_code == 200
    assert answer.text == PAGE
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/", 405), ("POST", "/v1/messages", 404), ("PUT", "/v1/streams/a/image", 405)],
)
async def test_who_sends_to_the_board_is_told_where_messages_go(
    board: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await board.request(method, path, json={"id": "a", "value": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "not_found")
    assert "messages go to port" in answer.json()["error"]["message"]


async def test_what_is_no_http_is_told_where_it_belongs(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings()) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(web.url).port)
        writer.write(b'{"id": "a", "value": 1}\n')
        answer = (await asyncio.wait_for(reader.read(), 10)).decode()
        writer.close()
    assert answer.startswith("HTTP/1.1 400 ")
    assert '"malformed"' in answer
    assert "go to port" in answer


async def test_files_with_their_content_in_their_name_are_kept_for_ever(board: httpx.AsyncClient) -> None:
    answer = await board.get("/assets/index-abc.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await board.get("/favicon.svg")).headers["cache-control"] == "no-cache"


async def test_files_are_compressed_for_those_who_can(board: httpx.AsyncClient) -> None:
    async with board.stream("GET", "/", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == PAGE
    plain = await board.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/.secret",
        "/assets/nothing.js",
        "/assets/../.secret",
        "/assets/..%2F..%2Foutside.txt",
        "/%2e%2e/outside.txt",
        "/" + "a" * 300,
        "/assets/" + "a" * 300,
        "/assets/" + "a/" * 3_000 + "a.js",
        "/%00",
    ],
)
async def test_there_is_nothing_else_to_read(board: httpx.AsyncClient, path: str) -> None:
    answer = await board.get(path)
    assert answer.status_code == 404
    assert "from outside" not in answer.text
    assert "hidden" not in answer.text


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/streams/x/y/samples", "/v2/streams"])
async def test_unknown_paths_are_told_with_a_code(board: httpx.AsyncClient, path: str) -> None:
    answer = await board.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_other_methods_are_told_which_there_are(board: httpx.AsyncClient) -> None:
    answer = await board.post("/v1/boards/kitchen")
    assert answer.status_code == 405
    assert "error" in answer.json()


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/streams", "/v1/boards"])
async def test_a_head_is_a_get_without_its_body(board: httpx.AsyncClient, path: str) -> None:
    got, head = await board.get(path), await board.head(path)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert (await board.get(path)).status_code == 200, "the connection goes on"


@pytest.mark.parametrize("path", ["/", "/v1/streams", "/nothing", "/embed/cpu", "/healthz"])
async def test_every_answer_has_the_security_headers(board: httpx.AsyncClient, path: str) -> None:
    headers = (await board.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "worker-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("localhost:8000", "connect-src 'self' ws://localhost:8000 wss://localhost:8000;"),
        ("board.example", "connect-src 'self' ws://board.example wss://board.example;"),
        ("192.0.2.7:8000", "connect-src 'self' ws://192.0.2.7:8000 wss://192.0.2.7:8000;"),
        ("[::1]:8000", "connect-src 'self';"),
        ("a; script-src *", "connect-src 'self';"),
        ("a ws://evil.example", "connect-src 'self';"),
        ("*", "connect-src 'self';"),
        ("*.example", "connect-src 'self';"),
        ("", "connect-src 'self';"),
    ],
)
async def test_a_page_may_connect_to_its_own_host_alone(board: httpx.AsyncClient, host: str, may: str) -> None:
    policy = (await board.get("/", headers={"host": host})).headers["content-security-policy"]
    assert [part for part in policy.split(" ") if part.startswith("connect-src")] == ["connect-src"]
    assert may in policy
    assert policy.count("script-src") == 1


async def test_only_panels_may_be_framed_and_only_by_those_who_are_named(make_settings: MakeSettings) -> None:
    settings = make_settings(embed_origins="https://intranet.example, https://*.example.org:8443")
    async with running_relay(settings) as web, httpx.AsyncClient(base_url=web.url) as client:
        framed = (await client.get("/embed/cpu")).headers["content-security-policy"]
        assert "frame-ancestors 'self' https://intranet.example https://*.example.org:8443;" in framed
        for path in ("/", "/b/kitchen", "/embed"):
            assert "frame-ancestors 'none'" in (await client.get(path)).headers["content-security-policy"]


@pytest.mark.parametrize(
    "origin", ["intranet.example", "https://a; script-src *", "javascript:alert(1)", "https://a/b"]
)
def test_what_is_no_origin_is_refused_at_the_start(make_settings: MakeSettings, origin: str) -> None:
    with pytest.raises(ValueError, match="EMBED_ORIGINS"):
        make_settings(embed_origins=[origin])


async def test_pictures_may_come_from_the_tile_server_that_is_set_and_from_nobody_else(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings(tile_url="https://tiles.example:8443/street/{z}/{x}/{y}.png?style=plain")
    async with running_relay(settings) as web, httpx.AsyncClient(base_url=web.url) as client:
        policy = (await client.get("/")).headers["content-security-policy"]
        assert "img-src 'self' data: blob: https://tiles.example:8443; " in policy


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("tiles.example/{z}/{x}/{y}", "no address of tiles"),
        ("ftp://tiles.example/{z}/{x}/{y}", "no address of tiles"),
        ("https://*.example/{z}/{x}/{y}", "no address of tiles"),
        ("https://{s}.tiles.example/{z}/{x}/{y}", "no address of tiles"),
        ("https://joe:pw@tiles.example/{z}/{x}/{y}", "no address of tiles"),
        ("https://tiles.example; script-src */{z}/{x}/{y}", "no address of tiles"),
        ("https://tiles.example/{z}/{x}/{y} 'unsafe-inline'", "no address of tiles"),
        ("https://tiles.example/{z}/{x}/{y}{r}.png", "no address of tiles"),
        ("https://tiles.example/{z}/{x}.png", r"\{y\} must stand in it once"),
        ("https://tiles.example/{z}/{z}/{x}/{y}.png", r"\{z\} must stand in it once"),
    ],
)
def test_what_is_no_address_of_tiles_is_refused_at_the_start(
    make_settings: MakeSettings, url: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"TILE_URL.*{reason}"):
        make_settings(tile_url=url)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", ""])
async def test_a_host_that_is_not_ours_is_refused(board: httpx.AsyncClient, host: str) -> None:
    for path in ("/", "/v1/streams", "/socket.io/?EIO=4&transport=polling"):
        answer = await board.get(path, headers={"host": host})
        assert answer.status_code == 403, path
        assert answer.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]:8000", "board.example"])
async def test_this_machines_names_and_the_named_ones_are_ours(make_settings: MakeSettings, host: str) -> None:
    async with (
        running_relay(make_settings(allowed_hosts="board.example")) as web,
        httpx.AsyncClient(base_url=web.url) as client,
    ):
        assert (await client.get("/v1/streams", headers={"host": host})).status_code == 200


async def test_viewers_of_other_origins_are_refused_unless_named(make_settings: MakeSettings) -> None:
    async with (
        running_relay(make_settings(cors_origins="https://friend.example")) as web,
        httpx.AsyncClient(base_url=web.url) as client,
    ):
        polling = "/socket.io/?EIO=4&transport=polling"
        for origin, status in {
            "https://evil.example": 403,
            "null": 403,
            "https://friend.example": 200,
            web.url: 200,
        }.items():
            assert (await client.get(polling, headers={"origin": origin})).status_code == status, origin


async def test_removing_a_stream_needs_the_key_and_no_foreign_page(
    make_settings: MakeSettings, publisher: Publisher
) -> None:
    async with (
        running_relay(make_settings(publish_key="open sesame")) as web,
        httpx.AsyncClient(base_url=web.url) as client,
    ):
        await publisher.create("a/b c")
        right = {"authorization": "Bearer open sesame"}
        path = "/v1/streams/a/b%20c"
        assert (await client.delete(path)).status_code == 401
        assert (await client.delete(path, headers={"authorization": "Bearer nope"})).status_code == 401
        assert (await client.delete(path, headers=right | {"origin": "https://evil.example"})).status_code == 403
        assert await publisher.broker.streams() == ["a/b c"]
        assert (await client.delete(path, headers=right)).status_code == 204
        assert (await client.delete(path, headers=right)).status_code == 404
        assert await publisher.broker.streams() == []


async def test_health_says_what_it_is_and_metrics_are_counted(web: RunningRelay, http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/readyz")).json()["status"] == "ready"
    assert "windsock_viewers" in (await http.get("/metrics")).text


async def test_it_stops_in_order_while_viewers_watch(broker_url: str, publisher: Publisher) -> None:
    await publisher.create("cpu")
    with ServiceProcess("web", broker_url) as service:
        port = service.port("web_port")
        viewers = [await Viewer(port).open() for _ in range(5)]
        for viewer in viewers:
            await viewer.ask("watch", {"add": [{"id": "cpu"}]})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            polling = (await client.get("/socket.io/?EIO=4&transport=polling")).status_code
            assert polling == 200
        assert service.stop() == 0, service.log
        for viewer in viewers:
            await until_async(viewer.closed.is_set, "each viewer is told that the connection ends")
            await viewer.close()
        assert "Traceback" not in service.log

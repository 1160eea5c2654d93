"""What people do with the board, and what it does by itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def values(page: Page, stream: str) -> list[list[Any]]:
    return page.evaluate("id => window.windsock.values(id)", stream)


def state(page: Page, stream: str) -> dict[str, Any]:
    found = [one for one in page.evaluate("() => window.windsock.streams()") if one["id"] == stream]
    return found[0] if found else {"offset": 0, "samples": 0, "lost": 0, "epoch": "", "first": 0}


def send_numbers(tree: RunningTree, stream: str, numbers: range) -> None:
    send_tcp(tree.tcp_port, *({"id": stream, "value": number, "active_points": 1000} for number in numbers))


def test_an_empty_board_teaches_the_first_two_lines(
    tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(tree.board)
    expect(page.locator("body")).to_contain_text("appears here as soon as")
    expect(page.locator(".snippet code")).to_contain_text(str(tree.tcp_port), timeout=10_000)
    keep_picture(page, "empty")


def test_a_panel_appears_and_goes_without_reload(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    expect(page.locator("[data-link=live]")).to_be_visible()
    send_numbers(shared_tree, "come and go", range(5))
    expect(page.locator('[data-stream="come and go"]')).to_be_visible()
    answer = page.request.delete(f"{shared_tree.board}v1/streams/come%20and%20go")
    assert answer.ok, answer.text()
    expect(page.locator('[data-stream="come and go"]')).to_have_count(0)


def test_a_spec_that_changes_changes_the_panel_at_once(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board)
    box = page.locator('[data-stream="changing"]')
    send_tcp(shared_tree.tcp_port, {"id": "changing", "value": {"first": 1}, "name": "Before"})
    expect(box).to_contain_text("Before")
    expect(box).to_contain_text("first")
    send_tcp(shared_tree.tcp_port, {"id": "changing", "value": {"first": 1, "second": 2}, "name": "After"})
    expect(box).to_contain_text("After")
    expect(box).to_contain_text("second")


def test_a_reload_and_a_second_browser_show_the_same(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    send_numbers(shared_tree, "same", range(300))
    until(lambda: len(values(page, "same")) == 300, "all samples are on the board")
    before = values(page, "same")
    other = open_board(shared_tree.board)
    until(lambda: values(other, "same") == before, "the second browser shows the same")
    page.reload()
    until(lambda: values(page, "same") == before, "the reloaded page shows the same")


def test_a_viewer_that_was_away_has_no_hole(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    send_numbers(shared_tree, "away", range(100))
    until(lambda: len(values(page, "away")) == 100, "the first samples are on the board")
    page.context.set_offline(True)
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    send_numbers(shared_tree, "away", range(100, 400))
    page.context.set_offline(False)
    send_numbers(shared_tree, "away", range(400, 500))
    until(lambda: len(values(page, "away")) == 500, f"all samples are on the board: {state(page, 'away')}", 30)
    assert [row[2] for row in values(page, "away")] == list(range(500))
    assert [row[0] for row in values(page, "away")] == list(range(1, 501))
    assert state(page, "away")["lost"] == 0


def test_the_board_starts_anew_after_the_broker_came_back_empty(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(tree.board)
    send_numbers(tree, "anew", range(50))
    until(lambda: len(values(page, "anew")) == 50, "the samples are on the board")
    epoch = state(page, "anew")["epoch"]
    flush(tree.redis_url)
    numbers = itertools.count(1000)

    def anew() -> bool:
        send_tcp(tree.tcp_port, {"id": "anew", "value": next(numbers)})
        return state(page, "anew")["epoch"] not in {"", epoch}

    until(anew, "the board is in the new epoch", 20)
    until(lambda: values(page, "anew")[0][2] >= 1000, "only samples of the new epoch are left")
    expect(page.locator("[data-toast]").first).to_be_visible()


def flush(url: str) -> None:
    """Empty the broker."""
    from redis import Redis  # noqa: PLC0415  # only here

    with Redis.from_url(url) as client:  # pyright: ignore[reportUnknownMemberType]
        client.flushall()  # pyright: ignore[reportUnknownMemberType]


def test_pause_keeps_what_comes_and_clear_empties(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    send_numbers(shared_tree, "pausing", range(10))
    until(lambda: len(values(page, "pausing")) == 10, "the samples are on the board")
    page.keyboard.press("Space")
    send_numbers(shared_tree, "pausing", range(10, 40))
    expect(page.locator("body")).to_contain_text("waiting")
    until(lambda: len(values(page, "pausing")) == 40, "pause keeps what comes")
    keep_picture(page, "paused")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Clear").click()
    until(lambda: len(values(page, "pausing")) == 0, "clear empties")
    send_numbers(shared_tree, "pausing", range(40, 45))
    until(lambda: len(values(page, "pausing")) == 5, "and goes on")


def test_day_and_night_are_kept_and_the_header_hides(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board, scheme="dark")
    dark = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Switch to day").click()
    light = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    assert light != dark
    page.reload()
    expect(page.locator("[data-link]")).to_be_visible()
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") == light
    page.keyboard.press("h")
    expect(page.locator("header:has(.brand)")).not_to_be_in_viewport()
    page.mouse.move(600, 1)
    expect(page.locator("header:has(.brand)")).to_be_in_viewport()


@pytest.mark.parametrize(("width", "name"), [(1440, "wide"), (390, "phone")])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_board_fits_its_window(
    shared_tree: RunningTree,
    open_board: Callable[..., Page],
    keep_picture: Callable[[Page, str], None],
    width: int,
    name: str,
    scheme: str,
) -> None:
    send_tcp(
        shared_tree.tcp_port,
        *({"id": f"fit {number}", "value": [number, 5], "legend": ["a", "b"]} for number in range(6)),
    )
    page = open_board(shared_tree.board, width=width, height=900, scheme=scheme)
    expect(page.locator("[data-stream]").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out to the right"
    keep_picture(page, f"board-{name}-{scheme}")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_page_reaches_its_own_host_over_a_websocket_and_no_other(
    shared_tree: RunningTree, open_board: Callable[..., Page], name: str
) -> None:
    port = urlsplit(shared_tree.board).port
    page = open_board(f"http://{name}:{port}/", blocking=True)
    expect(page.locator("[data-link=live]")).to_be_visible()
    connect = """address => new Promise(done => {
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => done(effectiveDirective), { once: true });
      const socket = new WebSocket(address);
      socket.onopen = () => { socket.close(); done('open'); };
    })"""
    assert page.evaluate(connect, f"ws://{name}:{port}/v1/live") == "open"
    for other in (f"ws://{name}:{shared_tree.tcp_port}/", "ws://elsewhere.example/", "wss://elsewhere.example/"):
        assert page.evaluate(connect, other) == "connect-src"


def test_the_content_security_policy_has_no_unsafe_scripts(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(shared_tree.board, blocking=True)
    answer = page.request.get(shared_tree.board)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    ran = page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.injected = true';
          document.head.append(script);
          return 'injected' in window;
        }"""
    )
    assert not ran, "an inline script ran"

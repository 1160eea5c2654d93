"""The board in time: pause, going back, windows of time, and back to live without a hole or a double."""

from __future__ import annotations

import base64
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

WIDE, PHONE = (1600, 1000), (390, 844)


def shown(page: Page, stream: str) -> list[list[Any]]:
    """What the stream's panel shows."""
    return page.evaluate("id => window.windsock.shown(id)", stream)


def held(page: Page, stream: str) -> int:
    return page.evaluate("id => window.windsock.values(id).length", stream)


FIRST_PIXEL = "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 1, 1).data).slice(0, 3)"


def colour(number: int) -> tuple[int, int, int]:
    return (number * 37) % 256, (number * 91) % 256, 160


def picture(number: int) -> str:
    """A picture of one colour, another for each number."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(colour(number)) * 16
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * 16))
        + chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(data).decode()


SECONDS = 1_800
"""How far back the streams of these tests reach, one sample a second (a picture every 30)."""


def value_of(kind: str, number: int) -> object:
    """A value from which its number can be told."""
    return {
        "line": [number, -number],
        "bar": [number],
        "gauge": number,
        "pie": [number, 5],
        "text": f"line {number}",
        "image": picture(number),
        "map": {"data": [{"lat": number / 100, "lng": 10, "name": "ship"}]},
        "heatmap": [number % 4, number % 5],
        "scatter": [number, number],
        "table": [{"n": number}],
    }[kind]


KINDS = ("line", "bar", "gauge", "pie", "text", "image", "map", "heatmap", "scatter", "table")


def send_past(tree: RunningTree, prefix: str, kinds: tuple[str, ...] = KINDS) -> int:
    """Fill history of a stream of each kind: sample n is n seconds after the begin, which is returned (ms)."""
    begin = int(time.time() * 1_000) - SECONDS * 1_000
    for kind in kinds:
        every = 30 if kind == "image" else 1
        send_tcp(
            tree.tcp_port,
            *(
                {"id": f"{prefix} {kind}", "type": kind, "active_points": 50, "time": begin + n * 1_000}
                | {"value": value_of(kind, n)}
                for n in range(1, SECONDS, every)
            ),
        )
    return begin


def open_all(tree: RunningTree, open_board: Callable[..., Page], prefix: str, **how: object) -> Page:
    page = open_board(tree.board, **how)
    for kind in KINDS:
        until(lambda kind=kind: held(page, f"{prefix} {kind}") > 0, f"{kind} is on the board", 30)
    return page


def scrub(page: Page, at: float) -> None:
    """Put the scrubber at a time."""
    page.locator(".scrubber").fill(str(at))


def reach_an_hour(page: Page) -> None:
    page.locator(".bar select").select_option(label="60 min")


def in_sight(page: Page, stream: str) -> Locator:
    """The stream's panel, scrolled to: only what is in sight is drawn."""
    panel = page.locator(f'[data-stream="{stream}"]')
    panel.scroll_into_view_if_needed()
    return panel


def newest_shown(page: Page, stream: str) -> int:
    """The number of the newest sample that a panel shows (its offset), 0 if it shows none."""
    rows = shown(page, stream)
    return int(rows[-1][0]) if rows else 0


@pytest.mark.parametrize(("width", "height", "name"), [(*WIDE, "wide"), (*PHONE, "phone")])
def test_a_scrubber_moves_panels_of_every_type_together(
    tree: RunningTree,
    open_board: Callable[..., Page],
    keep_picture: Callable[[Page, str], None],
    width: int,
    height: int,
    name: str,
) -> None:
    begin = send_past(tree, "all")
    page = open_all(tree, open_board, "all", width=width, height=height)
    page.keyboard.press("Space")
    expect(page.locator(".bar[aria-label=Time]")).to_be_visible()
    reach_an_hour(page)
    for second in (1_700, 301, 1_001):
        scrub(page, begin + second * 1_000 + 500)
        for kind in KINDS:
            expected = (second - 1) // 30 + 1 if kind == "image" else second
            until(
                lambda kind=kind, expected=expected: newest_shown(page, f"all {kind}") == expected,
                f"{kind} shows its state of second {second}",
                30,
            )
    # Not only what is told: what stands on the page.
    expect(in_sight(page, "all text").locator("li").last).to_contain_text("line 1001")
    assert in_sight(page, "all image").locator("canvas.picture").evaluate(FIRST_PIXEL) == list(colour(991))
    expect(in_sight(page, "all table").locator("td").first).to_contain_text("952")  # the first of 50 rows
    expect(in_sight(page, "all line")).to_contain_text("1001")
    keep_picture(page, f"scrubbed-{name}")
    page.get_by_role("button", name="Live", exact=True).click()
    for kind in KINDS:
        last = len(range(1, SECONDS, 30 if kind == "image" else 1))
        until(lambda kind=kind, last=last: newest_shown(page, f"all {kind}") == last, f"{kind} is live again")
    expect(in_sight(page, "all text").locator("li").last).to_contain_text(f"line {SECONDS - 1}")


def test_a_pause_keeps_what_comes_and_live_has_no_hole_and_no_double(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    def send(numbers: range) -> None:
        send_tcp(shared_tree.tcp_port, *({"id": "held", "value": n, "active_points": 500} for n in numbers))

    send(range(200))
    page = open_board(shared_tree.board)
    until(lambda: held(page, "held") == 200, "the samples are on the board")
    page.keyboard.press("Space")
    send(range(200, 1_440))
    expect(page.locator(".bar [data-waiting]")).to_contain_text("+1,240 waiting")
    assert [row[2] for row in shown(page, "held")] == list(range(200)), "the panel stands still"
    page.keyboard.press("End")
    until(lambda: newest_shown(page, "held") == 1_440, "the newest that waits can be looked at")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    until(lambda: [row[2] for row in shown(page, "held")] == list(range(940, 1_440)), "live again, complete")
    send(range(1_440, 1_500))
    until(lambda: [row[2] for row in shown(page, "held")] == list(range(1_000, 1_500)), "and goes on")


def test_the_scrubber_is_worked_by_keys_and_by_buttons(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    begin = send_past(shared_tree, "keys", ("line",))
    page = open_board(shared_tree.board)
    until(lambda: held(page, "keys line") > 0, "it is on the board")
    page.keyboard.press("Space")
    bar = page.locator(".bar[aria-label=Time]")

    def at() -> float:
        return float(bar.get_attribute("data-at") or 0)

    before = at()
    page.keyboard.press("ArrowLeft")
    until(lambda: at() < before, "an arrow goes back")
    little = before - at()
    page.keyboard.press("Shift+ArrowLeft")
    until(lambda: before - at() > little * 5, "with Shift further")
    reach_an_hour(page)
    until(
        lambda: float(bar.locator("input").get_attribute("min") or 0) <= begin + 1_000, "the scrubber reaches further"
    )
    page.keyboard.press("Home")
    until(lambda: newest_shown(page, "keys line") in {0, 1}, "Home is the oldest")
    bar.get_by_role("button", name="To the newest").click()
    until(lambda: newest_shown(page, "keys line") == SECONDS - 1, "and a button the newest")
    bar.get_by_role("button", name="Back", exact=True).click()
    until(lambda: newest_shown(page, "keys line") < SECONDS - 1, "a button goes back")
    slider = bar.get_by_role("slider")
    assert "ago" in (slider.get_attribute("aria-valuetext") or ""), "the time is told in words"
    slider.focus()
    page.keyboard.press("Space")
    expect(bar).to_have_count(0)


def moment(page: Page) -> float:
    """The time at which the board stands (ms)."""
    return float(page.locator(".bar[aria-label=Time]").get_attribute("data-at") or 0)


def test_a_hand_on_a_chart_moves_and_zooms_the_board_and_a_double_click_goes_live(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    send_past(shared_tree, "hand", ("line", "text"))
    page = open_board(shared_tree.board)
    until(lambda: held(page, "hand line") > 0 and held(page, "hand text") > 0, "both are on the board")
    over = in_sight(page, "hand line").locator(".chart-plot")
    over.wait_for()
    box = over.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 4, y, steps=4)
    page.mouse.up()
    expect(page.locator(".bar[aria-label=Time]")).to_be_visible()
    # A quarter of the 49 seconds that the chart showed.
    until(lambda: newest_shown(page, "hand line") in range(SECONDS - 16, SECONDS - 10), "the drag went back")
    until(lambda: newest_shown(page, "hand text") == newest_shown(page, "hand line"), "and the log with it")
    before = len(shown(page, "hand line"))
    page.keyboard.down("Control")
    page.mouse.wheel(0, 240)
    page.keyboard.up("Control")
    until(lambda: len(shown(page, "hand line")) > before * 1.3, "the wheel zoomed out")
    keep_picture(page, "zoomed")
    over.dblclick()
    expect(page.locator(".bar[aria-label=Time]")).to_have_count(0)
    until(lambda: newest_shown(page, "hand line") == SECONDS - 1, "live again")


def test_two_fingers_zoom_on_a_phone(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    send_past(shared_tree, "pinch", ("line",))
    page = open_board(shared_tree.board, width=PHONE[0], height=PHONE[1])
    until(lambda: held(page, "pinch line") > 0, "it is on the board")
    over = in_sight(page, "pinch line").locator(".chart-plot")
    over.wait_for()
    box = over.bounding_box()
    assert box
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    link: Any = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": middle + side * apart, "y": y, "id": n} for n, side in enumerate((-1, 1))]
        link.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})

    touch("touchStart", 20)
    for apart in (30, 50, 80):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    expect(page.locator(".bar[aria-label=Time]")).to_be_visible()
    until(lambda: 3 < len(shown(page, "pinch line")) < 30, "fewer samples are shown, larger")


def test_the_time_under_the_pointer_is_marked_in_all_charts(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    begin = int(time.time() * 1_000) - 100_000
    for name in ("one", "other"):
        samples = [[begin + n * 1_000, n] for n in range(100)]
        send_tcp(shared_tree.tcp_port, {"id": f"cursor {name}", "active_points": 100, "samples": samples})
    page = open_board(shared_tree.board)
    until(lambda: held(page, "cursor other") == 100, "both are on the board")
    one, other = in_sight(page, "cursor one"), page.locator('[data-stream="cursor other"]')
    one.locator(".chart-plot").hover()
    expect(other.locator(".chart-cursor")).to_be_visible()
    expect(other.locator(".chart-dot")).to_have_count(1)
    at = one.locator(".at").inner_text()
    expect(other.locator(".at")).to_have_text(at)


def test_a_hidden_tab_keeps_its_samples_draws_nothing_and_draws_once_on_return(
    shared_tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    send_tcp(shared_tree.tcp_port, *({"id": "hidden", "value": n} for n in range(10)))
    page = open_board(shared_tree.board)
    until(lambda: held(page, "hidden") == 10, "it is on the board")
    in_sight(page, "hidden")
    page.wait_for_function("() => document.querySelector('[data-stream=hidden] .chart-plot')")
    become(page, "hidden")
    draws = steady_draws(page)
    send_tcp(shared_tree.tcp_port, *({"id": "hidden", "value": n} for n in range(10, 60)))
    until(lambda: held(page, "hidden") == 60, "samples are kept", 20)
    assert page.evaluate("() => window.windsock.draws()") == draws, "nothing was drawn"
    # Every panel in sight draws once to catch up, however much came.
    panels = page.locator("[data-stream]").count()
    become(page, "visible")
    until(lambda: page.evaluate("() => window.windsock.draws()") > draws, "it is drawn on return")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("() => window.windsock.draws()") - draws <= panels
    assert [row[2] for row in shown(page, "hidden")] == list(range(60))


def steady_draws(page: Page) -> int:
    """How often panels were drawn, once what the painter's thread still had in hand is on the screen."""
    page.wait_for_function("() => window.windsock.painting() === 0")
    return page.evaluate("() => window.windsock.draws()")


def become(page: Page, state: str) -> None:
    """As if the tab were put behind another one, or back."""
    page.evaluate(
        """state => {
          Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        state,
    )


def test_a_browser_that_cannot_keep_up_slows_down_and_says_so(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(shared_tree.board)
    expect(page.locator("[data-link=live]")).to_be_visible()
    link: Any = page.context.new_cdp_session(page)
    link.send("Emulation.setCPUThrottlingRate", {"rate": 40})
    notice = page.locator("[data-slow]")
    numbers = iter(range(10**6))

    def told() -> bool:
        number = next(numbers)
        send_tcp(shared_tree.tcp_port, *({"id": f"slow {n}", "value": [number] * 4} for n in range(12)))
        return notice.count() > 0

    until(told, "the board says that it draws slowly", 60)
    assert float(notice.get_attribute("data-slow") or 0) > 0
    expect(notice).to_contain_text("Hz")
    keep_picture(page, "slow")
    link.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    sent = next(numbers)
    until(lambda: [row[2] for row in shown(page, "slow 0")][-1:] == [sent - 1], "all that came is there", 30)
    lost = page.evaluate("() => window.windsock.streams().reduce((sum, one) => sum + one.lost, 0)")
    assert lost == 0, "drawing less often loses nothing"


def test_a_panel_follows_a_span_of_time_or_a_number_of_samples(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    send_past(shared_tree, "follow", ("line",))
    page = open_board(shared_tree.board)
    until(lambda: held(page, "follow line") > 0, "it is on the board")
    panel = in_sight(page, "follow line")

    def choose(entry: str, choice: str) -> None:
        panel.hover()
        panel.get_by_role("button", name="Menu of").click()
        page.get_by_role("menuitem", name=entry).click()
        keep_picture(page, "follow-menu")
        page.get_by_role("menuitemcheckbox", name=choice, exact=True).click()

    choose("Follow as its publisher says…", "the last 30 s")
    until(lambda: len(shown(page, "follow line")) == 31, "half a minute, and the sample at its edge")
    choose("Follow the last 30 s…", "the last 60 min")
    until(lambda: len(shown(page, "follow line")) == SECONDS - 1, "what was not here is read from history", 20)
    page.reload()
    until(lambda: len(shown(page, "follow line")) == SECONDS - 1, "it is kept", 20)
    choose("Follow the last 60 min…", "as its publisher says")
    choose("All panels follow…", "the last 100 samples")
    until(lambda: len(shown(page, "follow line")) == 100, "the board's choice counts where a panel has none")
    choose("Follow the last 100 samples…", "as its publisher says")
    until(lambda: len(shown(page, "follow line")) == 50, "but not where its publisher's is chosen")
    panel.hover()
    panel.get_by_role("button", name="Menu of").click()
    expect(page.get_by_role("menuitem", name="Follow as its publisher says…")).to_be_visible()

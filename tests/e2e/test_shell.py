"""Around the panels: arranging, searching, filtering, tabs, kiosk, saved boards, hiding, removing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kit.publish import send_tcp
from kit.shell import KEY, STREAMS, choose, open_with_panels, panel
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    """A Windsock with a publish key."""
    with RunningTree(tmp_path_factory.mktemp("shell"), WINDSOCK_PUBLISH_KEY=KEY) as tree:
        tree.ready()
        yield tree


@pytest.fixture
def board(guarded: RunningTree, open_board: Callable[..., Page]) -> Page:
    return open_with_panels(guarded, open_board)


def place(page: Page, stream: str) -> tuple[int, int, int, int]:
    """Where a panel is on the screen, in whole pixels."""
    box = panel(page, stream).bounding_box()
    assert box is not None
    return round(box["x"]), round(box["y"]), round(box["width"]), round(box["height"])


def show_key(page: Page, key: str = KEY) -> None:
    dialog = page.get_by_role("dialog", name="The publish key")
    dialog.get_by_label("Publish key").fill(key)
    dialog.get_by_role("button", name="Go on").click()


def save_as(page: Page, name: str) -> None:
    page.get_by_role("button", name="All streams").click()
    page.get_by_role("menuitem", name="Save the board as").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save", exact=True).last.click()


def test_a_panel_is_dragged_and_stays_where_it_was_put(board: Page) -> None:
    before = place(board, "cpu")
    x, y, width, _ = before
    board.mouse.move(x + 60, y + 16)
    board.mouse.down()
    board.mouse.move(x + 60 + width, y + 20, steps=5)
    expect(board.locator(".slot")).to_be_visible()
    board.mouse.up()
    expect(board.locator(".slot")).to_have_count(0)
    board.wait_for_function(
        "x => document.querySelector('article[data-stream=cpu]').getBoundingClientRect().x > x", arg=x + 50
    )
    board.wait_for_function("() => document.getAnimations().length === 0")
    after = place(board, "cpu")
    board.reload()
    expect(panel(board, "cpu")).to_be_visible()
    assert place(board, "cpu") == after
    board.mouse.move(after[0] + 60, after[1] + 16)
    board.mouse.down()
    board.mouse.move(after[0] - 100, after[1] + 200, steps=5)
    board.keyboard.press("Escape")
    board.mouse.up()
    board.wait_for_function("() => document.getAnimations().length === 0")
    assert place(board, "cpu") == after, "Escape puts it back"


def test_a_panel_is_resized_by_its_corner(board: Page) -> None:
    x, y, width, height = place(board, "ram")
    panel(board, "ram").hover()
    board.mouse.move(x + width - 6, y + height - 6)
    board.mouse.down()
    board.mouse.move(x + width - 6, y + height + 160, steps=5)
    board.mouse.up()
    assert place(board, "ram")[3] > height + 40


def test_a_panel_is_arranged_by_keys_alone(board: Page) -> None:
    before = place(board, "cpu")
    board.keyboard.press("/")
    board.keyboard.type("processor")
    expect(board.locator("#found [role=option]").first).to_contain_text("Processor")
    board.keyboard.press("Enter")
    expect(panel(board, "cpu")).to_be_focused()
    board.keyboard.press("m")
    expect(board.get_by_role("button", name="Done")).to_be_focused()
    for _ in range(3):
        board.keyboard.press("ArrowRight")
    board.keyboard.press("Shift+ArrowDown")
    expect(board.locator("[aria-live=assertive]")).to_contain_text("Column 4 of 12")
    board.keyboard.press("Enter")
    expect(panel(board, "cpu")).to_be_focused()
    board.wait_for_function("() => document.getAnimations().length === 0")
    after = place(board, "cpu")
    assert after[0] > before[0] + 50
    assert after[3] > before[3] + 20
    board.keyboard.press("m")
    board.keyboard.press("ArrowLeft")
    board.keyboard.press("Escape")
    assert place(board, "cpu") == after


def test_a_panel_fills_the_window_and_comes_back(board: Page) -> None:
    panel(board, "wind").locator("header").dblclick()
    assert place(board, "wind")[:2] == (0, 0)
    board.keyboard.press("Escape")
    assert place(board, "wind")[0] > 0


def test_an_enlarged_panel_that_is_hidden_or_removed_leaves_no_ghost(guarded: RunningTree, board: Page) -> None:
    panel(board, "rain").locator("header").dblclick()
    choose(board, "rain", "Hide on this board")
    expect(panel(board, "rain")).to_have_count(0)
    expect(board.locator(".sections.arrangeable")).to_be_visible()
    board.get_by_role("button", name="Show Rain again").click()
    expect(panel(board, "rain")).to_be_visible()
    assert place(board, "rain")[1] > 0, "it comes back over the whole window"
    panel(board, "rain").locator("header").dblclick()
    expect(board.locator("article.enlarged")).to_be_visible()
    board.request.delete(f"{guarded.board}v1/streams/rain", headers={"authorization": f"Bearer {KEY}"})
    expect(panel(board, "rain")).to_have_count(0)
    expect(board.locator(".sections.arrangeable")).to_be_visible()
    # The last one leaves no grid that could notice.
    board.keyboard.press("Shift+F")
    board.get_by_role("button", name="text").click()
    board.get_by_role("region", name="Filter").get_by_role("button", name="General").click()
    panel(board, "log").locator("header").dblclick()
    choose(board, "log", "Hide on this board")
    expect(panel(board, "log")).to_have_count(0)
    board.get_by_role("button", name="Show Log again").click()
    expect(panel(board, "log")).to_be_visible()
    expect(board.locator("article.enlarged")).to_have_count(0)


def test_search_finds_streams_actions_and_boards(board: Page, keep_picture: Callable[[Page, str], None]) -> None:
    board.keyboard.press("Control+k")
    search = board.locator("dialog [role=combobox]")
    expect(search).to_be_focused()
    search.fill("ws")
    expect(board.locator("#found [role=option]").first).to_contain_text("Wind speed")
    keep_picture(board, "search")
    search.fill("tabs")
    board.keyboard.press("Enter")
    expect(board.get_by_role("tablist", name="Groups")).to_be_visible()
    board.keyboard.press("/")
    board.locator("dialog [role=combobox]").fill("no such thing anywhere")
    expect(board.locator("dialog")).to_contain_text("Nothing is called like that")
    board.keyboard.press("Escape")
    expect(board.locator("dialog")).to_have_count(0)


def test_a_filter_leaves_types_and_groups(board: Page) -> None:
    board.keyboard.press("Shift+F")
    board.get_by_role("button", name="area").click()
    expect(board.locator("article[data-stream]")).to_have_count(1)
    expect(panel(board, "ram")).to_be_visible()
    board.get_by_role("button", name="Weather").click()
    expect(board.locator("main")).to_contain_text("Nothing passes the filter")
    board.get_by_role("button", name="Show all").last.click()
    expect(board.locator("article[data-stream]")).to_have_count(len(STREAMS))


def test_groups_are_tabs_or_sections(board: Page) -> None:
    expect(board.get_by_role("heading", name="Weather")).to_be_visible()
    board.keyboard.press("g")
    tabs = board.get_by_role("tab")
    expect(tabs).to_have_count(3)
    board.get_by_role("tab", name="Weather").click()
    expect(panel(board, "wind")).to_be_visible()
    expect(panel(board, "cpu")).to_have_count(0)
    board.keyboard.press("ArrowLeft")
    expect(panel(board, "cpu")).to_be_visible()
    expect(board.get_by_role("tab", name="Server")).to_be_focused()


def test_a_kiosk_shows_panels_alone_and_turns_over(board: Page, keep_picture: Callable[[Page, str], None]) -> None:
    board.keyboard.press("k")
    expect(board.locator("header:has(.brand)")).not_to_be_in_viewport()
    bar = board.get_by_role("toolbar", name="Kiosk")
    expect(bar).to_be_visible()
    keep_picture(board, "kiosk")
    board.keyboard.press("Escape")
    expect(board.locator("header:has(.brand)")).to_be_in_viewport()
    board.goto(board.url + "?kiosk=3")
    expect(panel(board, "cpu")).to_have_count(0, timeout=20_000)


def test_a_board_is_saved_with_its_link_renamed_and_deleted(
    guarded: RunningTree, board: Page, open_board: Callable[..., Page]
) -> None:
    choose(board, "log", "Hide on this board")
    board.keyboard.press("g")
    save_as(board, "Küche & Flur")
    show_key(board, "not the key")
    expect(board.get_by_role("dialog", name="The publish key")).to_contain_text("not the key")
    show_key(board)
    expect(board.locator("[data-toast=saved]")).to_be_visible()
    other = open_board(board.url)
    expect(other.get_by_role("button", name="Küche & Flur")).to_be_visible()
    expect(other.get_by_role("tablist", name="Groups")).to_be_visible()
    expect(other.get_by_role("tab", name="General")).to_have_count(0)

    other.keyboard.press("g")
    board.keyboard.press("g")
    board.get_by_role("button", name="Save", exact=True).click()
    expect(board.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    other.get_by_role("button", name="Save", exact=True).click()
    show_key(other)
    conflict = other.get_by_role("dialog", name="Saved by somebody else")
    conflict.get_by_role("button", name="Take theirs").click()
    expect(other.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    board.get_by_role("button", name="Küche & Flur").click()
    board.get_by_role("menuitem", name="Rename the board").click()
    board.get_by_label("New name").fill("a/b")
    board.get_by_role("button", name="Rename", exact=True).click()
    expect(board.locator("dialog")).to_contain_text("A name has no /")
    board.get_by_label("New name").fill("Attic")
    board.get_by_role("button", name="Rename", exact=True).click()
    expect(board).to_have_url(f"{guarded.board}b/Attic")
    board.get_by_role("button", name="Attic").click()
    board.get_by_role("menuitem", name="Delete the board").click()
    board.get_by_role("button", name="Delete the board").click()
    expect(board).to_have_url(guarded.board)
    gone = open_board(f"{guarded.board}b/Attic")
    expect(gone.locator("main")).to_contain_text("There is no board “Attic”")


def test_a_link_to_look_only_offers_no_changes(guarded: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_with_panels(guarded, open_board, "?readonly")
    panel(page, "cpu").hover()
    panel(page, "cpu").get_by_role("button", name="Menu of").click()
    expect(page.get_by_role("menuitem", name="Enlarge")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Remove for everybody")).to_have_count(0)
    expect(page.get_by_role("menuitem", name="Move and resize")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="All streams").click()
    expect(page.get_by_role("menuitem", name="Save the board as")).to_have_count(0)


def test_a_hidden_panel_can_be_brought_back(board: Page) -> None:
    choose(board, "rain", "Hide on this board")
    expect(panel(board, "rain")).to_have_count(0)
    board.reload()
    expect(panel(board, "cpu")).to_be_visible()
    expect(panel(board, "rain")).to_have_count(0)
    board.get_by_role("button", name="Show Rain again").click()
    expect(panel(board, "rain")).to_be_visible()


def delivered(page: Page, tree: RunningTree) -> float:
    """Bytes that the relay has written to viewers."""
    lines = page.request.get(f"{tree.board}metrics").text().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("windsock_delivered_bytes_total"))


def test_a_hidden_panel_is_not_watched_and_comes_back_with_a_snapshot(
    guarded: RunningTree, board: Page, open_board: Callable[..., Page]
) -> None:
    hello = {"hello": {"key": KEY}}
    heavy = {"id": "heavy", "name": "Heavy", "type": "text"}
    send_tcp(guarded.tcp_port, hello, heavy | {"value": "first"})
    expect(panel(board, "heavy")).to_contain_text("first")
    choose(board, "heavy", "Hide on this board")
    expect(panel(board, "heavy")).to_have_count(0)
    # Another viewer shows when it has passed the relay.
    other = open_with_panels(guarded, open_board)
    expect(panel(other, "heavy")).to_contain_text("first")
    choose(other, "cpu", "Hide on this board")
    choose(board, "cpu", "Hide on this board")
    before = delivered(board, guarded)
    send_tcp(guarded.tcp_port, hello, *(heavy | {"value": f"line {n} " + "x" * 4_000} for n in range(40)))
    expect(panel(other, "heavy")).to_contain_text("line 39")
    once = 40 * 4_000
    until(lambda: delivered(board, guarded) - before >= once, "the one who watches has it")
    assert delivered(board, guarded) - before < 1.5 * once, "the one who hides it got it, too"
    assert board.evaluate("() => window.windsock.streams().find((one) => one.id === 'heavy').samples") == 1
    # Alerts are told by the server, whatever is in sight.
    send_tcp(guarded.tcp_port, hello, {"id": "cpu", "value": [99, 3], "thresholds": [90]})
    expect(board.get_by_role("button", name="Alerts: 1")).to_be_visible(timeout=15_000)
    send_tcp(guarded.tcp_port, hello, {"id": "cpu", "value": [1, 3], "thresholds": []})
    board.get_by_role("button", name="Show Heavy again").click()
    expect(panel(board, "heavy")).to_contain_text("line 39")
    panel(board, "heavy").hover()
    panel(board, "heavy").get_by_role("button", name="Menu of").click()
    board.get_by_role("menuitemcheckbox", name="Ledger").click()
    ledger = panel(board, "heavy").get_by_role("region", name="Ledger", exact=True)
    for line in ("Received 41 ", "Missed 0 ", "Doubles 1 "):
        expect(ledger.get_by_role("row", name=re.compile(f"^{line}"))).to_be_attached()
    assert board.locator("[data-toast=lost]").count() == 0


def test_what_the_whole_board_follows_is_saved_with_it(
    guarded: RunningTree, board: Page, open_board: Callable[..., Page]
) -> None:
    choose(board, "cpu", "All panels follow")
    board.get_by_role("menuitemcheckbox", name="the last 5 min").click()
    save_as(board, "Five minutes")
    show_key(board)
    expect(board.locator("[data-toast=saved]")).to_be_visible()
    other = open_board(board.url)
    expect(panel(other, "cpu")).to_be_visible(timeout=20_000)
    panel(other, "cpu").hover()
    panel(other, "cpu").get_by_role("button", name="Menu of").click()
    expect(other.get_by_role("menuitem", name="Follow the last 5 min")).to_be_visible()
    other.keyboard.press("Escape")
    expect(other.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    choose(other, "cpu", "All panels follow")
    other.get_by_role("menuitemcheckbox", name="the last 1,000 samples").click()
    expect(other.get_by_role("button", name="Save", exact=True)).to_be_visible()
    other.goto(guarded.board)
    expect(panel(other, "cpu")).to_be_visible(timeout=20_000)
    panel(other, "cpu").hover()
    panel(other, "cpu").get_by_role("button", name="Menu of").click()
    expect(other.get_by_role("menuitem", name="Follow as its publisher says")).to_be_visible()


def test_a_stream_is_removed_for_everybody_after_being_asked(
    guarded: RunningTree, board: Page, open_board: Callable[..., Page]
) -> None:
    other = open_with_panels(guarded, open_board)
    choose(board, "net/eth0", "Remove for everybody")
    board.get_by_role("button", name="Cancel").click()
    expect(panel(board, "net/eth0")).to_be_visible()
    choose(board, "net/eth0", "Remove for everybody")
    board.get_by_role("button", name="Remove the stream").click()
    show_key(board)
    expect(panel(board, "net/eth0")).to_have_count(0)
    expect(panel(other, "net/eth0")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_phone_has_one_column_and_all_that_a_desk_has(
    guarded: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None], scheme: str
) -> None:
    page = open_with_panels(guarded, open_board, width=390, height=844, scheme=scheme)
    assert len({place(page, str(stream["id"]))[0] for stream in STREAMS if stream["id"] != "net/eth0"}) == 1
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="More", exact=True).click()
    for item in ("Kiosk", "Filter by type and group", "Help"):
        expect(page.get_by_role("menu").get_by_text(item)).to_be_visible()
    keep_picture(page, f"shell-phone-{scheme}")


def test_a_hundred_panels_stay_quick(guarded: RunningTree, open_board: Callable[..., Page], tmp_path: Path) -> None:
    send_tcp(
        guarded.tcp_port,
        {"hello": {"key": KEY}},
        *({"id": f"many {number}", "group": "Many", "value": number} for number in range(100)),
    )
    page = open_with_panels(guarded, open_board)
    expect(page.locator('article[data-stream^="many "]')).to_have_count(100, timeout=30_000)
    slowest = page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          const panel = document.querySelector('article[data-stream="many 0"]');
          panel.scrollIntoView();
          await frame();
          const { x, y } = panel.getBoundingClientRect();
          const header = panel.querySelector('header');
          const send = (type, dx, dy) => (type === 'pointerdown' ? header : window).dispatchEvent(new PointerEvent(type,
            { bubbles: true, clientX: x + 40 + dx, clientY: y + 16 + dy, button: 0, pointerId: 1, pointerType: 'mouse' }));
          send('pointerdown', 0, 0);
          const took = [];
          for (let i = 1; i <= 30; i++) {
            const began = performance.now();
            send('pointermove', i * 20, i * 4);
            await Promise.resolve();
            document.body.offsetHeight;
            took.push(performance.now() - began);
            await frame();
          }
          send('pointerup', 600, 120);
          return took.sort((a, b) => a - b)[Math.floor(took.length * 0.9)];
        }"""
    )
    assert slowest < 200, f"a step of a drag takes {slowest:.0f} ms"
    for number in range(100):
        page.request.delete(f"{guarded.board}v1/streams/many%20{number}", headers={"authorization": f"Bearer {KEY}"})

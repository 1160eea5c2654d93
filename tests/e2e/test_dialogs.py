"""Dialogs and the board's other states: each takes the focus and gives it back, can be reached whole on a phone, and axe-core finds nothing serious in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from kit.axe import problems
from kit.publish import send_tcp
from kit.tree import RunningTree
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

KEY = "a key for dialogs"
Opener = Callable[[Page], tuple[Locator, Locator]]
"""Opens a dialog; gives what had the focus before, and the dialog."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    """A Windsock with a publish key and a few streams, one of them alarming."""
    with RunningTree(tmp_path_factory.mktemp("dialogs"), WINDSOCK_PUBLISH_KEY=KEY) as tree:
        tree.ready()
        send_tcp(
            tree.tcp_port,
            {"hello": {"key": KEY}},
            {"id": "pump", "name": "Pump", "value": [95, 3], "legend": ["heat", "flow"], "thresholds": [60], "group": "Plant"},
            {"id": "log", "name": "Log", "type": "text", "value": "it goes", "group": "Head office"},
            {"id": "rain", "name": "Rain", "type": "stat", "value": 1, "group": "Head office"},
        )  # fmt: skip
        yield tree


@pytest.fixture(params=["dark", "light"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def board(tree: RunningTree, open_board: Callable[..., Page], scheme: str) -> Page:
    page = open_board(tree.board, scheme=scheme)
    expect(page.locator('article[data-stream="pump"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    return page


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def from_header(button: str, name: str) -> Opener:
    def press(page: Page) -> tuple[Locator, Locator]:
        opener = page.locator("header").get_by_role("button", name=button, exact=True).first
        opener.click()
        return opener, dialog(page, name)

    return press


def from_menu(entry: str, name: str) -> Opener:
    """By the page's menu."""

    def press(page: Page) -> tuple[Locator, Locator]:
        opener = page.get_by_role("button", name="More", exact=True)
        opener.click()
        page.get_by_role("menuitem", name=entry).click()
        return opener, dialog(page, name)

    return press


def from_boards(entry: str, name: str) -> Opener:
    """By the menu of boards."""

    def press(page: Page) -> tuple[Locator, Locator]:
        opener = page.get_by_role("button", name="All streams", exact=True)
        opener.click()
        page.get_by_role("menuitem", name=entry).click()
        return opener, dialog(page, name)

    return press


def from_panel(entry: str, name: str) -> Opener:
    def press(page: Page) -> tuple[Locator, Locator]:
        page.locator('article[data-stream="pump"]').hover()
        opener = page.locator('article[data-stream="pump"]').get_by_role("button", name="Menu of")
        opener.click()
        page.get_by_role("menuitem", name=entry).click()
        return opener, dialog(page, name)

    return press


def key_asked_for(page: Page) -> tuple[Locator, Locator]:
    """The key for a camera: a dialog above a dialog."""
    from_menu("Add a camera", "Add a camera")(page)
    page.get_by_label("Address").fill("test://windsock")
    opener = dialog(page, "Add a camera").get_by_role("button", name="Add", exact=True)
    opener.click()
    return opener, dialog(page, "The publish key")


DIALOGS: dict[str, Opener] = {
    "search": from_header("Search Ctrl K", "Search"),
    "help": from_header("Help", "Help"),
    "alerts": from_header("Alerts: 1", "Alerts"),
    "camera": from_menu("Add a camera", "Add a camera"),
    "key": key_asked_for,
    "save the board": from_boards("Save the board as", "Save the board"),
    "rule": from_panel("Alert me", "Alert me about"),
    "code": from_panel("Copy the code", "The code that makes"),
    "remove": from_panel("Remove for everybody", "Remove “Pump”?"),
}


def test_each_dialog_is_accessible_and_gives_the_focus_back(
    board: Page, scheme: str, keep_picture: Callable[[Page, str], None]
) -> None:
    found: dict[str, list[str]] = {}
    for name, opens in DIALOGS.items():
        opener, opened = opens(board)
        expect(opened).to_be_visible()
        expect(opened.locator(":focus").or_(board.locator("[role=dialog]:focus, dialog:focus"))).to_have_count(1)
        keep_picture(board, f"dialog-{name.replace(' ', '-')}-{scheme}")
        found[name] = problems(board)
        if name != "alerts":  # The list lies beside the board and keeps nobody from it.
            for _ in range(12):
                board.keyboard.press("Tab")
                inside = opened.evaluate(
                    "box => box.contains(document.activeElement) || document.activeElement === document.body"
                )
                assert inside, f"{name}: the focus left the open dialog"
        board.keyboard.press("Escape")
        expect(opened, name).to_have_count(0)
        expect(opener, f"{name} gives the focus back").to_be_focused()
        # A dialog above a dialog leaves that one.
        if board.locator("dialog[open]").count() > 0:
            board.keyboard.press("Escape")
            expect(board.locator("dialog[open]")).to_have_count(0)
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_each_dialog_is_reached_whole_on_a_small_phone(
    tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board(tree.board, width=390, height=844)
    expect(page.locator('article[data-stream="pump"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    for name, opens in {
        "help": from_menu("Help", "Help"),
        **{name: DIALOGS[name] for name in ("camera", "rule", "code", "remove")},
    }.items():
        _, opened = opens(page)
        expect(opened).to_be_visible()
        keep_picture(page, f"dialog-{name}-phone")
        # With a keyboard on the screen.
        page.set_viewport_size({"width": 390, "height": 420})
        close = opened.get_by_role("button", name="Close")
        for place in ("0", "box.scrollHeight"):
            opened.evaluate(f"box => box.scrollTo(0, {place})")
            expect(close, name).to_be_in_viewport(ratio=1)
        expect(opened.locator("button, p").last, f"the end of {name}").to_be_in_viewport()
        assert opened.evaluate("box => box.scrollWidth <= box.clientWidth"), f"{name} is wider than the phone"
        close.click()
        expect(opened).to_have_count(0)
        page.set_viewport_size({"width": 390, "height": 844})


def test_the_boards_keys_rest_while_a_dialog_is_open_and_its_own_key_closes_it(board: Page) -> None:
    for key, name in (("Control+k", "Search"), ("?", "Help")):
        board.keyboard.press(key)
        expect(dialog(board, name)).to_be_visible()
        board.keyboard.press(key)
        expect(dialog(board, name)).to_have_count(0)
    board.keyboard.press("?")
    expect(dialog(board, "Help")).to_be_visible()
    for key in ("t", "h", "k", "d", "g", "Space"):
        board.keyboard.press(key)
    board.mouse.click(20, 500)
    expect(dialog(board, "Help")).to_have_count(0)
    expect(board.get_by_role("button", name="Pause")).to_be_visible()
    expect(board.locator("header:has(.brand):not(.hidden)")).to_have_count(1)


def test_a_dialog_is_closed_by_a_press_beside_it_and_not_by_one_on_its_scrollbar(
    tree: RunningTree, open_board: Callable[..., Page]
) -> None:
    page = open_board(tree.board, width=900, height=300)
    _, opened = DIALOGS["camera"](page)
    page.get_by_label("Address").fill("rtsp://half/typed")
    box = opened.bounding_box()
    assert box is not None
    assert opened.evaluate("box => box.scrollHeight > box.clientHeight"), "there is nothing to scroll"
    # A browser without a screen has no scrollbars; a press on one goes to what scrolls.
    opened.evaluate(
        """(box, [clientX, clientY]) => box.dispatchEvent(new PointerEvent("pointerdown", { clientX, clientY, bubbles: true }))""",
        [box["x"] + box["width"] - 4, box["y"] + box["height"] / 2],
    )
    expect(opened).to_be_visible()
    expect(page.get_by_label("Address")).to_have_value("rtsp://half/typed")
    page.mouse.click(box["x"] - 20, box["y"] + 40)
    expect(opened).to_have_count(0)


# --- the board's states


def found_nothing(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("dialog [role=combobox]").fill("no such thing anywhere")
    expect(dialog(page, "Search")).to_contain_text("Nothing is called like that")


def boards_menu(page: Page) -> None:
    page.get_by_role("button", name="All streams", exact=True).click()
    expect(page.get_by_role("menu", name="Boards")).to_be_visible()


def page_menu(page: Page) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("menu", name="More")).to_be_visible()


def follow_menu(page: Page) -> None:
    page.locator('article[data-stream="pump"]').hover()
    page.locator('article[data-stream="pump"]').get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Follow as its publisher says").click()
    expect(page.get_by_role("menu", name="Follow")).to_be_visible()


def data_table(page: Page) -> None:
    page.locator('article[data-stream="pump"]').hover()
    page.locator('article[data-stream="pump"]').get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitemcheckbox", name="View as table").click()
    expect(page.locator('article[data-stream="pump"] table')).to_be_visible()


def kiosk(page: Page) -> None:
    page.keyboard.press("k")
    expect(page.locator("main.kiosk")).to_be_visible()
    page.mouse.move(300, 300)


def paused(page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_label("Time that all panels show")).to_be_visible()


def filtered(page: Page) -> None:
    page.keyboard.press("Shift+F")
    page.get_by_role("button", name="stat").click()


def tabbed(page: Page) -> None:
    page.keyboard.press("g")
    expect(page.get_by_role("tablist", name="Groups")).to_be_visible()
    for group in ("Plant", "Head office"):
        page.get_by_role("tab", name=group).click()
        expect(page.get_by_role("tabpanel", name=group), "the panels are called as their tab").to_be_visible()


def enlarged(page: Page) -> None:
    page.locator('article[data-stream="pump"]').hover()
    page.keyboard.press("e")
    expect(page.locator("article.enlarged")).to_be_visible()


def arranged_by_keys(page: Page) -> None:
    page.locator('article[data-stream="pump"]').hover()
    page.keyboard.press("m")
    expect(page.locator("article.held")).to_be_visible()


def hidden(page: Page) -> None:
    page.locator('article[data-stream="rain"]').hover()
    page.locator('article[data-stream="rain"]').get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Hide on this board").click()
    expect(page.locator('article[data-stream="rain"]')).to_have_count(0)


STATES: dict[str, Callable[[Page], None]] = {
    state.__name__: state
    for state in (
        found_nothing, boards_menu, page_menu, follow_menu, data_table, kiosk, paused, filtered, tabbed, enlarged, arranged_by_keys, hidden,
    )
}  # fmt: skip


def test_each_state_of_the_board_is_accessible(
    tree: RunningTree, board: Page, scheme: str, keep_picture: Callable[[Page, str], None]
) -> None:
    found: dict[str, list[str]] = {}
    for name, change in STATES.items():
        change(board)
        keep_picture(board, f"state-{name.replace('_', '-')}-{scheme}")
        found[name] = problems(board)
        # A board that is left keeps what was set a moment ago: it is forgotten from a page without one.
        board.goto(f"{tree.board}healthz")
        board.evaluate("localStorage.clear()")
        board.goto(tree.board)
        expect(board.locator('article[data-stream="pump"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    board.goto(f"{tree.board}b/nowhere")
    expect(board.get_by_role("heading", name="There is no board")).to_be_visible(timeout=20_000)
    found["no such board"] = problems(board)
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_a_board_whose_relay_has_gone_is_accessible(
    tree: RunningTree, open_board: Callable[..., Page], scheme: str, keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board("about:blank", scheme=scheme)
    lines: list[WebSocketRoute] = []
    gone = False

    def join(line: WebSocketRoute) -> None:
        if gone:
            line.close()
            return
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/socket.io/**", join)
    page.goto(tree.board)
    expect(page.locator('article[data-stream="pump"]')).to_have_attribute("data-samples", "1", timeout=20_000)
    gone = True
    page.route("**/socket.io/**", lambda route: route.abort())
    for line in lines:
        line.close()
    expect(page.locator("[data-link=reconnecting]")).to_be_visible(timeout=30_000)
    keep_picture(page, f"state-offline-{scheme}")
    assert problems(page) == []


def test_a_board_that_never_reached_its_relay_is_accessible(
    tree: RunningTree, open_board: Callable[..., Page], scheme: str, keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board("about:blank", scheme=scheme)
    page.route("**/socket.io/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.goto(tree.board)
    expect(page.locator("main")).to_contain_text("Connecting")
    keep_picture(page, f"state-connecting-{scheme}")
    assert problems(page) == []

"""Alerts on the board, and what people take away from it: pictures, tables, code, the whole board as a file."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit.publish import send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

KINDS: list[dict[str, object]] = [
    {"id": "kept line", "value": [3, 4], "legend": ["one", "two"], "unit": "ms"},
    {"id": "kept bar", "type": "bar", "value": [3, 4, 5], "label": ["a", "b", "c"]},
    {
        # As terminals write it, and a name that is cut in the middle of a letter of two parts.
        "id": "kept text",
        "type": "text",
        "value": "a <b>line</b> & more \u001b[31mred",
        "name": f"kept text {'n' * 108}\U0001f600 and more",
    },
    {"id": "kept log", "type": "text", "value": [f"line {number} of many" for number in range(300)]},
    {"id": "kept table", "type": "table", "value": [{"host": "alpha", "load": 1}, {"host": "beta", "load": 2}]},
    {"id": "kept heat", "type": "heatmap", "value": [[1, 2, 3], [4, 5, 6]]},
    {
        "id": "kept map",
        "type": "map",
        "value": {"center": {"lat": 48, "lng": 11}, "zoom": 4, "data": [{"lat": 48.1, "lng": 11.5, "name": "Munich"}]},
    },
    {"id": "kept tree", "type": "tree", "value": {"name": "root", "children": [{"name": "leaf", "value": 1}]}},
    {"id": "kept gauge", "type": "gauge", "value": 42, "min": 0, "max": 100},
]


def panel(page: Page, stream: str) -> Locator:
    return page.locator(f'article[data-stream="{stream}"]')


def choose(page: Page, stream: str, entry: str) -> None:
    """One entry of a panel's menu."""
    box = panel(page, stream)
    box.scroll_into_view_if_needed()
    box.hover()
    box.get_by_role("button", name="Menu of").click()
    page.get_by_role("menu").get_by_text(entry).click()


def hide(page: Page, stream: str, display: str) -> None:
    """Takes a panel's own controls out of sight, which no picture has, or puts them back."""
    controls = panel(page, stream).locator("[data-control]")
    controls.evaluate_all("(all, display) => all.forEach((one) => { one.style.display = display; })", display)


def saved(page: Page, press: Callable[[], None]) -> tuple[str, bytes]:
    """The file that is saved by pressing something: its name and content."""
    with page.expect_download() as waiting:
        press()
    download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


@pytest.fixture(scope="module")
def sent(shared_tree: RunningTree) -> RunningTree:
    """A stack that has one sample of each kind."""
    send_tcp(shared_tree.tcp_port, *KINDS)
    return shared_tree


@pytest.fixture
def board(sent: RunningTree, open_board: Callable[..., Page]) -> Page:
    page = open_board(sent.board)
    for kind in KINDS:
        expect(panel(page, str(kind["id"]))).to_have_attribute("data-samples", "1", timeout=20_000)
    return page


def test_each_kind_of_panel_is_saved_as_the_picture_that_it_shows(board: Page, pictures: Path) -> None:
    for kind in KINDS:
        stream = str(kind["id"])
        name, content = saved(board, lambda stream=stream: choose(board, stream, "Save as a picture"))
        assert name.startswith(stream.replace(" ", "-")), name
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None, f"{stream}: no picture"
        (pictures / f"saved-{stream.replace(' ', '-')}.png").write_bytes(content)
        box = panel(board, stream).bounding_box()
        assert box is not None
        assert abs(picture.shape[1] - 2 * box["width"]) <= 2, f"{stream}: not twice the panel's width"
        hide(board, stream, "none")
        shown = cv2.imdecode(np.frombuffer(panel(board, stream).screenshot(), np.uint8), cv2.IMREAD_COLOR)
        hide(board, stream, "")
        assert shown is not None
        small = cv2.resize(picture, (shown.shape[1], shown.shape[0]), interpolation=cv2.INTER_AREA)
        # Below the header, where a pointer over the panel shows buttons: the same but for how edges are smoothed.
        header = 40
        apart = np.abs(small[header:].astype(np.float32) - shown[header:].astype(np.float32)).mean(axis=2)
        # Edges and letters are smoothed in another way: 2 on average, and 12 where there are many. What is cut off or out of its place makes 50 there.
        difference = float(apart.mean())
        worst = float(np.asarray(cv2.blur(apart, (48, 16)), np.float32).max())
        assert difference < 4, f"{stream}: the picture differs from the panel by {difference:.1f} of 255 on average"
        assert worst < 25, f"{stream}: somewhere the picture differs from the panel by {worst:.0f} of 255"
        assert float(np.std(small[header:])) > 3, f"{stream}: the picture is empty"


def test_a_panel_is_saved_as_csv(board: Page) -> None:
    name, content = saved(board, lambda: choose(board, "kept line", "Save as a table"))
    assert name.endswith(".csv")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["time", "one (ms)", "two (ms)"]
    assert rows[1][1:] == ["3", "4"]
    _, content = saved(board, lambda: choose(board, "kept table", "Save as a table"))
    assert content.decode("utf-8-sig").splitlines() == ["host,load", "alpha,1", "beta,2"]


def test_the_code_that_makes_a_panel_makes_it(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    board = open_board(shared_tree.board)
    stream = "it's $HOME"
    send_tcp(shared_tree.tcp_port, {"id": stream, "value": [3, 4], "legend": ["one", "`two`"]})
    choose(board, stream, "Copy the code")
    dialog = board.get_by_role("dialog")
    expect(dialog).to_contain_text(stream)
    for language in ("curl", "bash"):
        dialog.get_by_role("tab", name=language, exact=True).click()
        code = dialog.locator("code").inner_text()
        before = int(panel(board, stream).get_attribute("data-samples") or 0)
        # Names of this machine may mean another address first (::1), where a test's ports may be somebody else's.
        ran = subprocess.run(
            ["bash", "-c", code.replace("localhost", "127.0.0.1")], capture_output=True, timeout=30, check=False
        )
        assert ran.returncode == 0, ran.stderr.decode()
        expect(panel(board, stream)).to_have_attribute("data-samples", str(before + 1))
    dialog.get_by_role("tab", name="Python").click()
    expect(dialog.locator("code")).to_contain_text(f'Stream("{stream}"')
    board.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_snapshot_shows_the_board_without_a_server(
    shared_tree: RunningTree, board: Page, tmp_path: Path, keep_picture: Callable[[Page, str], None]
) -> None:
    evil = "</script><img src=x onerror=\"document.title='run'\">"
    send_tcp(shared_tree.tcp_port, {"id": "kept evil", "type": "text", "name": evil, "value": evil})
    expect(panel(board, "kept evil")).to_have_attribute("data-samples", "1")
    board.get_by_role("button", name="More", exact=True).click()
    name, content = saved(board, lambda: board.get_by_role("menuitem", name="Save a snapshot").click())
    assert name.startswith("windsock-board-")
    file = tmp_path / "board.html"
    file.write_bytes(content)
    page = board.context.browser
    assert page is not None
    context = page.new_context(offline=True, viewport={"width": 1440, "height": 1000})
    asked: list[str] = []
    errors: list[str] = []
    copy = context.new_page()
    copy.on("request", lambda request: asked.append(request.url))
    copy.on("pageerror", lambda error: errors.append(str(error)))
    copy.goto(file.as_uri())
    for kind in KINDS:
        stream = str(kind["id"])
        expect(panel(copy, stream)).to_have_attribute("data-samples", "1")
        assert copy.evaluate("id => window.windsock.values(id)", stream) == board.evaluate(
            "id => window.windsock.values(id)", stream
        )
    expect(copy.locator("[data-link=snapshot]")).to_contain_text("as of")
    expect(panel(copy, "kept text")).to_contain_text("a <b>line</b> & more")
    expect(panel(copy, "kept evil")).to_contain_text("onerror")
    assert copy.title() != "run"
    expect(copy.locator("article.late")).to_have_count(0)
    copy.set_viewport_size({"width": 390, "height": 844})
    more = copy.get_by_role("button", name="More", exact=True).bounding_box()
    assert more is not None
    assert more["x"] + more["width"] <= 390, "on a phone its menu is out of reach"
    assert errors == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    keep_picture(copy, "snapshot")
    context.close()


def test_a_snapshot_is_arranged_as_the_board_was(
    tree: RunningTree, open_board: Callable[..., Page], tmp_path: Path, keep_picture: Callable[[Page, str], None]
) -> None:
    streams = {"upper": "Plant", "lower": "Plant", "other": "Office", "secret": "Plant"}
    for name, group in streams.items():
        send_tcp(
            tree.tcp_port,
            *({"id": name, "group": group, "value": [n, n * n], "legend": ["one", "two"]} for n in range(1, 9)),
        )
    arrangement = {
        "places": {"upper": {"x": 6, "y": 0, "w": 6, "h": 9}, "lower": {"x": 0, "y": 9, "w": 4, "h": 7}},
        "panels": {"upper": {"log": True, "hidden_series": ["two"]}, "lower": {"table": True}, "secret": {"log": True}},
        "hidden": ["secret"],
        "groups": "tabs",
        "theme": "light",
        "window_points": 5,
    }
    board = open_board("about:blank", width=1440, height=1000)
    kept = board.request.put(f"{tree.board}v1/boards/arranged", data={"version": 0, "arrangement": arrangement})
    assert kept.ok, kept.text()
    board.goto(f"{tree.board}b/arranged")
    board.get_by_role("tab", name="Plant").click()
    expect(panel(board, "upper")).to_have_attribute("data-samples", "8", timeout=20_000)
    expect(panel(board, "lower").locator("table")).to_be_visible()
    newest = "() => window.windsock.shown('lower')"
    assert len(board.evaluate(newest)) == 5
    board.get_by_role("button", name="Pause").click()
    scrubber = board.get_by_label("Time that all panels show")
    expect(scrubber).to_be_visible()
    moment = float(board.locator("[data-at]").get_attribute("data-at") or 0)
    board.get_by_role("button", name="More", exact=True).click()
    _, content = saved(board, lambda: board.get_by_role("menuitem", name="Save a snapshot").click())
    assert b"secret" not in content, "what somebody has hidden is in the file"
    file = tmp_path / "arranged.html"
    file.write_bytes(content)
    assert board.context.browser
    context = board.context.browser.new_context(
        offline=True, color_scheme="dark", viewport={"width": 1440, "height": 1000}
    )
    copy = context.new_page()
    refused: list[str] = []
    copy.route(
        lambda url: not url.startswith("file:"), lambda route: (refused.append(route.request.url), route.abort())[1]
    )
    errors: list[str] = []
    copy.on("pageerror", lambda error: errors.append(str(error)))
    copy.goto(file.as_uri())
    expect(panel(copy, "upper")).to_be_visible()
    keep_picture(copy, "snapshot-arranged")
    for name in ("upper", "lower"):
        assert panel(copy, name).bounding_box() == panel(board, name).bounding_box(), f"{name} is elsewhere"
    expect(copy.get_by_role("tab", name="Plant")).to_have_attribute("aria-selected", "true")
    expect(panel(copy, "other")).to_have_count(0)
    copy.get_by_role("tab", name="Office").click()
    expect(panel(copy, "other")).to_be_visible()
    copy.get_by_role("tab", name="Plant").click()
    expect(copy.locator("html")).to_have_attribute("data-theme", "light")
    expect(panel(copy, "upper").get_by_role("button", name="two")).to_have_attribute("aria-pressed", "false")
    expect(panel(copy, "lower").locator("table")).to_be_visible()
    assert copy.evaluate(newest) == board.evaluate(newest)
    panel(copy, "upper").hover()
    panel(copy, "upper").get_by_role("button", name="Menu of").click()
    expect(copy.get_by_role("menuitemcheckbox", name="Log scale")).to_have_attribute("aria-checked", "true")
    copy.keyboard.press("Escape")
    expect(copy.get_by_label("Time that all panels show")).to_be_visible()
    assert float(copy.locator("[data-at]").get_attribute("data-at") or 0) == pytest.approx(moment, abs=1_000)
    assert errors == []
    assert refused == []
    # Nothing of it is left for the next file that is opened.
    assert copy.evaluate("localStorage.getItem('windsock.arrangement')") is None
    context.close()


def test_a_snapshot_has_the_gaps_that_the_board_had_and_does_not_raise_them_as_news(
    tree: RunningTree, open_board: Callable[..., Page], tmp_path: Path
) -> None:
    board = open_board(tree.board)
    send_tcp(tree.tcp_port, *({"id": "gappy", "value": n} for n in range(1, 41)))
    expect(panel(board, "gappy")).to_have_attribute("data-samples", "40", timeout=20_000)
    board.get_by_role("button", name="More", exact=True).click()
    _, content = saved(board, lambda: board.get_by_role("menuitem", name="Save a snapshot").click())
    before, begin, rest = content.decode().partition('<script type="application/json" id="taken">')
    data, end, after = rest.partition("</script>")
    taken = json.loads(data)
    (stream,) = [one for one in taken["streams"] if one["spec"]["id"] == "gappy"]
    (piece,) = stream["pieces"]
    # As if the samples 11 to 20 had been lost.
    rows = piece["rows"]
    stream["pieces"] = [{"offset": piece["offset"] - 30, "rows": rows[:10]}, {**piece, "rows": rows[20:]}]
    file = tmp_path / "gappy.html"
    file.write_text(before + begin + json.dumps(taken).replace("<", "\\u003c") + end + after)
    copy = open_board(file.as_uri())
    expect(panel(copy, "gappy")).to_have_attribute("data-samples", "30")
    panel(copy, "gappy").hover()
    panel(copy, "gappy").get_by_role("button", name="Menu of").click()
    copy.get_by_role("menuitemcheckbox", name="View as table").click()
    expect(panel(copy, "gappy").locator("table")).to_contain_text("10 lost")
    expect(copy.get_by_text("were lost")).to_have_count(0)


def test_a_threshold_shows_at_the_bell_and_in_its_list(
    shared_tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board("about:blank")
    # A machine whose clock is two hours ahead: what is said of times is the server's.
    page.add_init_script("const now = Date.now; Date.now = () => now() + 7_200_000;")
    page.goto(shared_tree.board)
    send_tcp(shared_tree.tcp_port, {"id": "hot", "name": "Boiler", "value": 20, "unit": "°C", "thresholds": [60, 90]})
    expect(panel(page, "hot")).to_be_visible()
    bell = page.get_by_role("button", name="Alerts")
    expect(bell).to_have_accessible_name("Alerts: nothing is wrong")
    send_tcp(shared_tree.tcp_port, {"id": "hot", "value": 95})
    expect(bell).to_have_accessible_name("Alerts: 1", timeout=15_000)
    expect(page.locator(".toast, [class*=toast]").filter(has_text="Boiler").first).to_be_visible()
    bell.click()
    box = page.get_by_role("dialog", name="Alerts")
    expect(box).to_contain_text("Boiler")
    expect(box).to_contain_text("has reached 90")
    expect(box).not_to_contain_text("h ago")
    keep_picture(page, "alerts")
    box.get_by_role("button", name="Boiler").click()
    expect(panel(page, "hot")).to_be_focused()
    send_tcp(shared_tree.tcp_port, {"id": "hot", "value": 20})
    expect(bell).to_have_accessible_name("Alerts: nothing is wrong", timeout=15_000)
    page.request.delete(f"{shared_tree.board}v1/streams/hot")


def test_a_rule_that_can_not_be_read_is_not_replaced(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    send_tcp(shared_tree.tcp_port, {"id": "valve", "value": 1})
    expect(panel(page, "valve")).to_have_attribute("data-samples", "1")
    set_before = page.request.put(f"{shared_tree.board}v1/alerts/rules/valve", data={"above": 7, "hold": 0})
    assert set_before.ok, set_before.text()
    page.route("**/v1/alerts/rules", lambda route: route.abort())
    choose(page, "valve", "Alert me")
    dialog = page.get_by_role("dialog", name="Alert me about")
    expect(dialog.get_by_role("alert")).to_contain_text("The web service does not answer")
    expect(dialog.get_by_role("button", name="Set the rule")).to_be_disabled()
    expect(dialog.get_by_label("When a value is this or more")).to_be_disabled()
    page.keyboard.press("Escape")
    page.unroute_all()
    choose(page, "valve", "Alert me")
    expect(dialog.get_by_label("When a value is this or more")).to_have_value("7")
    expect(dialog.get_by_role("button", name="Set the rule")).to_be_enabled()
    page.request.delete(f"{shared_tree.board}v1/alerts/rules/valve")
    page.request.delete(f"{shared_tree.board}v1/streams/valve")


def test_a_rule_is_set_in_the_panels_menu_and_the_key_is_asked_for(
    tmp_path: Path, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    with RunningTree(tmp_path, WINDSOCK_PUBLISH_KEY="open sesame") as tree:
        tree.ready()
        page = open_board(tree.board, width=390, height=844, scheme="light")
        send_tcp(tree.tcp_port, {"hello": {"key": "open sesame"}}, {"id": "pump", "value": 1})
        expect(panel(page, "pump")).to_be_visible()
        choose(page, "pump", "Alert me")
        dialog = page.get_by_role("dialog", name="Alert me about")
        expect(dialog.get_by_role("button", name="Set the rule")).to_be_enabled()
        keep_picture(page, "rule-phone")
        dialog.get_by_role("button", name="Set the rule").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Say at least one")
        dialog.get_by_label("When nothing arrives for").fill("1")
        dialog.get_by_role("button", name="Set the rule").click()
        asked = page.get_by_role("dialog", name="The publish key")
        asked.get_by_label("Publish key").fill("wrong key")
        asked.get_by_role("button", name="Go on").click()
        expect(asked.get_by_role("alert")).to_contain_text("not the key")
        asked.get_by_label("Publish key").fill("open sesame")
        asked.get_by_role("button", name="Go on").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("button", name="Alerts")).to_have_accessible_name("Alerts: 1", timeout=15_000)
        rules = json.loads(page.request.get(f"{tree.board}v1/alerts/rules").text())
        assert rules == {"pump": {"silent": 1, "hold": 0}}
        # The key is remembered for this tab: removing the rule asks no more.
        choose(page, "pump", "Alert me")
        dialog.get_by_role("button", name="Remove the rule").click()
        expect(dialog).to_have_count(0)
        until(lambda: page.request.get(f"{tree.board}v1/alerts/rules").json() == {}, "the rule is gone")

"""What a publisher must not be able to do, whatever it sends in whichever field of whichever type: run something, reach another host, or stop the board."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast
from urllib.error import HTTPError

import pytest
from kit.publish import post, send_tcp
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Page, Request

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HTML = "<img src=x onerror=\"window.hacked='html'\"><script>window.hacked='script'</script><svg onload=\"window.hacked='svg'\">"
CSS = "red;background:url(http://evil.test/css);--x:expression(alert(1))"
URL = "javascript:window.hacked='url'"
STRINGS = [
    HTML,
    CSS,
    URL,
    "url(http://evil.test/a.png)",
    "__proto__",
    "constructor",
    "\u202e\u0000\ud7ff" * 20,
    "x" * 100_000,
]
SPEC_FIELDS = ("name", "unit", "group")
LIST_FIELDS = ("label", "legend", "borderColor", "backgroundColor", "fill")

POLLUTING: dict[str, Any] = json.loads(
    '{"__proto__": {"hacked": "proto"}, "constructor": {"prototype": {"hacked": "constructor"}}, "name": "__proto__", "toString": "x"}'
)

VALUES: dict[str, Callable[[str], list[Any]]] = {
    "line": lambda _: [[1, 2, 3]],
    "area": lambda text: [{text[:200]: 1, "__proto__": 2, "constructor": 3}],
    "bar": lambda _: [[1, 2]],
    "horizontalBar": lambda _: [[1, 2]],
    "pie": lambda _: [[1, 2]],
    "doughnut": lambda _: [[1, 2]],
    "radar": lambda _: [[1, 2, 3]],
    "polarArea": lambda _: [[1, 2, 3]],
    "scatter": lambda _: [[[1, 2], [1e308, -1e308]]],
    "bubble": lambda _: [[[1, 2, 1e9], [3, 4, -5]]],
    "gauge": lambda _: [1e300],
    "stat": lambda _: [-1e300],
    "heatmap": lambda _: [[[1, 2], [3, 4]], [5, 5]],
    "bubble_matrix": lambda _: [[[1, -2], [3, 4]]],
    "text": lambda text: [[text, {"level": text, "text": text}]],
    "table": lambda text: [[{text[:200]: text, **POLLUTING}, {"a": {"b": [text]}}]],
    "image": lambda text: [text, "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+", "http://evil.test/p.png"],
    "map": lambda text: [{"center": {"lat": 1, "lng": 2}, "zoom": 3, "data": [{"lat": 1, "lng": 2, "name": text, "color": text}]}],
    "tree": lambda text: [{"name": text, "children": [{"name": text, "value": 1}, {**POLLUTING, "value": 2}]}],
    "treemap": lambda text: [{"name": text, "children": [{"name": text, "value": 1}, {**POLLUTING, "value": 2}]}],
    "scatter3d": lambda _: [[[1, 2, 3], [1e308, 0, 0]]],
    "line3d": lambda _: [[[1, 2, 3], [4, 5, 6]]],
    "surface": lambda _: [[[1, 2], [3, 4]]],
    "custom": lambda text: [
        {
            "type": "bar",
            "data": {"labels": [text], "datasets": [{"label": text, "data": [1], "backgroundColor": text, "pointStyle": text, **POLLUTING}]},
            "options": {
                **POLLUTING,
                "onClick": text,
                "plugins": {"title": {"display": True, "text": text}, "tooltip": {"callbacks": {"label": text}}},
                "scales": {"y": {"ticks": {"callback": text}}, "__proto__": {"hacked": "scales"}},
            },
        },
        {"type": text[:50], "data": {"datasets": []}},
    ],
    "video_stream": lambda _: ["http://evil.test/stream", URL],
}  # fmt: skip
"""Shapes that a type takes, with a hostile text wherever it takes a text."""

WATCH = """
window.hacked = undefined;
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


def hostile(kind: str, text: str, number: int) -> list[dict[str, Any]]:
    """Messages of a type with a text in every field that takes one; fields that are refused for it are left out one by one by the sender."""
    stream = f"{kind} {number} {text}"[:128].replace("\0", "0")
    fields: dict[str, Any] = dict.fromkeys(SPEC_FIELDS, text) | {name: [text] * 3 for name in LIST_FIELDS}
    fields["thresholds"] = [{"value": 1, "color": text, "name": text}]
    return [
        {"id": stream, "type": kind, "value": value, "api_crypt": text, **POLLUTING, **fields}
        for value in VALUES[kind](text)
    ]


def test_nothing_that_is_sent_runs_or_reaches_out(
    tree: RunningTree, open_board: Callable[..., Page], keep_picture: Callable[[Page, str], None]
) -> None:
    page = open_board("about:blank", width=1600, height=1000)
    page.add_init_script(WATCH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(host_of(request)))
    page.goto(tree.board)
    own = {host_of_url(tree.board), ""}

    accepted = 0
    for number, text in enumerate(STRINGS):
        refused: set[str] = set()
        for kind in VALUES:
            for message in hostile(kind, text, number):
                accepted += taken(tree, message, refused)
    assert accepted > len(STRINGS) * len(VALUES) // 2, "most of it is within the contract, and shown"
    send_tcp(tree.tcp_port, {"id": "still alive", "type": "stat", "value": 1})
    until(lambda: page.locator('[data-stream="still alive"]').count() == 1, "the board goes on", 30)

    # Everything is looked at once, as a drawing and as a table.
    page.evaluate("""async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += 700) {
        scrollTo(0, y);
        await new Promise((done) => setTimeout(done, 120));
      }
    }""")
    keep_picture(page, "hostile")
    # Pictures that are none, and cameras at strange addresses, are refused at the door.
    kinds = cast(
        "list[str]",
        page.evaluate("() => [...new Set([...document.querySelectorAll('[data-type]')].map(box => box.dataset.type))]"),
    )
    assert len(kinds) >= len(VALUES) - 2, kinds
    for kind in kinds:
        box = page.locator(f"[data-type={kind}]").first
        box.scroll_into_view_if_needed()
        box.hover()
        if kind == "table":
            continue
        box.get_by_role("button", name="Menu of").click()
        page.get_by_role("menuitemcheckbox", name="View as table").click()
    assert page.evaluate("() => window.hacked") is None
    assert page.evaluate("() => ({}).hacked") is None, "no prototype was touched"
    assert page.evaluate("() => window.violations") == [], "nothing even tried"
    assert set(asked) <= own, f"only our own host was asked: {set(asked)}"
    assert page.locator("main script, main iframe, main a[href^=javascript]").count() == 0
    assert page.locator("main img[onerror], main [onload], main svg[onload]").count() == 0
    send_tcp(tree.tcp_port, {"id": "still alive", "value": 2})
    alive = page.locator('[data-stream="still alive"]')
    until(lambda: alive.get_attribute("data-offset") == "2", "and still goes on", 10)


def test_ten_megabytes_of_name_stay_at_the_door(shared_tree: RunningTree, open_board: Callable[..., Page]) -> None:
    page = open_board(shared_tree.board)
    huge = "n" * 10_000_000
    for field in ("name", "unit", "group", "legend", "label"):
        taken(shared_tree, {"id": "huge", "value": 1, field: huge if field in SPEC_FIELDS else [huge]}, set())
    send_tcp(shared_tree.tcp_port, {"id": "after the huge", "value": 1})
    until(lambda: page.locator('[data-stream="after the huge"]').count() == 1, "the board goes on")
    assert page.evaluate("() => document.documentElement.innerHTML.length") < 1_000_000


def taken(tree: RunningTree, message: dict[str, Any], refused: set[str]) -> int:
    """Send by HTTP, which says what it takes: a field that is refused is sent shorter, and then not at all, nor with the next message."""
    shortened: set[str] = set()
    message = {name: value for name, value in message.items() if name not in refused}
    for _ in range(30):
        reason = refusal(tree, message)
        if reason is None:
            return 1
        field = reason.partition(":")[0].partition(" ")[0]
        if field not in message or field in {"id", "type", "value"}:
            return 0
        if field in shortened:
            refused.add(field)
            message = {name: value for name, value in message.items() if name != field}
        else:
            shortened.add(field)
            message = {**message, field: cut(message[field])}
    return 0


def cut(value: Any) -> Any:
    """The same, within any field's limits."""
    if isinstance(value, str):
        return value[:60]
    if isinstance(value, dict):
        return {name: cut(item) for name, item in cast("dict[str, Any]", value).items()}
    return [cut(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def refusal(tree: RunningTree, message: dict[str, Any]) -> str | None:
    """Why a message was refused; None if it was taken."""
    try:
        answer = post(tree.http_url, message)
    except HTTPError as error:
        answer = json.load(error)
    return None if answer.get("accepted") else answer["error"]["message"]


def host_of(request: Request) -> str:
    return host_of_url(request.url)


def host_of_url(url: str) -> str:
    """`127.0.0.1:8000`; nothing for what is in the page itself."""
    return "" if url.startswith(("data:", "blob:", "about:")) else url.split("/")[2]

"""The JavaScript client against a whole Windsock: from Node, and from a page in a browser, also one of another origin."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kit.tree import RunningTree
from kit.waiting import until
from playwright.sync_api import Browser, Page, sync_playwright

NODE = Path(sys.executable).with_name("node")


def node() -> str:
    """Node of the checkout, else of the machine."""
    found = str(NODE) if NODE.exists() else shutil.which("node")
    assert found, "no Node is installed: `make setup` installs it"
    return found


def run(built: Path, folder: Path, stack: RunningTree, script: str) -> str:
    """Run a script as people do: it says nothing about an end, and ends. What it printed."""
    program = folder / "script.mjs"
    program.write_text(script.replace('"windsock"', json.dumps((built / "index.js").as_uri())))
    env = {"WINDSOCK_SERVER": stack.http_url, "WINDSOCK_BOARD": stack.board}
    done = subprocess.run([node(), program], env=env, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def stored(stack: RunningTree, stream: str) -> dict[str, Any]:
    """What history has of a stream; empty if there is none."""
    answer = httpx.get(f"{stack.board}v1/streams/{stream}/samples")
    return answer.json() if answer.status_code == 200 else {"rows": []}


def test_two_lines_in_node(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    run(
        built,
        tmp_path,
        stack,
        'import { Stream } from "windsock"\n'
        'new Stream("node cpu", { legend: ["user", "system"], unit: "%" }).send(41, 18)\n',
    )
    answer = stored(stack, "node cpu")
    assert [row[1:] for row in answer["rows"]] == [[41, 18]]
    assert abs(answer["rows"][0][0] - time.time() * 1000) < 60_000
    specs = {spec["id"]: spec for spec in httpx.get(f"{stack.board}v1/streams").json()["streams"]}
    assert specs["node cpu"]["legend"] == ["user", "system"]


def test_ten_thousand_samples_arrive_once_and_in_order(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { Stream, flush } from "windsock";
        const stream = new Stream("many");
        for (let n = 0; n < 9_000; n += 1) stream.send(n);
        console.log(await flush(20_000), JSON.stringify(stream.counters));
        """,
    )
    assert told.startswith("true")
    assert json.loads(told.partition(" ")[2])["accepted"] == 9000
    answer = httpx.get(f"{stack.board}v1/streams/many/samples", params={"after": 0, "limit": 20_000}).json()
    assert [row[1] for row in answer["rows"]] == list(range(9000))


def test_values_of_other_types(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    run(
        built,
        tmp_path,
        stack,
        """
        import { Stream, flush } from "windsock";
        new Stream("js log", { type: "text" }).send({ level: "error", text: "no <b>" });
        new Stream("js heat", { type: "heatmap", width: 2, height: 2 }).send([[1, 2], [3, 4]]);
        const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
        new Stream("js image", { type: "image" }).send(png);
        """,
    )
    assert stored(stack, "js log")["rows"][0][1] == [{"level": "error", "text": "no <b>"}]
    assert stored(stack, "js heat")["rows"][0][1] == [[1, 2], [3, 4]]
    assert httpx.get(f"{stack.board}v1/streams/js image/image").headers["content-type"] == "image/png"


def test_what_the_server_refuses_is_told(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { configure, Stream } from "windsock";
        configure({ onError: ({ code, stream, message }) => console.log(JSON.stringify([code, stream, message])) });
        const stream = new Stream("strict", { type: "gauge" });
        stream.send("a lot");
        stream.send(3);
        """,
    )
    code, stream, message = json.loads(told)
    assert (code, stream) == ("invalid", "strict")
    assert "value" in message
    assert "a lot" in message
    assert [row[1] for row in stored(stack, "strict")["rows"]] == [3]


def test_a_script_ends_though_no_server_answers(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    began = time.monotonic()
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { configure, Stream } from "windsock";
        configure({ server: "http://127.0.0.1:9", linger: 500, onError: (error) => console.log(error.code) });
        new Stream("nobody").send(1);
        """,
    )
    assert time.monotonic() - began < 30
    assert told.split()[-1] == "dropped"


def test_watching_in_node(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    """It comes with what is there, goes on with what comes, and takes streams that come later."""
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { Stream, watch } from "windsock";
        const stream = new Stream("seen");
        stream.send(0);
        await stream.flush();
        const values = { seen: [], later: [] };
        const watching = watch("seen", ({ id, rows, reset }) => {
          if (reset) values[id].length = 0;
          values[id].push(...rows.map((row) => row[1]));
          if (values.seen.length < 20) stream.send(values.seen.length);
          else if (values.later.length === 0) { watching.add("later"); new Stream("later").send(7); }
          else { watching.close(); console.log(JSON.stringify(values)); }
        });
        """,
    )
    assert json.loads(told) == {"seen": list(range(20)), "later": [7]}


def test_watching_in_node_tells_that_a_stream_was_removed(built: Path, tmp_path: Path, stack: RunningTree) -> None:
    """At once; and one of its name that follows is watched as well."""
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { Stream, watch } from "windsock";
        const seen = [];
        new Stream("short-lived").send(1);
        const watching = watch(["short-lived", "another"], ({ rows }) => {
          seen.push(...rows.map((row) => row[1]));
          if (seen.at(-1) === 1) fetch(`${process.env.WINDSOCK_BOARD}v1/streams/short-lived`, { method: "DELETE" });
          else { watching.close(); console.log(JSON.stringify(seen)); }
        }, { onRemoved: (id) => { seen.push(`${id} removed`); new Stream("short-lived").send(2); } });
        """,
    )
    assert json.loads(told) == [1, "short-lived removed", 2]


def test_watching_tells_of_a_removal_while_the_connection_was_away(
    built: Path, tmp_path: Path, stack: RunningTree
) -> None:
    told = run(
        built,
        tmp_path,
        stack,
        """
        import { connect } from "node:net";
        import { createServer } from "node:net";
        import { Stream, watch } from "windsock";
        const board = new URL(process.env.WINDSOCK_BOARD);
        const links = new Set();
        const between = createServer((near) => {
          const far = connect(Number(board.port), board.hostname);
          near.pipe(far).pipe(near);
          for (const link of [near, far]) { links.add(link); link.on("error", () => {}); }
        });
        const listen = (port) => new Promise((done) => between.listen(port, "127.0.0.1", done));
        await listen(0);
        const { port } = between.address();
        const first = new Stream("gone meanwhile");
        first.send(1);
        const watching = watch("gone meanwhile", async () => {
          between.close();
          for (const link of links) link.destroy();
          await fetch(`${board}v1/streams/gone%20meanwhile`, { method: "DELETE" });
          await listen(port);
        }, {
          board: `http://127.0.0.1:${port}`,
          onError: () => {},
          onRemoved: (id) => { watching.close(); between.close(); console.log("removed", id); process.exit(); },
        });
        """,
    )
    assert told == "removed gone meanwhile\n"


# --- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    assert program, "no Chromium is installed: `make test` installs it where it may (apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


SEND = """async ([server, stream, count]) => {
    const { Publisher, Stream } = await import("/windsock/index.js");
    const errors = [];
    const publisher = new Publisher({ server, onError: (error) => errors.push(error.code) });
    window.kept = new Stream(stream, { publisher, name: "from a page" });
    for (let n = 0; n < count; n += 1) window.kept.send(n);
    await publisher.flush(5000);
    return { errors, ...publisher.counters };
}"""


def test_watching_in_a_page_tells_that_a_stream_was_removed(page: Page, other_origin: str, stack: RunningTree) -> None:
    """Over a WebSocket, which Node before 22 has not."""
    page.goto(f"{other_origin}/page.html")
    page.evaluate(SEND, [stack.http_url, "of a page", 1])
    page.evaluate(
        """async (board) => {
            const { watch } = await import("/windsock/index.js");
            window.seen = [];
            watch(["of a page", "another"], ({ rows }) => window.seen.push(...rows.map((row) => row[1])), {
                board, onRemoved: (id) => window.seen.push(`${id} removed`),
            });
        }""",
        stack.board,
    )
    page.wait_for_function("window.seen.length === 1")
    assert httpx.delete(f"{stack.board}v1/streams/of%20a%20page").status_code == 204
    page.wait_for_function("window.seen.length === 2")
    page.evaluate(SEND, [stack.http_url, "of a page", 1])
    page.wait_for_function("window.seen.length === 3")
    assert page.evaluate("window.seen") == [0, "of a page removed", 0]


def test_a_page_of_an_origin_that_is_allowed(page: Page, other_origin: str, stack: RunningTree) -> None:
    page.goto(f"{other_origin}/page.html")
    counters = page.evaluate(SEND, [stack.http_url, "page", 30])
    assert counters["errors"] == []
    assert counters["accepted"] == 30
    seen = page.evaluate(
        """async (board) => {
            const { watch } = await import("/windsock/index.js");
            const values = [];
            return await new Promise((done) => {
                const watching = watch("page", ({ rows, reset }) => {
                    if (reset) values.length = 0;
                    values.push(...rows.map((row) => row[1]));
                    if (values.length === 30) window.kept.send("31");
                    if (values.length >= 31) { watching.close(); done(values); }
                }, { board });
            });
        }""",
        stack.board,
    )
    assert seen == [*range(30), 31]
    events = page.evaluate(
        """async (board) => await new Promise((done) => {
            const source = new EventSource(`${board}v1/streams/page/events`);
            source.onmessage = ({ data, lastEventId }) => { source.close(); done([JSON.parse(data).rows.length, lastEventId]); };
        })""",
        stack.board,
    )
    assert events[0] == 31
    assert events[1].endswith(":31")


def test_a_page_of_another_origin_is_refused_and_goes_on(page: Page, other_origin: str, stack: RunningTree) -> None:
    page.goto(f"{other_origin.replace('127.0.0.1', 'localhost')}/page.html")
    counters = page.evaluate(SEND.replace("5000", "700"), [stack.http_url, "stranger", 3])
    assert counters["accepted"] == 0
    assert stored(stack, "stranger")["rows"] == []
    read = page.evaluate("board => fetch(`${board}v1/streams`).then(() => 'read', () => 'refused')", stack.board)
    assert read == "refused"
    opened = page.evaluate(
        """board => new Promise((done) => {
            const socket = new WebSocket(`${board.replace("http", "ws")}v1/live`);
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
        })""",
        stack.board,
    )
    assert opened == "refused"


def test_a_page_that_goes_away_sends_its_last_samples(page: Page, other_origin: str, stack: RunningTree) -> None:
    page.goto(f"{other_origin}/page.html")
    page.evaluate(SEND, [stack.http_url, "leaving", 1])
    page.evaluate("() => { for (let n = 1; n < 50; n += 1) window.kept.send(n); window.location = 'about:blank'; }")
    until(lambda: len(stored(stack, "leaving")["rows"]) == 50, "the last samples arrive")
    assert [row[1] for row in stored(stack, "leaving")["rows"]] == list(range(50))

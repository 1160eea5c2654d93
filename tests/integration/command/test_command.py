"""The windsock command against a running tree, as people type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from kit.ports import free_port
from kit.tree import RunningTree
from kit.waiting import until

from windsock.command.demo.table import exhibits

Windsock = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("tree")) as running:
        yield running.ready()


def environment(tree: RunningTree) -> dict[str, str]:
    return {
        **os.environ,
        "WINDSOCK_SERVER": f"tcp://127.0.0.1:{tree.tcp_port}?large={tree.tcp_large_port}",
        "WINDSOCK_WEB_PORT": tree.board.rstrip("/").rpartition(":")[2],
        "WINDSOCK_HTTP_PORT": tree.http_url.rstrip("/").rpartition(":")[2],
    }


@pytest.fixture
def windsock(tree: RunningTree, tmp_path: Path) -> Windsock:
    """Runs the command, and waits for its end."""

    def run(*arguments: str, text: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "windsock.command", *arguments],
            cwd=tmp_path,
            env=environment(tree) | env,
            input=text,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )

    return run


def samples(windsock: Windsock, stream: str) -> list[object]:
    done = windsock("tail", stream, "--once", "-n", "1000", "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["value"] for line in done.stdout.splitlines()]


def test_what_is_sent_can_be_listed_read_and_removed(windsock: Windsock):
    for arguments in (["41", "18", "--legend", "user,sys", "--unit", "%"], ["42", "19"], ['{"sys": 20}']):
        done = windsock("send", "one/cpu", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert samples(windsock, "one/cpu") == [[41, 18], [42, 19], [None, 20]]
    listed = windsock("streams").stdout
    assert "one/cpu" in listed
    assert "user, sys" in listed
    assert windsock("rm", "one/cpu").returncode == 0
    until(lambda: "one/cpu" not in windsock("streams").stdout, "it is gone from the list")
    assert windsock("tail", "one/cpu", "--once").returncode == 1
    gone = windsock("rm", "one/cpu")
    assert gone.returncode == 1
    assert gone.stderr == "windsock: there is no stream 'one/cpu'; `windsock streams` lists them.\n"


def test_texts_json_and_pictures_are_sent(windsock: Windsock, tmp_path: Path):
    assert windsock("send", "two/log", "Backup", "finished", "--level", "info").returncode == 0
    assert samples(windsock, "two/log") == [[{"level": "info", "text": "Backup finished"}]]
    assert windsock("send", "two/disks", '{"sda": 12, "sdb": 80}', "--type", "bar").returncode == 0
    assert samples(windsock, "two/disks") == [[12, 80]]
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photo")
    assert windsock("send", "two/door", "photo.jpg", "--type", "image").returncode == 0
    assert str(samples(windsock, "two/door")[0]).startswith("data:image/jpeg;base64,")
    assert windsock("send", "two/late", "5", "--time", "2026-05-01T12:00:00Z").returncode == 0
    assert "2026-05-01" in windsock("tail", "two/late", "--once", TZ="UTC").stdout


def test_what_is_refused_is_one_line_and_status_1(windsock: Windsock):
    done = windsock("send", "three", "much", "--type", "bar")
    assert done.returncode == 1
    assert done.stderr.startswith("windsock: stream 'three': value: ")
    assert done.stderr.count("\n") == 1


def test_a_lone_gap_is_stored(windsock: Windsock):
    for word in ("1", "nan", "2"):
        assert windsock("send", "gap/line", word).returncode == 0
    assert samples(windsock, "gap/line") == [1, None, 2]


def test_a_slip_turns_no_chart_into_a_text(windsock: Windsock):
    assert windsock("send", "slip/line", "40.5").returncode == 0
    for words in (["41,5"], ["41", "41,5"]):
        done = windsock("send", "slip/line", *words)
        assert done.returncode == 1
        assert done.stderr == "windsock: '41,5' is no number, and 'slip/line' is a line; --type text changes it.\n"
    done = windsock("send", "slip/line", "all well", "--level", "info")
    assert done.stderr == "windsock: only a text has a --level, and 'slip/line' is a line; --type text changes it.\n"
    assert samples(windsock, "slip/line") == [40.5]
    assert windsock("send", "slip/line", "41,5", "--type", "text").returncode == 0, "who says so may"
    assert windsock("send", "slip/line", "one", "more").returncode == 0, "and need not say it again"
    assert samples(windsock, "slip/line")[-1] == [{"text": "one more"}]


def test_a_file_that_is_taken_for_a_text_is_told(windsock: Windsock, tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photo")
    assert windsock("send", "slip/door", "photo.jpg", "--type", "image").returncode == 0
    done = windsock("send", "slip/door", "photo.jpg")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "'slip/door' is an image; --type image sends it as that" in done.stderr


def test_a_text_is_sent_where_no_board_can_be_asked(windsock: Windsock):
    done = windsock("send", "slip/alone", "all", "well", WINDSOCK_BOARD=f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stderr) == (0, "")
    assert samples(windsock, "slip/alone") == [[{"text": "all well"}]]


@pytest.mark.parametrize("command", [["tail", "cpu"], ["rm", "cpu"], ["streams"]])
def test_the_port_for_messages_says_where_the_board_is(windsock: Windsock, tree: RunningTree, command: list[str]):
    done = windsock(*command, "--board", tree.http_url)
    assert done.returncode == 1
    assert "there is no stream" not in done.stderr
    assert f"The board, and all that is read, is at port {httpx.URL(tree.board).port}" in done.stderr


@pytest.mark.parametrize("command", [["tail", "cpu"], ["streams"], ["doctor"]])
@pytest.mark.parametrize("board", ["http://127.0.0.1:x", "http://my host", "http://a..b"])
def test_what_is_no_address_is_one_line(windsock: Windsock, command: list[str], board: str):
    done = windsock(*command, "--board", board)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{board!r} is no board" in done.stderr


def test_a_port_that_is_no_number_is_found_by_the_doctor(windsock: Windsock):
    done = windsock("doctor", WINDSOCK_HTTP_PORT="eight")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "'eight' is no port" in done.stdout


def test_looks_that_are_no_object_are_told(windsock: Windsock):
    done = windsock("send", "cpu", "1", "--look", "unit=%")
    assert done.returncode == 2
    assert "'unit=%' is no JSON object: it should be like" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["send", "cpu", "1"], {"WINDSOCK_SERVER": "tcp://127.0.0.1:{port}"}),
        (["streams"], {"WINDSOCK_WEB_PORT": "{port}"}),
        (["demo"], {"WINDSOCK_SERVER": "tcp://127.0.0.1:{port}", "WINDSOCK_HTTP_PORT": "{port}"}),
    ],
)
def test_nobody_there_is_one_line_that_says_what_to_do(windsock: Windsock, arguments: list[str], env: dict[str, str]):
    port = str(free_port())
    done = windsock(*arguments, **{name: value.format(port=port) for name, value in env.items()})
    assert done.returncode == 1
    assert port in done.stderr
    assert "windsock up" in done.stderr
    assert done.stderr.count("\n") == 1


def test_pipe_takes_numbers_and_says_what_it_skipped(windsock: Windsock):
    text = "procs  memory\n r  b\n1 2\n3 4\n\n[5, 6]\n" + '{"value": [7, 8], "time": 1700000000}\n'
    done = windsock("pipe", "four/cpu", "--legend", "r,b", text=text)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "windsock: skipped 2 lines that are neither numbers nor JSON: 'procs  memory' and others.\n"
    assert samples(windsock, "four/cpu") == [[1, 2], [3, 4], [5, 6], [7, 8]]


def test_pipe_takes_a_header_as_the_legend(windsock: Windsock):
    assert windsock("pipe", "five/cpu", "--header", text="user, sys\n1,2\n").returncode == 0
    specs = [json.loads(line) for line in windsock("streams", "--json").stdout.splitlines()]
    assert [spec["legend"] for spec in specs if spec["id"] == "five/cpu"] == [["user", "sys"]]


def test_pipe_takes_the_lines_of_a_log(windsock: Windsock):
    text = "12:00 ERROR disk is full\nall is well\n\xff\n"
    assert windsock("pipe", "six/log", "--text", text=text).returncode == 0
    assert samples(windsock, "six/log") == [[{"level": "error", "text": "12:00 ERROR disk is full"}], [{"text": "all is well"}], [{"text": "ÿ"}]]  # fmt: skip


def test_pipe_loses_nothing_of_much(windsock: Windsock):
    count = 8000
    done = windsock("pipe", "seven", text="".join(f"{number}\n" for number in range(count)))
    assert done.returncode == 0, done.stderr
    seen = windsock("tail", "seven", "--once", "-n", "10000", "--json").stdout.splitlines()
    assert [json.loads(line)["value"] for line in seen] == list(range(count))


def test_tail_follows(windsock: Windsock, tree: RunningTree, tmp_path: Path):
    assert windsock("send", "eight", "1").returncode == 0
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "windsock.command", "tail", "eight", "--json"],
        cwd=tmp_path,
        env=environment(tree),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    until(lambda: len(lines) == 1, "the last sample is printed")
    assert windsock("send", "eight", "2").returncode == 0
    until(lambda: len(lines) == 2, "the new one follows")
    assert [json.loads(line)["value"] for line in lines] == [1, 2]
    process.send_signal(2)
    assert process.wait(10) == 130
    reader.join(5)
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == ""
    process.stderr.close()


def test_tail_says_that_its_stream_was_removed_and_goes_on_with_the_next_of_its_name(
    windsock: Windsock, tree: RunningTree, tmp_path: Path
):
    assert windsock("send", "nine", "1").returncode == 0
    said, seen = tmp_path / "said", tmp_path / "seen"
    with said.open("wb") as errors, seen.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "windsock.command", "tail", "nine", "--json"],
            cwd=tmp_path, env=environment(tree), stdout=output, stderr=errors,
        )  # fmt: skip
        try:
            # Until it follows, the removal would be told by `there is no stream`.
            assert windsock("send", "nine", "2").returncode == 0
            until(lambda: len(seen.read_text().splitlines()) == 2, "it follows")
            assert windsock("rm", "nine").returncode == 0
            until(lambda: "the stream was removed" in said.read_text(), "the removal is told")
            assert windsock("send", "nine", "3").returncode == 0
            until(lambda: len(seen.read_text().splitlines()) == 3, "the next of its name follows")
        finally:
            process.kill()
            process.wait()
    assert [json.loads(line)["value"] for line in seen.read_text().splitlines()] == [1, 2, 3]


def test_tail_of_a_stream_that_never_was_says_so(windsock: Windsock):
    done = windsock("tail", "never")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "windsock: there is no stream 'never'; `windsock streams` lists them.\n"


def test_the_demo_sends_every_stream_and_ends_when_asked(windsock: Windsock, tree: RunningTree):
    began = time.monotonic()
    done = windsock("demo", "--seconds", "3", "--rate", "4", WINDSOCK_REDIS_URL=tree.redis_url)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    expected = {str(exhibit.id) for exhibit in exhibits()}
    assert f"{len(expected)} streams" in done.stdout
    assert "Not open" not in done.stdout, "every way in should have been open"
    assert time.monotonic() - began < 30
    specs = [json.loads(line)["id"] for line in windsock("streams", "--json").stdout.splitlines()]
    assert expected <= set(specs)
    for name in expected:
        assert samples(windsock, name), f"{name} has samples"


def test_the_demo_goes_by_the_client_where_other_ways_are_shut(windsock: Windsock, tree: RunningTree):
    done = windsock("demo", "--seconds", "1.5", "--only", "answers", "--rate", "4", WINDSOCK_SERVER=tree.http_url)
    assert done.returncode == 0, done.stderr
    assert "Not open from here: the Redis inbox." in done.stdout
    assert samples(windsock, "demo/answers")


def test_a_demo_of_nothing_says_what_there_is(windsock: Windsock):
    done = windsock("demo", "--only", "nothing")
    assert done.returncode == 1
    assert "no stream of the demo has 'nothing' in its id. There are demo/" in done.stderr


def test_a_board_that_speaks_no_tls_says_so(windsock: Windsock, tree: RunningTree):
    done = windsock("streams", "--board", tree.board.replace("http:", "https:"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "it speaks no TLS: perhaps http:// is meant" in done.stderr


@pytest.mark.parametrize("arguments", [["send", "cpu"], ["send", "cpu", "1", "--type", "spiral"], ["demo", "--rate", "0"], ["rm"]])  # fmt: skip
def test_wrong_arguments_are_status_2(windsock: Windsock, arguments: list[str]):
    assert windsock(*arguments).returncode == 2


@pytest.mark.parametrize(
    ("scheme", "at", "told"),
    [
        ("http", "tcp", "speaks no HTTP: HTTP is at port"),
        ("http", "large", "speaks no HTTP: HTTP is at port"),
        ("http", "board", "this is the board; messages go to port"),
        ("tcp", "large", "JSON as it is goes to port"),
        ("tcp", "http", "HTTP is spoken at"),
        ("tcp", "board", "HTTP is spoken at"),
    ],
)
def test_a_port_mistaken_for_another_is_told(
    windsock: Windsock, tree: RunningTree, scheme: str, at: str, told: str
) -> None:
    ports = {
        "tcp": tree.tcp_port,
        "large": tree.tcp_large_port,
        "http": httpx.URL(tree.http_url).port,
        "board": httpx.URL(tree.board).port,
    }
    done = windsock("send", f"mistaken {scheme} {at}", "1", "--server", f"{scheme}://127.0.0.1:{ports[at]}")
    assert done.returncode == 1
    assert told in done.stderr

"""What was sent, read back as arrays; and the panel under a notebook's cell."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kit.ports import free_port
from kit.tree import RunningTree

from windsock.client import AsyncStream, Stream, WindsockError


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("tree")) as running:
        yield running.ready()


@pytest.fixture
def server(tree: RunningTree, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WINDSOCK_BOARD", tree.board)
    return f"tcp://127.0.0.1:{tree.tcp_port}?large={tree.tcp_large_port}"


START = 1_700_000_000


def test_numbers_come_back_as_a_matrix_with_gaps_and_names(server: str):
    with Stream("read/cpu", server=server, legend=["user", "sys"]) as stream:
        stream.send(41, 18, time=START)
        stream.send(42, float("nan"), time=START + 1)
        stream.send({"nice": 3}, time=START + 2)
        assert stream.flush(10)
        samples = stream.read()
    assert samples.times.dtype == np.dtype("datetime64[ms]")
    assert samples.times[0] == np.datetime64("2023-11-14T22:13:20.000")
    np.testing.assert_array_equal(samples.values, [[41, 18, np.nan], [42, np.nan, np.nan], [np.nan, np.nan, 3]])
    assert samples.names == ["user", "sys", "nice"]
    assert (len(samples), samples.lost, samples.decimated) == (3, 0, False)


def test_a_range_and_a_number_of_points_can_be_asked_for(server: str):
    with Stream("read/wave", server=server) as stream:
        for number in range(5000):
            stream.send(1000 if number == 2345 else number % 10, time=START + number)
        assert stream.flush(20)
        begin, end = datetime.fromtimestamp(START + 100, UTC), START + 110
        times, values = stream.read(begin, end)
        assert len(stream.read()) == 1000
        assert len(stream.read(limit=7)) == 7
        few = stream.read(max_points=100)
    assert list(values[:, 0]) == [number % 10 for number in range(100, 110)]
    assert times[-1] - times[0] == np.timedelta64(9, "s")
    assert few.decimated
    assert len(few) <= 100
    assert few.values.max() == 1000, "no peak is lost"


def test_what_is_no_number_comes_back_as_it_is_kept(server: str):
    with Stream("read/log", "text", server=server) as log:
        log.text("one", level="info")
        log.text("two")
        assert log.flush(10)
        times, values = log.read()
    assert len(times) == 2
    assert [line for value in values for line in value] == [{"level": "info", "text": "one"}, {"text": "two"}]


async def test_the_asyncio_twin_reads_too(server: str):
    async with AsyncStream("read/aio", server=server) as stream:
        await stream.send(5)
        assert await stream.flush(10)
        _, values = await stream.read()
    assert values.tolist() == [[5.0]]


def test_what_can_not_be_read_is_told_with_stream_and_field(server: str, tree: RunningTree):
    with pytest.raises(WindsockError) as caught:
        Stream("read/nothing", server=server).read()
    assert (caught.value.code, caught.value.stream) == ("not_found", "read/nothing")
    with pytest.raises(WindsockError, match=r"stream 'read/nothing': from: 'yesterday\?' .*\(invalid\)") as caught:
        Stream("read/nothing", server=server).read("yesterday?")
    with pytest.raises(WindsockError, match=r"to: .* is no time"):
        Stream("read/nothing", server=server).read(to=[1])
    away = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(WindsockError, match="the board does not answer") as caught:
        Stream("cpu", server=server, board=away).read()
    assert caught.value.code == "unreachable"
    with pytest.raises(WindsockError, match="no Windsock board"):
        Stream("cpu", server=server, board=f"{tree.board}assets").read()


def test_without_numpy_it_says_what_to_install_and_all_else_works():
    code = """
import sys
sys.modules["numpy"] = None
from windsock.client import Stream
try:
    Stream("cpu", server="tcp://127.0.0.1:9").read()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "read() returns numpy arrays, and numpy is not installed: pip install numpy\n"


def test_a_pandas_frame_goes_in_and_comes_back(server: str):
    pandas: Any = importlib.import_module("pandas")
    index = pandas.to_datetime([START, START + 60], unit="s").tz_localize("UTC").tz_convert("Asia/Tokyo")
    frame = pandas.DataFrame({"user": [41, 42], "sys": [18.5, float("nan")]}, index=index)
    with Stream("read/frame", "line", server=server) as stream:
        stream.send(frame)
        assert stream.flush(10)
        assert stream.stats.stored == 1
        back = stream.read().to_pandas()
    assert list(back.columns) == ["user", "sys"]
    assert (back.index == index).all()
    np.testing.assert_array_equal(back.to_numpy(), frame.to_numpy())


# --- notebooks


def html(stream: Stream) -> str:
    return stream._repr_html_()  # pyright: ignore[reportPrivateUsage]


def test_a_notebook_is_told_in_words_that_the_board_lets_no_page_show_its_panels(server: str, tree: RunningTree):
    said = html(Stream('a "b"/<c>', server=server))
    assert "<iframe" not in said, "it would be empty"
    assert "WINDSOCK_EMBED_ORIGINS=http://localhost:8888" in said
    assert f'href="{tree.board}embed/a%20%22b%22%2F%3Cc%3E"' in said
    assert "a &quot;b&quot;/&lt;c&gt;" in said


@pytest.mark.parametrize("origins", ["http://localhost:8888", "*"])
def test_a_notebook_shows_the_panel_under_the_cell_where_that_is_allowed(tmp_path: Path, origins: str):
    with RunningTree(tmp_path, WINDSOCK_EMBED_ORIGINS=origins) as tree:
        tree.ready()
        said = html(Stream('a "b"/<c>', server=f"tcp://127.0.0.1:{tree.tcp_port}", board=tree.board))
        assert f'<iframe src="{tree.board}embed/a%20%22b%22%2F%3Cc%3E" title="a &quot;b&quot;/&lt;c&gt;"' in said
        # Which page a notebook is, only its browser knows: with a list, what to look at is said.
        assert ("does not name this page" in said) is (origins != "*")


def test_a_notebook_is_told_that_the_board_does_not_answer(server: str):
    said = html(Stream("cpu", server=server, board=f"http://127.0.0.1:{free_port()}"))
    assert "<iframe" in said, "it may answer to the browser"
    assert "does not answer" in said

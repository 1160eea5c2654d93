"""Where the command finds Windsock."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from windsock.command.fault import Fault
from windsock.command.place import Place, find_place, read_env_file


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return tmp_path


def place_of(**arguments: str) -> Place:
    return find_place(argparse.Namespace(**arguments))


def test_this_machine_if_nothing_is_said():
    assert place_of() == Place("tcp://127.0.0.1", "http://127.0.0.1:8000", None)


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_SERVER", "tcp://other:1")
    monkeypatch.setenv("WINDSOCK_KEY", "other key")
    assert place_of() == Place("tcp://other:1", "http://other:8000", "other key")
    assert place_of(server="tcp://named:2", key="shown") == Place("tcp://named:2", "http://named:8000", "shown")
    assert place_of(board="http://board:3/") == Place("tcp://other:1", "http://board:3", "other key")


def test_the_env_file_of_the_folder_is_read(empty_folder: Path):
    (empty_folder / ".env").write_text(
        "# a comment\nWINDSOCK_WEB_PORT=9000\nexport WINDSOCK_PUBLISH_KEY='the key'\nOTHER=1\nWINDSOCK_BIND=0.0.0.0\n"
    )
    assert place_of() == Place("tcp://127.0.0.1", "http://127.0.0.1:9000", "the key")


def test_the_environment_comes_before_the_env_file(empty_folder: Path, monkeypatch: pytest.MonkeyPatch):
    (empty_folder / ".env").write_text("WINDSOCK_WEB_PORT=9000\n")
    monkeypatch.setenv("WINDSOCK_WEB_PORT", "9001")
    assert place_of().board == "http://127.0.0.1:9001"


def test_services_that_listen_on_one_address_are_found_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_BIND", "192.0.2.7")
    assert place_of() == Place("tcp://192.0.2.7", "http://192.0.2.7:8000", None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"server": "ftp://here"},
        {"server": "http://a..b"},
        {"board": "nowhere"},
        {"board": "http://here:x"},
        {"board": "http://here:99999"},
        {"board": "http://my host"},
        {"board": "http://a..b"},
        {"board": "http://[::1"},
    ],
)
def test_what_is_no_address_is_told(arguments: dict[str, str]):
    with pytest.raises(Fault):
        place_of(**arguments)


def test_a_port_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_WEB_PORT", "eight")
    with pytest.raises(Fault, match="'eight' is no port"):
        place_of()


def test_an_empty_setting_says_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_BOARD", "")
    assert place_of().board == "http://127.0.0.1:8000"


def test_white_space_around_an_address_is_no_part_of_it():
    assert place_of(board=" http://here:1/ \n").board == "http://here:1"


def test_no_env_file_is_no_error(tmp_path: Path):
    assert read_env_file(tmp_path / "missing") == {}
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00WINDSOCK_X=1")
    assert read_env_file(tmp_path / "binary") == {}

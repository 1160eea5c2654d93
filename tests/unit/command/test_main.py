"""The command's front door."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import windsock.client
from windsock.command.__main__ import SUBCOMMANDS, main

SOURCES = Path(windsock.client.__file__).parents[2]


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_every_subcommand_says_what_it_does(subcommand: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([subcommand, "--help"])
    assert ended.value.code == 0
    assert "usage: windsock" in capsys.readouterr().out


def test_without_a_word_it_says_what_there_is(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert all(f"    {subcommand} " in said.err for subcommand in SUBCOMMANDS)


def test_the_version_can_be_asked_for(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("windsock 1.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["send", "cpu", "1", "--board", "x"], ["usage: windsock send", "unrecognized arguments: --board x"]),
        (["send", "cpu", "1", "--look", "[1]"], ["--look: '[1]' is no JSON object: it should be like"]),
        (["demo", "--rate", "fast"], ["--rate: 'fast' is no number between 0 and 1000"]),
        (["nonsense"], ["invalid choice: 'nonsense'"]),
        (["--nonsense"], ["usage: windsock [-h]"]),
    ],
)
def test_a_wrong_argument_is_told_with_the_usage_of_its_command(
    arguments: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert [part for part in told if part not in said] == []


@pytest.mark.parametrize("subcommand", ["up", "demo"])
def test_without_the_extra_packages_it_says_what_to_install(subcommand: str, tmp_path: Path):
    # -S: no site-packages, as after `pip install windsock` alone.
    code = f"import sys; sys.path.insert(0, {str(SOURCES)!r}); from windsock.command.__main__ import main; sys.exit(main([{subcommand!r}]))"
    environment = {"WINDSOCK_TCP_PORT": "1", "WINDSOCK_TCP_LARGE_PORT": "1", "WINDSOCK_HTTP_PORT": "1"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode in {1, 2}
    assert "pip install 'windsock[command]'" in done.stderr or "nothing answers" in done.stderr


def test_sending_needs_nothing_but_python(tmp_path: Path):
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCES)!r}); from windsock.command.__main__ import main; "
        "status = main(['send', 'cpu', '1', '--server', 'tcp://127.0.0.1:1']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__'})); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "nothing answers at 127.0.0.1:1" in done.stderr
    assert done.stdout == "['windsock']\n"

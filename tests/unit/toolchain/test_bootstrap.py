"""The setup of a checkout: what it says when it can't, and that it leaves alone what has not changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import layout
import node_env
import python_env
import steps
import system

START = Path(layout.__file__).with_name("start.sh")


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.4", False),
        ("v20.18.0", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.19.0", True),
        ("v26.0.0", True),
        ("not a version", False),
    ],
)
def test_only_a_node_that_the_boards_build_runs_on_is_used(version: str, fits: bool) -> None:
    assert node_env.new_enough(version) is fits


@pytest.mark.parametrize(
    "output",
    [
        "error: Failed to fetch\n  Caused by: dns error: failed to lookup address information",
        "npm error code ENOTFOUND\nnpm error network request failed",
        "Failed to establish a new connection: [Errno 101] Network is unreachable",
        "Temporary failure resolving 'deb.example'",
    ],
)
def test_a_missing_network_is_named_as_such(output: str) -> None:
    told = steps.explain("Installing the board's packages", output)
    assert told.startswith("This step failed: Installing the board's packages.")
    assert "Check the network" in told
    assert output.splitlines()[0] in told


def test_another_failure_is_not_blamed_on_the_network() -> None:
    assert "network" not in steps.explain("Building the board", "src/main.ts: unexpected token")


def test_a_failed_step_shows_the_end_of_what_it_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "CACHE", tmp_path)
    with pytest.raises(steps.StepFailed, match="the reason"):
        steps.run("Trying", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "CACHE", tmp_path)
    with pytest.raises(steps.StepFailed, match="no-such-program could not be started"):
        steps.run("Trying", [tmp_path / "no-such-program"])


def test_a_fingerprint_changes_with_a_name_and_with_a_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    first = layout.fingerprint([one])
    assert layout.fingerprint([one]) == first
    one.write_text("b")
    second = layout.fingerprint([one])
    shutil.copy(one, two)
    assert len({first, second, layout.fingerprint([two])}) == 3


def test_a_python_without_its_environment_maker_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(python_env, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(python_env.importlib.util, "find_spec", lambda name: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    monkeypatch.setattr(python_env.shutil, "which", lambda name: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    with pytest.raises(steps.StepFailed, match="apt-get install python3-venv"):
        python_env._create()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(("root", "installs"), [(True, True), (False, False)])
def test_other_languages_are_installed_where_the_machine_is_ours_alone(
    monkeypatch: pytest.MonkeyPatch, root: bool, installs: bool
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(system, "_works", lambda *command: command[0] not in {"Rscript", "lua5.4"})  # pyright: ignore[reportUnknownLambdaType,reportUnknownArgumentType]
    monkeypatch.setattr(system, "_is_root", lambda: root)
    monkeypatch.setattr(system, "_as_root", list)  # pyright: ignore[reportUnknownLambdaType,reportUnknownArgumentType]
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]

    def record(sentence: str, argv: list[str], **_: object) -> None:
        asked.extend(argv if "install" in argv else [])

    monkeypatch.setattr(system, "run", record)
    system.ensure_test_programs()
    assert ({"r-base-core", "lua5.4", "lua-socket"} <= set(asked)) is installs
    assert "ruby" not in asked, "what is here is left alone"
    assert not installs or "--no-install-recommends" in asked


def old_python(folder: Path, name: str) -> None:
    """A stand-in that answers as a Python 3.10 would."""
    script = folder / name
    script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.1" && exit 0\nexit 1\n')
    script.chmod(0o755)


def start(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run start.sh from a checkout of its own, with only `folder` on the path."""
    checkout = tmp_path / "check out" / "tools" / "bootstrap"
    checkout.mkdir(parents=True)
    shutil.copy(START, checkout)
    for name in ("dirname", "sh"):
        program = shutil.which(name)
        assert program
        (folder / name).symlink_to(program)
    return subprocess.run(
        ["sh", checkout / "start.sh", "--help"], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_without_a_python_that_is_new_enough_it_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    old_python(folder, "python3")
    told = start(folder, tmp_path)
    assert told.returncode == 1
    assert "needs Python 3.11 or newer" in told.stderr
    assert "Python 3.10.1" in told.stderr
    assert "make PYTHON=" in told.stderr


def test_the_first_python_that_runs_and_is_new_enough_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    old_python(folder, "python3.13")  # as a version manager's stand-in that can't run
    taken = folder / "python3.12"
    taken.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "taken: $*"\n')
    taken.chmod(0o755)
    told = start(folder, tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == f"taken: -B {tmp_path}/check out/tools/bootstrap --help"


def test_packages_are_installed_again_only_when_their_locks_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps_taken: list[str] = []

    def record(sentence: str, argv: object, **_: object) -> None:
        steps_taken.append(sentence)

    files = {
        "requirements/all.lock": "a==1",
        "requirements/dev.lock": "a==1\nb==1",
        "requirements/installer.lock": "uv==1",
    }
    for name in [*files, *(f"{package}/pyproject.toml" for package in layout.PACKAGES)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(files.get(name, ""))
    for module in (layout, python_env):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(python_env, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(python_env, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(python_env, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(python_env, "run", record)

    def taken(*, dev: bool) -> list[str]:
        steps_taken.clear()
        python_env.ensure_python_env(dev=dev)
        return [sentence for sentence in steps_taken if "locked" in sentence]

    assert taken(dev=False) == ["Installing 2 locked Python packages"]
    assert taken(dev=False) == []
    assert taken(dev=True) == ["Installing 3 locked Python packages"]
    assert taken(dev=False) == [], "a plain run must keep the tools"
    (tmp_path / "requirements/dev.lock").write_text("a==2\nb==1")
    assert taken(dev=False) == ["Installing 3 locked Python packages"]
    (tmp_path / "shared/pyproject.toml").write_text("changed")
    assert taken(dev=False), "a package's own pyproject.toml counts too"

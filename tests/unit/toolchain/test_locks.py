"""The lock files: all that is needed, nothing that ties them to a place."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from locks import CLIENT, HOST, LOCKS, SERVICES

ROOT = Path(__file__).resolve().parents[3]


def locked(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9_.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def direct(pyproject: str, extra: str | None = None) -> set[str]:
    project = tomllib.loads((ROOT / pyproject).read_text())["project"]
    wanted = project["dependencies"] + project.get("optional-dependencies", {}).get(extra, [])
    names = {re.split(r"[\[<>=;! ]", each)[0].lower() for each in wanted}
    return {name for name in names if not name.startswith("windsock")}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_download_host(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    assert not HOST.findall(text), f"{lock}.lock names a host"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_has_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    bare = [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert not bare, f"without a hash in {lock}.lock: {bare}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_lock_holds_what_it_asks_for(service: str) -> None:
    wanted = direct("shared/pyproject.toml") | direct(f"services/{service}/pyproject.toml")
    missing = wanted - set(locked(service))
    assert not missing, f"requirements/{service}.lock lacks {missing}: run 'make locks'"


def test_the_lock_for_all_holds_what_every_part_asks_for() -> None:
    wanted = direct("shared/pyproject.toml") | direct(CLIENT[0], extra="command")
    for service in SERVICES:
        wanted |= direct(f"services/{service}/pyproject.toml")
    missing = wanted - set(locked("all"))
    assert not missing, f"requirements/all.lock lacks {missing}: run 'make locks'"


@pytest.mark.parametrize("lock", ["all", *SERVICES])
def test_what_is_shipped_is_what_is_tested(lock: str) -> None:
    tested = locked("dev")
    other = {name: version for name, version in locked(lock).items() if tested.get(name) != version}
    assert not other, f"{lock}.lock has versions that the tests do not run with: {other}"


def test_the_boards_lock_is_whole_for_every_platform_and_names_no_host() -> None:
    """Npm before 11 lets a lock pass that lacks other platforms' packages; npm 11 refuses to install from it."""
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert not HOST.findall(text)
    packages = json.loads(text)["packages"]
    missing = [
        name
        for package in packages.values()
        for name in package.get("optionalDependencies", {})
        if f"node_modules/{name}" not in packages
    ]
    assert not missing, f"package-lock.json lacks {missing}"

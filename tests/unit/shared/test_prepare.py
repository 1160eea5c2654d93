"""What is written before containers start: a password that nobody knows, and who may do what."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from windsock.shared import prepare as module
from windsock.shared.acl import acl_file, service_rights
from windsock.shared.keys import Keys
from windsock.shared.prepare import ACL_FILE, OPERATOR_FILE, PASSWORD_FILE, prepare
from windsock.shared.settings import SettingsError, load_settings


def test_the_password_is_made_once_and_stands_nowhere_else(tmp_path: Path) -> None:
    prepare(tmp_path, Keys(), None)
    password = (tmp_path / PASSWORD_FILE).read_text().strip()
    prepare(tmp_path, Keys(), "of the publishers")
    assert (tmp_path / PASSWORD_FILE).read_text().strip() == password
    assert len(password) >= 40
    assert stat.S_IMODE((tmp_path / PASSWORD_FILE).stat().st_mode) == 0o400
    users = (tmp_path / ACL_FILE).read_text()
    assert password not in users
    assert "of the publishers" not in users
    assert stat.S_IMODE((tmp_path / ACL_FILE).stat().st_mode) == 0o444


def test_the_operators_password_is_for_the_broker_and_not_for_the_services(tmp_path: Path) -> None:
    prepare(tmp_path, Keys(), None)
    file = tmp_path / OPERATOR_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o004, "its owner, as whom the services run, may not read it"
    file.chmod(0o404)
    password = file.read_text().strip()
    file.chmod(0o004)
    prepare(tmp_path, Keys(), None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o004
    file.chmod(0o404)
    assert file.read_text().strip() == password != (tmp_path / PASSWORD_FILE).read_text().strip()
    assert len(password) >= 40
    assert hashlib.sha256(password.encode()).hexdigest() in (tmp_path / ACL_FILE).read_text()


def test_the_page_gives_the_services_user_the_rights_that_it_has_here() -> None:
    page = (Path(__file__).parents[3] / "docs/operations.md").read_text()
    given = page.partition("ACL SETUSER windsock on >PASSWORD ")[2].partition("\n")[0]
    assert given.split() == service_rights(Keys())
    line = next(line for line in acl_file(Keys(), "a", "b", None).splitlines() if line.startswith("user windsock "))
    assert line.endswith(given)


def test_without_a_password_there_is_no_publisher(tmp_path: Path) -> None:
    prepare(tmp_path, Keys(), "of the publishers")
    assert "user publisher on" in (tmp_path / ACL_FILE).read_text()
    prepare(tmp_path, Keys(), None)
    assert "publisher" not in (tmp_path / ACL_FILE).read_text()


def test_two_installations_have_different_passwords(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        prepare(tmp_path / name, Keys(), None)
    assert (tmp_path / "one" / PASSWORD_FILE).read_text() != (tmp_path / "two" / PASSWORD_FILE).read_text()


def test_what_the_services_would_refuse_is_refused_before_they_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["prepare", str(tmp_path)])
    monkeypatch.setenv("WINDSOCK_BIND", "0.0.0.0")
    monkeypatch.setenv("WINDSOCK_REACHED_AT", "0.0.0.0")
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 2
    assert "WINDSOCK_PUBLISH_KEY is not set: anybody could publish" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_short_password_of_publishers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["prepare", str(tmp_path)])
    monkeypatch.setenv("WINDSOCK_REDIS_PUBLISHER_PASSWORD", "short")
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 2
    assert "WINDSOCK_REDIS_PUBLISHER_PASSWORD" in capsys.readouterr().err


# --- the settings that containers need


def test_behind_a_gateway_it_counts_where_the_gateway_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_BIND", "0.0.0.0")
    with pytest.raises(SettingsError):
        load_settings()
    monkeypatch.setenv("WINDSOCK_REACHED_AT", "127.0.0.1")
    assert load_settings().reach == "127.0.0.1"
    monkeypatch.setenv("WINDSOCK_REACHED_AT", "192.0.2.1")
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1.*WINDSOCK_PUBLISH_KEY is not set"):
        load_settings()
    monkeypatch.setenv("WINDSOCK_PUBLISH_KEY", "a good key")
    assert load_settings().reach == "192.0.2.1"


def test_a_url_with_a_user_gets_its_password_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    monkeypatch.setenv("WINDSOCK_REDIS_PASSWORD_FILE", str(file))
    for url, complete in {
        "redis://windsock@valkey:6379/0": "redis://windsock:p%40ss%2Fword@valkey:6379/0",
        "redis://windsock:own@valkey:6379/0": "redis://windsock:own@valkey:6379/0",
        "redis://elsewhere:6379/0": "redis://elsewhere:6379/0",
    }.items():
        monkeypatch.setenv("WINDSOCK_REDIS_URL", url)
        assert load_settings().redis_url == complete


def test_a_password_file_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_REDIS_PASSWORD_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("WINDSOCK_REDIS_URL", "redis://windsock@valkey:6379/0")
    with pytest.raises(SettingsError, match=r"WINDSOCK_REDIS_PASSWORD_FILE: .*No such file"):
        load_settings()

"""Settings: wrong ones are told by name, and nothing is open by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from windsock.shared.settings import SettingsError, is_loopback, load_settings, settings_or_exit


def test_without_any_setting_only_loopback_is_listened_on() -> None:
    settings = load_settings()
    assert is_loopback(settings.bind)
    assert settings.publish_key is None
    assert settings.key_fits(None)


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_addresses_need_a_key(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setenv("WINDSOCK_BIND", bind)
    with pytest.raises(SettingsError, match="WINDSOCK_PUBLISH_KEY"):
        load_settings()
    monkeypatch.setenv("WINDSOCK_PUBLISH_KEY", "a-long-enough-key")
    assert load_settings().bind == bind


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_key(bind: str) -> None:
    assert load_settings(bind=bind).bind == bind


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_PUBLISH_KEY", "")
    monkeypatch.setenv("WINDSOCK_BIND", "0.0.0.0")
    with pytest.raises(SettingsError, match="anybody could publish"):
        load_settings()


def test_the_key_is_compared_whole_and_never_shown() -> None:
    settings = load_settings(publish_key="a-long-enough-key")
    assert settings.key_fits("a-long-enough-key")
    for wrong in (None, "", "a-long-enough-ke", "a-long-enough-key2", "ä-long-enough-key", "\ud800"):
        assert not settings.key_fits(wrong)
    assert "a-long-enough-key" not in repr(settings)


def test_each_wrong_value_is_told_by_the_name_of_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_WEB_PORT", "eighty")
    monkeypatch.setenv("WINDSOCK_TICK_MS", "1")
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    assert [line.partition(":")[0] for line in str(wrong.value).splitlines()] == [
        "WINDSOCK_WEB_PORT",
        "WINDSOCK_TICK_MS",
    ]


def test_a_misspelt_name_is_told_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_TCP_PROT", "8010")
    with pytest.raises(SettingsError, match="did you mean WINDSOCK_TCP_PORT"):
        load_settings()


def test_a_misspelt_name_in_the_file_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(
        "OTHER=1\nWINDSOCK_KEY=a publisher's\nWINDSOCK_TLS_CERTIFICATE=./pem\nWINDSOCK_TICK_MS=20\n"
    )
    assert load_settings().tick_ms == 20
    Path(".env").write_text("WINDSOCK_TCP_PROT=8010\n")
    with pytest.raises(SettingsError, match=r"WINDSOCK_TCP_PROT \(in \.env\): .* did you mean WINDSOCK_TCP_PORT"):
        load_settings()


def test_a_service_with_wrong_settings_ends_with_status_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDSOCK_MAX_MESSAGE", "10")
    with pytest.raises(SystemExit) as ended:
        settings_or_exit()
    assert ended.value.code == 2
    assert "WINDSOCK_MAX_MESSAGE" in capsys.readouterr().err


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDSOCK_CORS_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().cors_origins == ["https://a.example", "https://b.example"]

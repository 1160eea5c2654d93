"""`.env.example` says what the settings are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import env_example
from windsock.shared.deployment import DEPLOYMENT
from windsock.shared.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_committed_file_is_up_to_date() -> None:
    assert env_example.TARGET.read_text() == env_example.render(), "run 'make env' and commit .env.example"


def test_every_setting_stands_in_it_with_its_meaning() -> None:
    entries = re.findall(r"^# .+\n#(WINDSOCK_[A-Z0-9_]+)=", env_example.render(), re.MULTILINE)
    settings = [f"WINDSOCK_{name.upper()}" for name in Settings.model_fields]
    assert entries == [*settings, *(variable.name for variable in DEPLOYMENT)]


def test_its_defaults_taken_at_their_word_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WINDSOCK_{name.upper()}", raising=False)
    given = re.findall(r"^#(WINDSOCK_[A-Z0-9_]+=.+)$", env_example.render(), re.MULTILINE)
    (tmp_path / ".env").write_text("\n".join(given))
    monkeypatch.chdir(tmp_path)
    assert Settings() == Settings(_env_file=None)  # pyright: ignore[reportCallIssue]

"""docker-compose.yml hands on every setting, and says the same of its variables as `.env.example`."""

from __future__ import annotations

import re
from pathlib import Path

import env_example
from windsock.shared.deployment import DEPLOYMENT
from windsock.shared.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()


def test_every_setting_reaches_the_services() -> None:
    block = TEXT.partition("x-settings:")[2].partition("\n\n")[0]
    handed_on = set(re.findall(rf"^  {PREFIX}([A-Z0-9_]+):", block, re.MULTILINE))
    assert handed_on == {name.upper() for name in Settings.model_fields if name not in env_example.NOT_IN_CONTAINERS}, (
        "run 'make env' and commit docker-compose.yml"
    )


def test_every_variable_is_known_and_has_the_default_that_is_told() -> None:
    settings = {f"{PREFIX}{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    known = {variable.name: variable.default for variable in DEPLOYMENT}
    # A default of its own: the name by which the broker is reached, and a demo without a camera.
    own = {"WINDSOCK_REDIS_URL", "WINDSOCK_VIDEO_TEST_FEEDS"}
    used = set(re.findall(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}", TEXT))
    for name, default in used:
        if name in known and "no-certificate" not in default:
            assert default == known[name], name
        elif name in settings and name not in own:
            assert default == str(settings[name] or ""), name
        else:
            assert name in known or name in settings, f"{name} stands in no list"
    assert {name for name, _ in used} >= set(known), "a variable of .env.example is not used"


def test_no_form_is_used_that_docker_compose_1_29_does_not_know() -> None:
    assert not re.search(r"\$\{[A-Z0-9_]+:?\+", TEXT), "${VAR:+...} is of Compose v2 only"
    assert not re.search(r"^(name|include|configs|secrets):|^version:", TEXT, re.MULTILINE)
    assert not re.search(r"^\s+(start_interval|required|develop|attach|extends):", TEXT, re.MULTILINE)


def test_every_service_is_confined() -> None:
    services = TEXT.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    for name, body in re.findall(r"^  ([a-z-]+):\n((?:    .*\n|\n)+)", services, re.MULTILINE):
        assert "<<: *service" in body or "<<: *confined" in body, name
        assert "mem_limit" in body or "<<: *service" in body, name
        assert "privileged" not in body, name
        assert "/var/run/docker.sock" not in body, name


def test_what_is_published_is_on_loopback_unless_told_otherwise() -> None:
    ports = re.findall(r"^      - (\S+:\d+)$", TEXT, re.MULTILINE)
    assert len(ports) == 6
    assert all(port.startswith(("${WINDSOCK_BIND:-127.0.0.1}:", "127.0.0.1:")) for port in ports)

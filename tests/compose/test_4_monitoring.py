"""`--profile monitoring`: Prometheus takes our rules, and each panel of the dashboard has something to show."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from compose.prometheus import ask, queries
from compose.publishing import post, send_redis, send_tcp
from compose.stack import PROFILES, Stack
from kit.waiting import until
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
DASHBOARD: dict[str, Any] = json.loads((MONITORING / "grafana/dashboards/windsock.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def test_all_rules_are_loaded_and_reckoned_without_an_error(stack: Stack) -> None:
    stack.up(*PROFILES)

    def rules() -> list[dict[str, Any]]:
        (data,) = ask(stack, "rules")
        return [rule for group in data["groups"] for rule in group["rules"]]

    until(lambda: all(rule["health"] != "unknown" for rule in rules()), "all rules were reckoned once", 60)
    found = rules()
    assert len(found) == (MONITORING / "rules/windsock.yml").read_text().count("- alert: ")
    assert [rule for rule in found if rule["health"] != "ok" or rule.get("lastError")] == []


def test_rules_ring_when_they_should_in_the_very_prometheus_that_runs(stack: Stack) -> None:
    cases = Path(__file__).parents[1] / "deploy" / "windsock_rules.yml"
    words = ["run", "--rm", "-v", f"{MONITORING}/rules:/t:ro", "-v", f"{cases}:/t2/cases.yml:ro"]
    program = "mkdir /w && cp /t/windsock.yml /t2/cases.yml /w && cd /w && promtool test rules cases.yml"
    said = stack.engine.docker(*words, "--entrypoint", "sh", stack.env["WINDSOCK_PROMETHEUS_IMAGE"], "-c", program)
    assert "SUCCESS" in said


def test_every_panel_of_the_dashboard_has_data(stack: Stack, browser: Browser) -> None:
    post(f"http://127.0.0.1:{stack.http}/", {"id": "camera", "type": "video_stream", "value": "test://pattern"})
    page = browser.new_page()
    page.goto(f"http://localhost:{stack.web}/")
    expect(page.locator("[data-link=live]")).to_be_visible(timeout=30_000)
    camera = urllib.request.urlopen(f"http://localhost:{stack.web}/feeds/camera.mjpeg", timeout=30)
    empty: list[str] = EXPRESSIONS

    def all_there() -> bool:
        nonlocal empty
        camera.read(20_000)
        send_tcp(stack.tcp, {"id": "panel", "value": 1, "more": 2})
        post(f"http://127.0.0.1:{stack.http}/", [{"id": "panel", "value": 1, "source": "a", "seq": 1}])
        with contextlib.suppress(urllib.error.HTTPError):
            post(f"http://127.0.0.1:{stack.http}/", {"id": "panel", "value": "none"})
        send_redis(stack.redis, ("PUBLISH", "windsock:in:panel", "{}"), password="of the publishers")
        urllib.request.urlopen(f"http://127.0.0.1:{stack.web}/v1/streams/panel/samples", timeout=15).close()
        found = queries(stack, *(each.replace("$__rate_interval", "30s") for each in EXPRESSIONS))
        empty = [expression for expression, result in zip(EXPRESSIONS, found, strict=True) if not result]
        return not empty

    try:
        until(all_there, "each expression has a result", 60)
    except AssertionError:
        raise AssertionError(f"these show nothing: {empty}") from None
    finally:
        camera.close()
        page.close()


def test_grafana_is_given_what_it_looks_for_and_is_reached_on_loopback_only(stack: Stack) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.grafana}/api/health", timeout=15) as answer:
        assert answer.status == 200
    assert stack.container("grafana").state == "healthy"

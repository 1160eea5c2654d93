"""What deploy/monitoring asks for is really exported by the services, and its alert rules ring when they should."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kit.service import ServiceProcess

from windsock.shared.settings import load_settings

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy/monitoring"
RULES = MONITORING / "rules/windsock.yml"
CASES = Path(__file__).with_name("windsock_rules.yml")
DASHBOARD = MONITORING / "grafana/dashboards/windsock.json"
SERVICES = ("ingest_tcp", "ingest_http", "ingest_redis", "video", "web")
FROM_PROMETHEUS = {"up"}

METRIC = re.compile(r"\b(windsock_\w+|process_\w+|up)\b(?=[\s{\[)]|$)")
LABEL = re.compile(r'(windsock_\w+)\{(\w+)="([^"]+)"\}')


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return json.loads(DASHBOARD.read_text())["panels"]


def expressions() -> list[str]:
    return [rule["expr"] for rule in alerts()] + [
        target["expr"] for panel in panels() for target in panel.get("targets", [])
    ]


@pytest.fixture(scope="module")
def exported() -> Iterator[set[str]]:
    """The names of all metrics of a running stack."""
    from kit.valkey import ValkeyProcess  # noqa: PLC0415  # its fixture is for one test

    with ValkeyProcess() as valkey, contextlib.ExitStack() as stack:
        names: set[str] = set()
        for name in SERVICES:
            service = stack.enter_context(ServiceProcess(name, valkey.url))
            for line in service.get("/metrics")[1].splitlines():
                if line.startswith("# TYPE"):
                    _, _, metric, kind = line.split(" ")
                    names.add(metric)
                    if kind == "histogram":
                        names |= {f"{metric}_{part}" for part in ("bucket", "sum", "count")}
        yield names


def test_every_metric_that_is_asked_for_is_exported(exported: set[str]) -> None:
    asked = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(asked) > 30, "the expressions were not understood"
    assert asked - exported - FROM_PROMETHEUS == set()


def test_every_label_value_that_is_asked_for_is_one_of_ours() -> None:
    source = "\n".join(
        path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("src/**/*.py")
    )
    asked = {match for expression in expressions() for match in LABEL.findall(expression)}
    assert {value for _, _, value in asked} >= {"unauthorized", "publish_full", "failed"}
    assert [value for _, _, value in asked if f'"{value}"' not in source] == []


def test_every_alert_has_its_page() -> None:
    headings = set(re.findall(r"^#{2,4} (\w+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE))
    names = [rule["alert"] for rule in alerts()]
    assert len(set(names)) == len(names)
    assert [name for name in names if name not in headings] == []
    assert [name for name in headings if name.startswith("Windsock") and name not in names] == []
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"critical", "warning"}


def test_prometheus_looks_where_the_services_answer() -> None:
    settings = load_settings()
    ports = {
        "web": settings.web_port,
        "ingest-tcp": settings.ingest_tcp_health_port,
        "ingest-http": settings.http_port,
        "ingest-redis": settings.ingest_redis_health_port,
        "video": settings.video_health_port,
    }
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    found = {
        (job["job_name"], name): lookup["port"]
        for job in config["scrape_configs"]
        for lookup in job["dns_sd_configs"]
        for name in lookup["names"]
    }
    assert found == {(f"windsock-{name}", name): port for name, port in ports.items()}


def test_the_dashboard_is_one_that_grafana_finds() -> None:
    provisioning = MONITORING / "grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/windsock.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/windsock.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana-dashboards"
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    places: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & places, f"{panel['title']} lies on another"
        places |= cells
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == source["uid"]
            assert panel["targets"]


@pytest.fixture
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    return program


def test_prometheus_takes_the_rules(promtool: str) -> None:
    told = subprocess.run(
        [promtool, "check", "config", str(MONITORING / "prometheus.yml")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert f"{len(alerts())} rules found" in told.stdout


def test_each_alert_has_a_case_in_which_it_rings() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    rings = {check["alertname"] for case in cases for check in case["alert_rule_test"] if check["exp_alerts"]}
    assert rings == {rule["alert"] for rule in alerts()}


def test_alerts_ring_when_they_should(promtool: str, tmp_path: Path) -> None:
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    told = subprocess.run(
        [promtool, "test", "rules", "windsock_rules.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_dashboards_expressions_are_promql(promtool: str, tmp_path: Path) -> None:
    texts = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    rules = [
        {"record": f"windsock:panel:{number}", "expr": text.replace("$__rate_interval", "1m")}
        for number, text in enumerate(texts)
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    told = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
